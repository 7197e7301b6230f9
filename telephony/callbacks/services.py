"""What people do about a promise. Each takes the row first, so that two at once follow each other."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import cast

from django.db import transaction
from django.utils.translation import gettext as _translated
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.models import Membership
from callcenter.accounts.telling import tell_user
from callcenter.audit.services import Actor, record
from callcenter.tenants.models import Tenant
from callcenter.tenants.refusals import Refusal, refusing
from phonebook.numbers.kinds import NumberKind, identify
from telephony.callbacks.announcing import announce
from telephony.callbacks.keeping import look_again, take_turn
from telephony.callbacks.models import (
    Callback,
    CallbackRule,
    CallbackState,
    NeverCallBack,
)

LEASE = timedelta(minutes=2)
LONGEST_SNOOZE = timedelta(days=90)


class InContact(Refusal):
    """Somebody is at it; `who` in words. May be forced."""

    def __init__(self, who: str) -> None:
        super().__init__(_("Already in contact with %(name)s.") % {"name": who})
        self.who = who


class NotOpen(Refusal):
    def __init__(self, state: str) -> None:
        words = CallbackState(state).label
        super().__init__(_("Nothing is left to do here: %(state)s.") % {"state": words})


class NobodyToAssign(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Choose somebody who works here."), field="to")


class SnoozeInPast(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Choose a time that is still to come, within 90 days."), field="until")


class NotANumber(Refusal):
    def __init__(self) -> None:
        super().__init__(_("This is no number that can be called."), field="number")


class AlreadyNever(Refusal):
    def __init__(self) -> None:
        super().__init__(_("This number is on the list already."), field="number")


def lease(
    *, callback: Callback, user_id: int, at: datetime, talking: str = "", force: bool = False
) -> Callback:
    """Marks that this person is at it, for two minutes; again, for two more.

    `talking`: who is in a call with the number now, if anybody. Raises InContact unless forced, and
    NotOpen.
    """
    with transaction.atomic():
        row = _taken(callback)
        if row.state == CallbackState.BLOCKED:
            raise NotOpen(row.state)
        if not force:
            if talking:
                raise InContact(talking)
            if (
                row.leased_by_id not in (None, user_id)
                and row.leased_until
                and row.leased_until > at
            ):
                raise InContact(str(row.leased_by.name if row.leased_by else "–"))
        row.leased_by_id, row.leased_until = user_id, at + LEASE
        row.save(update_fields=["leased_by", "leased_until"])
        _tell(row, at)
    return row


def release(*, callback: Callback, user_id: int, at: datetime) -> Callback:
    """Gives one's own lease back; another's stays."""
    with transaction.atomic():
        row = _taken(callback)
        if row.leased_by_id == user_id:
            row.leased_by, row.leased_until = None, None
            row.save(update_fields=["leased_by", "leased_until"])
            _tell(row, at)
    return row


def assign(*, callback: Callback, to_id: int | None, by: Actor, at: datetime) -> Callback:
    """To one of the company's people, or to nobody. Raises NotOpen, NobodyToAssign."""
    with transaction.atomic():
        row = _open(callback)
        if to_id is not None and not works_here(to_id):
            raise NobodyToAssign
        if row.assigned_to_id != to_id:
            row.assigned_to_id, row.assigned_at = to_id, at if to_id else None
            row.save(update_fields=["assigned_to", "assigned_at"])
            _tell_assigned(row, by)
            _tell(row, at)
    return row


def snooze(*, callback: Callback, until: datetime | None, at: datetime) -> Callback:
    """Out of sight until then, or until the caller calls in vain again; None wakes it.

    Raises NotOpen, SnoozeInPast.
    """
    with transaction.atomic():
        row = _open(callback)
        if until is not None and not at < until <= at + LONGEST_SNOOZE:
            raise SnoozeInPast
        row.snoozed_until, row.snoozed_at = until, at if until else None
        row.save(update_fields=["snoozed_until", "snoozed_at"])
        _tell(row, at)
    return row


def give_up(*, callback: Callback, reason: str, by: Actor, at: datetime) -> Callback:
    """Nobody will call back. Raises NotOpen: also when the caller has been reached meanwhile."""
    with transaction.atomic():
        row = _open(callback)
        row.given_up_at, row.given_up_seen_at = at, row.last_lost_at
        row.given_up_by, row.given_up_reason = by.name[:150], reason[:300]
        row.state, row.closed_at = CallbackState.GIVEN_UP, at
        row.leased_by, row.leased_until = None, None
        row.save()
        record(action="callback.given_up", by=by, about=row, after={"reason": row.given_up_reason})
        _tell(row, at)
    return row


def take_up_again(*, tenant: Tenant, callback: Callback, by: Actor, at: datetime) -> Callback:
    """What was given up is to be done after all, unless the caller was reached since."""
    with transaction.atomic():
        take_turn(tenant.pk)
        row = _taken(callback)
        if row.given_up_at is None:
            raise NotOpen(row.state)
        row.given_up_at = row.given_up_seen_at = None
        row.given_up_by = row.given_up_reason = ""
        row.save()
        record(action="callback.taken_up", by=by, about=row)
        if row.key.startswith("+"):
            look_again(tenant=tenant, digits=[row.key[1:]])
        else:
            row.state, row.closed_at = CallbackState.OPEN, None
            row.save(update_fields=["state", "closed_at"])
        _tell(row, at)
    row.refresh_from_db()
    return row


def never_call_back(
    *, tenant: Tenant, number: str, reason: str, by: Actor, at: datetime
) -> NeverCallBack:
    """Raises NotANumber, AlreadyNever. Open promises to the number are closed."""
    identity = identify(number, tenant.country)
    if identity.kind not in (NumberKind.TELEPHONE, NumberKind.SERVICE, NumberKind.EXTENSION):
        raise NotANumber
    with refusing({"never_call_back_once": AlreadyNever()}):
        row = NeverCallBack.objects.create(
            key=identity.key,
            number=number[:80],
            reason=reason[:300],
            by_name=by.name[:150],
            created_at=at,
        )
        record(action="callbacks.number_blocked", by=by, about=row, after={"reason": row.reason})
        look_again(tenant=tenant, digits=[identity.key.lstrip("+")])
    return row


def allow_calling_back(*, tenant: Tenant, row: NeverCallBack, by: Actor) -> None:
    with transaction.atomic():
        record(action="callbacks.number_allowed", by=by, about=row)
        row.delete()
        look_again(tenant=tenant, digits=[row.key.lstrip("+")])


def set_due_minutes(*, tenant: Tenant, minutes: Mapping[int | None, int | None], by: Actor) -> None:
    """By group, None for the company; a group without minutes follows the company."""
    with transaction.atomic():
        before = {str(one.group_id): one.due_minutes for one in CallbackRule.objects.all()}
        CallbackRule.objects.all().delete()
        CallbackRule.objects.bulk_create(
            CallbackRule(group_id=group_id, due_minutes=value)
            for group_id, value in minutes.items()
            if value is not None
        )
        after = {str(one.group_id): one.due_minutes for one in CallbackRule.objects.all()}
        if after != before:
            record(action="callbacks.due_changed", by=by, about=tenant, before=before, after=after)


def works_here(user_id: int) -> bool:
    return Membership.objects.filter(user_id=user_id, is_active=True).exists()


def _taken(callback: Callback) -> Callback:
    return (
        Callback.objects.select_for_update(of=("self",))
        .select_related("leased_by")
        .get(pk=callback.pk)
    )


def _open(callback: Callback) -> Callback:
    row = _taken(callback)
    if not row.is_open:
        raise NotOpen(row.state)
    return row


def _tell_assigned(row: Callback, by: Actor) -> None:
    if row.assigned_to_id is None or row.assigned_to_id == by.user_id:
        return
    words = _translated("%(name)s gave you a caller to call back.") % {"name": by.name}
    tell_user(
        tenant_id=cast(int, row.tenant_id),
        user_id=row.assigned_to_id,
        frame={"type": "toast", "level": "sent", "text": words, "about": f"callback-{row.pk}"},
    )


def _tell(row: Callback, at: datetime) -> None:
    tenant_id, groups = cast(int, row.tenant_id), list(row.group_ids)
    transaction.on_commit(
        lambda: announce(tenant_id=tenant_id, group_ids=groups, at=at.timestamp())
    )
