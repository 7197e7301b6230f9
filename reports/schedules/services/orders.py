"""Ordering reports, and changing, pausing and deleting orders."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.models import Membership
from callcenter.agents.models import Agent
from callcenter.audit.changes import earlier_values
from callcenter.audit.models import AuditEntry
from callcenter.audit.services import Actor, change_row, record
from callcenter.groups.models import AgentGroup
from callcenter.tenants.models import Tenant
from callcenter.tenants.refusals import Refusal
from callcenter.tenants.scope import current_tenant_id
from reports.schedules.catalogue import CATALOGUE
from reports.schedules.due import Repeats, Rule, instant_of, next_run_at
from reports.schedules.models import ReportSchedule

RECIPIENTS_MOST = 50
DAYS_MOST = 366
ORDERS_MOST = 200


class UnknownReport(Refusal):
    def __init__(self) -> None:
        super().__init__(_("There is no such report."), "kind")


class NotYourGroups(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Choose among the groups that you lead."), "group_ids")


class UnknownAgents(Refusal):
    def __init__(self) -> None:
        super().__init__(_("One of these agents does not exist any more."), "agent_ids")


class NoRecipients(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Choose somebody to send it to, or give an address."), "addresses")


class UnknownPeople(Refusal):
    def __init__(self) -> None:
        super().__init__(_("One of these people may not enter the company any more."), "user_ids")


class TooManyRecipients(Refusal):
    def __init__(self) -> None:
        words = gettext("At most %(most)d recipients get one report.")
        super().__init__(words % {"most": RECIPIENTS_MOST}, "addresses")


class BadAddress(Refusal):
    def __init__(self, address: str) -> None:
        words = gettext("“%(address)s” is not an e-mail address.")
        super().__init__(words % {"address": address}, "addresses")


class TimeIsOver(Refusal):
    def __init__(self) -> None:
        super().__init__(
            _("That time is over. Choose a later one, or no day at all: now."), "on_day"
        )


class NoDays(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Choose at least one day of the week."), "weekdays")


class BadPeriod(Refusal):
    def __init__(self, words: str) -> None:
        super().__init__(words, "last_day")


class TooManyOrders(Refusal):
    def __init__(self) -> None:
        words = gettext("%(most)d reports are ordered already. Delete one that nobody needs.")
        super().__init__(words % {"most": ORDERS_MOST})


@dataclass(frozen=True, slots=True)
class Order:
    """What is wanted. `name`: "" for the report's own title; `addresses`: (address, language);
    `on_day` None for once: right away. `first_day` and `last_day`: of a one-off; else the time before, as the kind says.
    """

    kind: str
    name: str
    group_ids: tuple[int, ...] = ()
    agent_ids: tuple[int, ...] = ()
    shows_numbers: bool = False
    repeats: str = Repeats.DAILY
    at: time = time(8)
    weekdays: tuple[int, ...] = (1,)
    month_day: int = 1
    on_day: date | None = None
    first_day: date | None = None
    last_day: date | None = None
    user_ids: tuple[int, ...] = ()
    addresses: tuple[tuple[str, str], ...] = ()
    attaches_xlsx: bool = True
    attaches_pdf: bool = False


@transaction.atomic
def order_report(
    *, order: Order, by: Actor, within: Collection[int], at: datetime
) -> ReportSchedule:
    """`within`: the groups that the person's rights end at; none: all. Raises the refusals here."""
    if ReportSchedule.objects.filter(deleted_at=None).count() >= ORDERS_MOST:
        raise TooManyOrders
    values = checked(order, within, at)
    schedule = ReportSchedule(**values, created_by_id=by.user_id)
    schedule.next_run_at = _next(schedule, at, is_new=True)
    schedule.save()
    record(action="report.ordered", by=by, about=schedule, after=_told(values))
    if schedule.next_run_at is not None and schedule.next_run_at <= at:
        _wake()
    return schedule


@transaction.atomic
def change_report(
    *, schedule: ReportSchedule, order: Order, by: Actor, within: Collection[int], at: datetime
) -> None:
    """From its next run on: what was made stays as it was."""
    values = checked(order, within, at)
    locked = ReportSchedule.objects.select_for_update().get(pk=schedule.pk)
    if change_row(row=locked, changes=values, action="report.changed", by=by) is not None:
        _plan(locked, at)


@transaction.atomic
def pause_report(*, schedule: ReportSchedule, by: Actor) -> None:
    """Nothing falls due until it is resumed. Doing it twice changes nothing."""
    if ReportSchedule.objects.filter(pk=schedule.pk, is_paused=False).update(is_paused=True):
        record(action="report.paused", by=by, about=schedule)


@transaction.atomic
def resume_report(*, schedule: ReportSchedule, by: Actor, at: datetime) -> None:
    """From now on: what fell due meanwhile is not made up for."""
    locked = ReportSchedule.objects.select_for_update().get(pk=schedule.pk)
    if not locked.is_paused:
        return
    locked.is_paused = False
    locked.next_run_at = _next(locked, at, is_new=False)
    locked.save(update_fields=["is_paused", "next_run_at"])
    record(action="report.resumed", by=by, about=schedule)


@transaction.atomic
def delete_report(*, schedule: ReportSchedule, by: Actor, at: datetime) -> AuditEntry | None:
    """Nothing is made any more; what was sent stays to be seen for a while, and it can come back."""
    if ReportSchedule.objects.filter(pk=schedule.pk, deleted_at=None).update(deleted_at=at):
        return record(action="report.deleted", by=by, about=schedule)
    return None


@transaction.atomic
def restore_report(*, schedule: ReportSchedule, by: Actor, at: datetime) -> None:
    locked = ReportSchedule.objects.select_for_update().get(pk=schedule.pk)
    if locked.deleted_at is None:
        return
    locked.deleted_at = None
    locked.next_run_at = _next(locked, at, is_new=False)
    locked.save(update_fields=["deleted_at", "next_run_at"])
    record(action="report.restored", by=by, about=schedule)


@transaction.atomic
def undo_change(
    *, schedule: ReportSchedule, entry: AuditEntry, by: Actor, within: Collection[int], at: datetime
) -> None:
    """Raises ChangedSince, NothingThere, and what ordering raises: people and groups may be gone."""
    locked = ReportSchedule.objects.select_for_update().get(pk=schedule.pk)
    values: dict[str, Any] = earlier_values(locked, entry.before, entry.after)
    order = order_of(locked)
    wanted = Order(**{**asdict(order), **{key: _frozen(value) for key, value in values.items()}})
    change_report(schedule=locked, order=wanted, by=by, within=within, at=at)


def order_of(schedule: ReportSchedule) -> Order:
    """The order as it stands."""
    fields = Order.__dataclass_fields__
    return Order(**{name: _frozen(getattr(schedule, name)) for name in fields})


def rule_of(schedule: ReportSchedule) -> Rule:
    return Rule(
        Repeats(schedule.repeats),
        schedule.at,
        tuple(schedule.weekdays) or (1,),
        schedule.month_day,
        schedule.on_day,
    )


def zone_here() -> ZoneInfo:
    return ZoneInfo(Tenant.objects.only("time_zone").get(pk=current_tenant_id()).time_zone)


def normal_address(text: str) -> str:
    """As it is mailed to: names of other alphabets in their ASCII form. Raises BadAddress."""
    address = text.strip()
    name, at, domain = address.rpartition("@")
    try:
        if not domain.isascii():
            address = f"{name}{at}{domain.encode('idna').decode()}"
        validate_email(address)
    except (ValidationError, UnicodeError) as error:
        raise BadAddress(text.strip()) from error
    return address


def _plan(schedule: ReportSchedule, at: datetime) -> None:
    schedule.next_run_at = _next(schedule, at, is_new=False)
    schedule.save(update_fields=["next_run_at"])


def _next(schedule: ReportSchedule, at: datetime, *, is_new: bool) -> datetime | None:
    rule = rule_of(schedule)
    if rule.repeats is Repeats.ONCE and rule.on is None:
        return at if is_new else None
    return next_run_at(rule, at, zone_here())


def checked(
    order: Order, within: Collection[int], at: datetime, *, needs_recipients: bool = True
) -> dict[str, Any]:
    """The row's values; raises what is wrong with the order."""
    if order.kind not in CATALOGUE:
        raise UnknownReport
    groups = set(order.group_ids)
    if within and (not groups or not groups <= set(within)):
        raise NotYourGroups
    if AgentGroup.objects.filter(pk__in=groups).count() != len(groups):
        raise NotYourGroups
    agents = set(order.agent_ids)
    known = Agent.objects.filter(pk__in=agents)
    if within:
        known = known.filter(memberships__group_id__in=groups)
    if known.distinct().count() != len(agents):
        raise UnknownAgents
    people, addresses = _recipients(order) if needs_recipients else ([], [])
    _check_times(order, at)
    return {
        **{key: _thawed(value) for key, value in asdict(order).items()},
        "name": order.name.strip(),
        "group_ids": sorted(groups),
        "agent_ids": sorted(agents),
        "user_ids": people,
        "addresses": addresses,
        "weekdays": sorted(set(order.weekdays)) if order.repeats == Repeats.WEEKLY else [],
        "shows_numbers": order.shows_numbers and CATALOGUE[order.kind].lists_calls,
    }


def _recipients(order: Order) -> tuple[list[int], list[list[str]]]:
    wanted = set(order.user_ids)
    here = Membership.objects.filter(user_id__in=wanted, is_active=True, user__is_active=True)
    if here.count() != len(wanted):
        raise UnknownPeople
    languages = dict(settings.LANGUAGES)
    found: dict[str, list[str]] = {}
    for text, language in order.addresses:
        address = normal_address(text)
        found.setdefault(address.lower(), [address, language if language in languages else ""])
    if not wanted and not found:
        raise NoRecipients
    if len(wanted) + len(found) > RECIPIENTS_MOST:
        raise TooManyRecipients
    return sorted(wanted), list(found.values())


def _check_times(order: Order, at: datetime) -> None:
    if order.repeats == Repeats.WEEKLY and not order.weekdays:
        raise NoDays
    is_set = order.repeats == Repeats.ONCE and order.on_day is not None
    if is_set and order.on_day and instant_of(order.on_day, order.at, zone_here()) <= at:
        raise TimeIsOver
    first, last = order.first_day, order.last_day
    if order.repeats != Repeats.ONCE or (first is None and last is None):
        return
    if first is None or last is None:
        raise BadPeriod(gettext("Give both days, or none."))
    if last < first:
        raise BadPeriod(gettext("The last day is before the first one."))
    if (last - first).days >= DAYS_MOST:
        raise BadPeriod(gettext("A report covers at most a year."))


def _told(values: Mapping[str, Any]) -> dict[str, Any]:
    """For the audit log: what was chosen, as JSON."""
    return {
        key: value.isoformat() if isinstance(value, date | time) else value
        for key, value in values.items()
        if value not in ([], None, "", False)
    }


def _frozen(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_frozen(one) for one in value)
    return value


def _thawed(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_thawed(one) for one in value]
    return value


def _wake() -> None:
    """The worker looks at once instead of at its next tick."""
    from reports.schedules.tasks import send_due_reports

    transaction.on_commit(lambda: send_due_reports.delay())
