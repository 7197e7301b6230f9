"""The due-table: what has fallen due becomes runs, each once, however many workers look."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from callcenter.tenants.scope import tenant_scope
from reports.schedules.catalogue import CATALOGUE
from reports.schedules.due import (
    Span,
    days_between,
    missed_runs,
    next_run_at,
    period_after,
    period_before,
)
from reports.schedules.models import ReportRun, ReportSchedule, RunState
from reports.schedules.services.orders import rule_of

# after a longer outage the latest are made; one row tells how many were left out
CATCH_UP_MOST = 31
AT_ONCE = 200
_KEPT = ("kind", "name", "group_ids", "agent_ids", "shows_numbers", "attaches_xlsx", "attaches_pdf")


def fall_due(*, now: datetime) -> int:
    """Makes the runs of every tenant's due schedules, in a system scope. Returns how many."""
    due = ReportSchedule.objects.filter(
        next_run_at__lte=now, is_paused=False, deleted_at=None, tenant__is_active=True
    )
    made = 0
    for pk in due.order_by("next_run_at").values_list("pk", flat=True)[:AT_ONCE]:
        made += _fall_due(pk, now)
    return made


@transaction.atomic
def _fall_due(pk: int, now: datetime) -> int:
    """A row that another worker holds is that worker's; its runs and next time are one commit."""
    schedule = (
        ReportSchedule.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(pk=pk, next_run_at__lte=now, is_paused=False, deleted_at=None)
        .select_related("tenant")
        .first()
    )
    if schedule is None or schedule.next_run_at is None:
        return 0
    zone = ZoneInfo(schedule.tenant.time_zone)
    rule = rule_of(schedule)
    found = missed_runs(rule, schedule.next_run_at, now, zone)
    late, made = found[:-CATCH_UP_MOST], found[-CATCH_UP_MOST:]
    with tenant_scope(schedule.tenant.pk):
        runs = [_run(schedule, at, zone) for at in made]
        if late:
            left_out = _run(schedule, late[0], zone)
            left_out.state, left_out.left_out = RunState.SKIPPED, len(late)
            runs.append(left_out)
        ReportRun.objects.bulk_create(runs, ignore_conflicts=True)
        schedule.next_run_at = next_run_at(rule, now, zone)
        schedule.save(update_fields=["next_run_at"])
    return len(made)


def _run(schedule: ReportSchedule, at: datetime, zone: ZoneInfo) -> ReportRun:
    run = ReportRun(schedule=schedule, due_at=at, **{key: getattr(schedule, key) for key in _KEPT})
    run.since, run.until = period_of(schedule, at, zone)
    return run


def period_of(schedule: ReportSchedule, at: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Fixed when the report falls due, so that a late one is about the same days."""
    kind = CATALOGUE[schedule.kind]
    if schedule.first_day and schedule.last_day and not kind.looks_ahead:
        return days_between(schedule.first_day, schedule.last_day, zone)
    if kind.looks_ahead:
        return period_after(kind.span, at, zone)
    return period_before(Span(kind.span), at, zone)
