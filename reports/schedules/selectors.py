"""Reading orders, runs and deliveries."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery

from callcenter.accounts.models import Membership
from callcenter.accounts.permissions import Person
from reports.schedules.models import (
    DeliveryState,
    Purpose,
    ReportDelivery,
    ReportEdition,
    ReportRun,
    ReportSchedule,
    RunState,
)
from reports.schedules.permissions import limits_of, run_limits_of

PAGE = 25
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"^([0-9]{1,17})-([0-9]{1,18})$")
FAILED = (DeliveryState.REFUSED, DeliveryState.BOUNCED, DeliveryState.GIVEN_UP)


@dataclass(frozen=True, slots=True)
class RunCursor:
    due_at: datetime
    pk: int

    def __str__(self) -> str:
        return f"{(self.due_at - _EPOCH) // timedelta(microseconds=1)}-{self.pk}"

    @classmethod
    def read(cls, text: str) -> RunCursor | None:
        found = _CURSOR.match(text)
        if not found:
            return None
        try:
            return cls(_EPOCH + timedelta(microseconds=int(found[1])), int(found[2]))
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True)
class RunPage:
    runs: list[ReportRun]
    older: RunCursor | None


def schedules_seen(limits: Q) -> QuerySet[ReportSchedule]:
    """Not the deleted ones."""
    return ReportSchedule.objects.filter(limits, deleted_at=None)


def schedules_led_by(person: Person) -> QuerySet[ReportSchedule]:
    return schedules_seen(limits_of(person))


def by_title(schedules: Iterable[ReportSchedule]) -> list[ReportSchedule]:
    """As the reader's language has them; a company has at most some hundred."""
    return sorted(schedules, key=lambda one: (one.title.casefold(), one.pk))


def with_last_run(schedules: QuerySet[ReportSchedule]) -> QuerySet[ReportSchedule]:
    """Each with `last_run_id`."""
    last = ReportRun.objects.filter(schedule=OuterRef("pk"), purpose=Purpose.ORDERED)
    return schedules.annotate(last_run_id=Subquery(last.order_by("-due_at").values("pk")[:1]))


def runs_by_id(ids: Iterable[int]) -> dict[int, ReportRun]:
    return {run.pk: run for run in counted(ReportRun.objects.filter(pk__in=list(ids)))}


def runs_led_by(person: Person) -> QuerySet[ReportRun]:
    return ReportRun.objects.filter(run_limits_of(person))


def counted(runs: QuerySet[ReportRun]) -> QuerySet[ReportRun]:
    """Each with how many deliveries there are, were sent, failed."""
    return runs.annotate(
        mails=Count("deliveries"),
        sent=Count("deliveries", filter=Q(deliveries__state=DeliveryState.SENT)),
        failed=Count("deliveries", filter=Q(deliveries__state__in=FAILED)),
    )


def page_of_runs(runs: QuerySet[ReportRun], cursor: RunCursor | None, size: int = PAGE) -> RunPage:
    """Latest first. One query."""
    if cursor is not None:
        runs = runs.filter(Q(due_at__lt=cursor.due_at) | Q(due_at=cursor.due_at, pk__lt=cursor.pk))
    found = list(counted(runs).order_by("-due_at", "-pk")[: size + 1])
    has_more, found = len(found) > size, found[:size]
    return RunPage(found, RunCursor(found[-1].due_at, found[-1].pk) if has_more else None)


def edition_for(run: ReportRun, language: str) -> ReportEdition | None:
    """In this language, else the first there is; without its files."""
    editions = list(run.editions.defer("document", "xlsx", "pdf", "chart", "text").order_by("pk"))
    return next((one for one in editions if one.language == language), None) or next(
        iter(editions), None
    )


def people_to_choose() -> list[tuple[int, str]]:
    """Of the company, by name."""
    members = Membership.objects.filter(is_active=True, user__is_active=True)
    rows = members.order_by("user__name").values_list("user_id", "user__name", "user__email")
    return [(pk, f"{name} ({email})") for pk, name, email in rows]


def mails_kept(person: Person, size: int) -> list[ReportDelivery]:
    """Sent deliveries that the person may read, latest first."""
    runs = runs_led_by(person)
    found = ReportDelivery.objects.filter(state=DeliveryState.SENT, run__in=runs)
    return list(found.select_related("run").order_by("-sent_at", "-pk")[:size])


def tenants_with_work(now: datetime) -> list[int]:
    """In a system scope: tenants with runs to make or mail to send, that nobody sends mail for right
    now; so that a mail server that hangs holds one worker for each tenant at most.
    """
    runs = ReportRun.objects.filter(
        Q(claimed_until=None) | Q(claimed_until__lte=now), state=RunState.WAITING
    )
    mails = ReportDelivery.objects.filter(
        Q(state=DeliveryState.QUEUED, next_try_at__lte=now)
        | Q(state=DeliveryState.SENDING, claimed_until__lte=now)
    )
    busy = ReportDelivery.objects.filter(
        tenant=OuterRef("tenant"), state=DeliveryState.SENDING, claimed_until__gt=now
    )
    found = set(runs.filter(tenant__is_active=True).values_list("tenant_id", flat=True).distinct())
    mails = mails.filter(~Exists(busy), tenant__is_active=True)
    return sorted(found | set(mails.values_list("tenant_id", flat=True).distinct()))


@dataclass(frozen=True, slots=True)
class MailHealth:
    """`waiting`: mails to be sent, of them `retried` were tried before; `failed` within a day."""

    waiting: int
    retried: int
    failed: int


def mail_health(now: datetime) -> MailHealth:
    """Of every tenant, in a system scope. One query."""
    waits = Q(state__in=[DeliveryState.QUEUED, DeliveryState.SENDING])
    failed = Q(state__in=FAILED, changed_at__gte=now - timedelta(days=1))
    counts = ReportDelivery.objects.filter(waits | failed).aggregate(
        waiting=Count("pk", filter=waits),
        retried=Count("pk", filter=waits & Q(attempts__gt=0)),
        failed=Count("pk", filter=failed),
    )
    return MailHealth(**counts)
