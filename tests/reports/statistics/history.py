"""An invented history, and a count of it so plain that it can be checked by reading."""

import random
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from callcenter.tenants.scope import current_tenant_id
from reports.statistics.intervals import By
from reports.statistics.selection import Selection
from telephony.calls.models import Call, QueueVisit

OUTCOMES = (
    ("answered", ""), ("answered", ""), ("answered", ""), ("abandoned", ""), ("abandoned", "restart"),
    ("short_abandoned", ""), ("overflowed", "timeout"), ("overflowed", "full"),
    ("overflowed", "no_agents"), ("overflowed", "agents_left"), ("overflowed", "key"),
    ("overflowed", ""), ("overflowed", "closed"), ("waiting", ""),
)  # fmt: skip
MODES = ("handled", "abandons_ignored", "abandons_positive", "abandons_negative")
NUMBERS = ("+3725550001", "+3725550002", "+3725550003", "", "anonymous")
_calls = iter(range(10**9))


def make_visit(
    at: datetime, outcome: str = "answered", wait: int = 3, **more: object
) -> QueueVisit:
    """Not saved; of group 1, by agent 11 if answered."""
    values: dict[str, object] = {
        "queue_name": "alice-sales",
        "group_id": 1,
        "agent_id": 11 if outcome == "answered" else None,
        "reason": "",
        "talk_seconds": 60 if outcome == "answered" else 0,
        "short_abandon_seconds": 5,
        "answer_within_seconds": 20,
        "service_level_mode": "abandons_negative",
        "ended_at": at + timedelta(seconds=wait + 60),
        **more,
    }
    return QueueVisit(
        tenant_id=current_tenant_id(), pbx="pbx1", callid=f"history-{next(_calls)}", stay=1,
        entered_at=at, left_at=at, wait_seconds=wait, outcome=outcome, **values,
    )  # fmt: skip


def make_call(at: datetime, number: str) -> Call:
    """Saved; a visit's `call`."""
    return Call.objects.create(
        pbx="pbx1", linkedid=f"call-{next(_calls)}", direction="in", caller_number=number,
        started_at=at, outcome="answered",
    )  # fmt: skip


def invent(seed: int, count: int, since: datetime, until: datetime) -> list[QueueVisit]:
    """Saved visits of 3 groups, none known of some, on instants that often are edges."""
    chance = random.Random(seed)
    minutes = int((until - since) / timedelta(minutes=1))
    visits = []
    for _ in range(count):
        outcome, reason = chance.choice(OUTCOMES)
        at = since + timedelta(minutes=chance.randrange(minutes))
        at += timedelta(seconds=chance.choice((0, 0, 17, 59)))
        group = chance.choice((1, 1, 2, 3, None))
        answered = outcome == "answered"
        still_talks = answered and not chance.randrange(8)
        visits.append(
            make_visit(
                at,
                outcome,
                chance.choice((0, 4, 5, 6, 10, 19, 20, 21, 60, 120, 600, 601, 5000)),
                reason=reason,
                group_id=group,
                queue_name=f"alice-q{group}{chance.choice('ab')}",
                agent_id=chance.choice((11, 12, None)) if answered else None,
                talk_seconds=chance.randrange(400) if answered and not still_talks else 0,
                ended_at=None if still_talks else at + timedelta(seconds=500),
                answer_within_seconds=chance.choice((10, 20, 60)),
                service_level_mode=chance.choice(MODES),
                caller_number=chance.choice(NUMBERS),
            )
        )
    return QueueVisit.objects.bulk_create(visits)


def takes(selection: Selection, visit: QueueVisit) -> bool:
    local = visit.entered_at.astimezone(ZoneInfo(selection.zone))
    minute = local.hour * 60 + local.minute
    start, end = selection.minutes_from, selection.minutes_to
    in_hours = start <= minute < end if start < end else minute >= start or minute < end
    in_groups = selection.group_ids is None or (visit.group_id or 0) in selection.group_ids
    in_agents = selection.agent_ids is None or (
        visit.outcome == "answered" and (visit.agent_id or 0) in selection.agent_ids
    )
    in_queues = selection.queue_names is None or visit.queue_name in selection.queue_names
    in_period = selection.since <= visit.entered_at < selection.until
    in_days = local.isoweekday() in selection.weekdays
    return in_period and in_hours and in_days and in_groups and in_agents and in_queues


def key_of(visit: QueueVisit, by: By, zone: str) -> Hashable:
    local = visit.entered_at.astimezone(ZoneInfo(zone))
    hour = local.replace(minute=0, second=0, microsecond=0)
    quarter = local.replace(minute=local.minute // 15 * 15, second=0, microsecond=0)
    keys: dict[By, Hashable] = {
        By.TOTAL: "",
        By.GROUP: visit.group_id or 0,
        By.QUEUE: visit.queue_name,
        By.AGENT: visit.agent_id or 0,
        By.DAY: local.date(),
        By.WEEK: local.date() - timedelta(days=local.weekday()),
        By.MONTH: local.date().replace(day=1),
        By.HOUR: hour.astimezone(UTC),  # `fold` is kept by replace
        By.QUARTER_HOUR: quarter.astimezone(UTC),
        By.WEEKDAY: local.isoweekday(),
        By.HOUR_OF_DAY: local.hour,
        By.QUARTER_OF_DAY: local.hour * 60 + local.minute // 15 * 15,
        By.WEEKDAY_HOUR: (local.isoweekday(), local.hour),
    }
    return keys[by]


def counted(
    visits: Iterable[QueueVisit], selection: Selection, by: By
) -> dict[Hashable, dict[str, float | None]]:
    """A few figures of each key, worked out one visit after the other."""
    chosen: defaultdict[Hashable, list[QueueVisit]] = defaultdict(list)
    for visit in visits:
        if takes(selection, visit) and (by != By.AGENT or visit.outcome == "answered"):
            chosen[key_of(visit, by, selection.zone)].append(visit)
    return {key: _figures(found) for key, found in chosen.items()}


def _figures(visits: list[QueueVisit]) -> dict[str, float | None]:
    def count(rule: Callable[[QueueVisit], bool]) -> int:
        return sum(1 for visit in visits if rule(visit))

    def in_time(visit: QueueVisit) -> bool:
        return visit.wait_seconds <= visit.answer_within_seconds

    offered = [
        visit
        for visit in visits
        if visit.outcome in ("answered", "abandoned", "overflowed") and visit.reason != "closed"
    ]
    answered = [visit for visit in offered if visit.outcome == "answered"]
    abandoned = [visit for visit in offered if visit.outcome == "abandoned"]
    waited = [
        visit
        for visit in offered
        if visit.outcome != "overflowed" or visit.reason in ("timeout", "agents_left")
    ]
    good = total = 0
    for visit in offered:
        mode, quick = visit.service_level_mode, in_time(visit)
        if visit.outcome == "answered":
            good, total = good + quick, total + 1
        elif mode == "handled" or (
            visit.outcome == "abandoned" and quick and mode == "abandons_ignored"
        ):
            continue
        else:
            total += 1
            good += visit.outcome == "abandoned" and quick and mode == "abandons_positive"
    return {
        "offered": len(offered),
        "answered": len(answered),
        "answered_in_time": count(lambda one: one.outcome == "answered" and in_time(one)),
        "abandoned": len(abandoned),
        "gave_up": len(abandoned) - count(lambda one: one.reason == "restart"),
        "overflowed": len(offered) - len(answered) - len(abandoned),
        "timeout": count(lambda one: one.reason == "timeout"),
        "other": count(lambda one: one.outcome == "overflowed" and one.reason == ""),
        "short_abandoned": count(lambda one: one.outcome == "short_abandoned"),
        "closed": count(lambda one: one.reason == "closed"),
        "service_level": 100 * good / total if total else None,
        "answer_rate": 100 * len(answered) / len(offered) if offered else None,
        "abandon_rate": 100 * len(abandoned) / len(offered) if offered else None,
        "asa": _mean([visit.wait_seconds for visit in answered]),
        "average_wait": _mean([visit.wait_seconds for visit in waited], len(waited)),
        "longest_wait": max((visit.wait_seconds for visit in offered), default=None),
        "average_talk": _mean([visit.talk_seconds for visit in answered if visit.ended_at]),
        "answered_bucket_3": count(
            lambda one: one.outcome == "answered" and 15 < one.wait_seconds <= 20
        ),
        "answered_bucket_12": count(
            lambda one: one.outcome == "answered" and one.wait_seconds > 600
        ),
    }


def _mean(values: list[int], number: int | None = None) -> float | None:
    number = len(values) if number is None else number
    return sum(values) / number if number else None
