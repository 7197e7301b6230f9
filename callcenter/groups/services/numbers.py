"""The numbers that lead callers to a group's queues."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.audit.services import Actor, change_row, record
from callcenter.groups.models import AgentGroup, Number, Queue
from callcenter.tenants.models import Tenant
from callcenter.tenants.refusals import Refusal, refusing
from callcenter.tenants.scope import current_tenant_id
from phonebook.numbers.e164 import is_e164, normalise


class NotANumber(Refusal):
    def __init__(self, typed: str) -> None:
        words = gettext(
            "“%(typed)s” is not a telephone number. Type it as you would dial it, "
            "or with + and the country code."
        )
        super().__init__(words % {"typed": typed[:40]}, "number")


class NumberTaken(Refusal):
    """The number is somebody's already; whose is not said: it may be another company's."""

    def __init__(self, e164: str) -> None:
        words = gettext(
            "The number %(number)s is in use already and cannot be added. "
            "If it belongs to you, ask the operator of the platform."
        )
        super().__init__(words % {"number": e164}, "number")


class NumberIsOwn(Refusal):
    """The number leads to a group of this company already."""

    def __init__(self, number: Number) -> None:
        words = gettext("The number %(number)s leads to the group “%(group)s” already.")
        super().__init__(words % {"number": number.e164, "group": number.queue.group}, "number")


class NumberIsCallerId(Refusal):
    def __init__(self, number: Number) -> None:
        words = gettext(
            "The group's outgoing calls show the number %(number)s. Choose another caller ID first."
        )
        super().__init__(words % {"number": number.e164})


class GroupOutOfUse(Refusal):
    def __init__(self) -> None:
        super().__init__(_("The group is not in use: its callers would reach nobody."))


def add_number(*, queue: Queue, number: str, by: Actor, label: str = "") -> Number:
    """Leads callers of `number` to `queue`; typed as people do, kept as E.164.

    Raises NotANumber, NumberIsOwn, NumberTaken, GroupOutOfUse.
    """
    country = Tenant.objects.get(pk=current_tenant_id()).country
    e164 = normalise(number, country)
    if not is_e164(e164):
        raise NotANumber(number)
    if not queue.group.is_active:
        raise GroupOutOfUse
    own = Number.objects.filter(e164=e164).select_related("queue__group").first()
    if own is not None:
        raise NumberIsOwn(own)
    with refusing({"callcenter_number_e164_key": NumberTaken(e164)}):
        row = Number.objects.create(e164=e164, queue=queue, label=label.strip())
        after = {"number": e164, "queue": {"id": queue.pk, "name": queue.name}, "label": row.label}
        record(action="group.number_added", by=by, about=queue.group, after=after)
    return row


def change_number(*, number: Number, queue: Queue, label: str, by: Actor) -> Number:
    """Leads the number elsewhere, or names it. Raises NumberIsCallerId, GroupOutOfUse."""
    with transaction.atomic():
        number = (
            Number.objects.select_for_update(of=("self",)).select_related("queue").get(pk=number.pk)
        )
        if not queue.group.is_active:
            raise GroupOutOfUse
        if queue.group_id != number.queue.group_id:
            _refuse_caller_id(number)
        changes = {"queue": queue, "label": label.strip()}
        change_row(row=number, changes=changes, action="number.changed", by=by)
    return number


def remove_number(*, number: Number, by: Actor) -> None:
    """Callers of the number reach nobody from now on. Raises NumberIsCallerId."""
    with transaction.atomic():
        _refuse_caller_id(number)
        queue = {"id": number.queue_id, "name": number.queue.name}
        before = {"number": number.e164, "queue": queue, "label": number.label}
        group = number.queue.group
        record(action="group.number_removed", by=by, about=group, before=before)
        number.delete()


def _refuse_caller_id(number: Number) -> None:
    group = AgentGroup.objects.select_for_update().get(pk=number.queue.group_id)
    if group.caller_id == number.e164:
        raise NumberIsCallerId(number)
