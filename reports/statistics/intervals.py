"""What figures are summed by: keys, the SQL that gives them, and the calls of one key. Pure.

A visit belongs to the interval in which it entered. Hours and quarter-hours are instants, so that
the hour that comes twice when clocks go back is two; one in which clocks change ends there, and the
next begins: half an hour of its own where half an hour comes twice. Hours of the day are numbers on
the clock.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from reports.statistics.selection import (
    EVERY_DAY,
    MINUTES_OF_DAY,
    Selection,
    even_spans,
    midnight,
)


class By(StrEnum):
    """Keys: group and agent their id (UNKNOWN for none), queue its name in the PBX; day, week (its
    Monday) and month (its first) dates; hour and quarter-hour the instant when they begin, in UTC;
    weekday 1 to 7; hour of day 0 to 23; quarter of day minutes since 0:00; weekday_hour a pair;
    total the empty string.
    """

    TOTAL = "total"
    GROUP = "group"
    QUEUE = "queue"
    AGENT = "agent"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    HOUR = "hour"
    QUARTER_HOUR = "quarter_hour"
    WEEKDAY = "weekday"
    HOUR_OF_DAY = "hour_of_day"
    QUARTER_OF_DAY = "quarter_of_day"
    WEEKDAY_HOUR = "weekday_hour"


TOTAL_KEY = ""
STEPS = {By.HOUR: timedelta(hours=1), By.QUARTER_HOUR: timedelta(minutes=15)}
OF_WHOLE_DAYS = frozenset(
    {By.TOTAL, By.GROUP, By.QUEUE, By.AGENT, By.DAY, By.WEEK, By.MONTH, By.WEEKDAY}
)
OF_WHOLE_HOURS = OF_WHOLE_DAYS | {By.HOUR_OF_DAY, By.WEEKDAY_HOUR}
MOST_INTERVALS = 40_000

# a visit's interval by integers, where the zone's offset does not change: {origin} is a local midnight
_BINS = {
    **dict.fromkeys((By.DAY, By.WEEK, By.MONTH), "1 day"),
    By.HOUR: "1 hour",
    By.QUARTER_HOUR: "15 minutes",
}
_BY_ZONE = "(v.entered_at AT TIME ZONE %(zone)s)"
# by the clocks of the visits: at the bin's own beginning they may have been others
_LOCAL = "({bin} AT TIME ZONE 'UTC' + {offset})"
_KEY_OF_BIN = {
    By.DAY: f"{_LOCAL}::date",
    By.WEEK: f"date_trunc('week', {_LOCAL})::date",
    By.MONTH: f"date_trunc('month', {_LOCAL})::date",
    By.HOUR: "{bin}",
    By.QUARTER_HOUR: "{bin}",
}
# what comes round again, by integers too: how many seconds long, how many there are, and the key of
# the nth since 1970 began, on a Thursday
_ROUND = {
    By.WEEKDAY: (86400, 7, "(({n} + 3) % 7 + 1)"),
    By.HOUR_OF_DAY: (3600, 24, "{n}"),
    By.QUARTER_OF_DAY: (900, 96, "({n} * 15)"),
    By.WEEKDAY_HOUR: (3600, 168, "((({n} / 24 + 3) % 7 + 1) * 100 + {n} % 24)"),
}
_KEY_OF_COLUMN = {
    By.TOTAL: "''",
    By.GROUP: "coalesce(v.group_id, 0)",
    By.QUEUE: "v.queue_name",
    By.AGENT: "coalesce(v.agent_id, 0)",
}


@dataclass(frozen=True, slots=True)
class Clocks:
    """Of visits between changes of clocks, as SQL: `origin` a midnight by these clocks, `begun` when
    the hour of the first visit began by them, `offset` the interval by which they are ahead of UTC,
    `ahead` the same in seconds.
    """

    origin: str
    begun: str
    offset: str
    ahead: str


def _nth(clocks: Clocks, seconds: int, count: int) -> str:
    """Which of `count` stretches of so many seconds, over and over since 1970 began, by integers."""
    local = f"(date_part('epoch', v.entered_at) + {clocks.ahead})"
    return f"(floor({local} / {seconds})::int %% {count})"


def key_of_visit(by: By, clocks: Clocks) -> tuple[str, str]:
    """SQL of what to group by and of the key that it gives; several groups may have one key."""
    if by in _ROUND:
        seconds, count, key = _ROUND[by]
        start = _nth(clocks, seconds, count)
        return start, key.replace("%", "%%").format(n=start)
    if by not in _BINS:
        return _KEY_OF_COLUMN[by], _KEY_OF_COLUMN[by]
    start = f"date_bin(interval '{_BINS[by]}', v.entered_at, {clocks.origin})"
    if by in STEPS:
        start = f"greatest({start}, {clocks.begun})"
    return start, _KEY_OF_BIN[by].format(bin=start, offset=clocks.offset)


def minute_of_visit(clocks: Clocks | None) -> str:
    """SQL of the minute of the local day; None: by the clocks of %(zone)s."""
    if clocks is not None:
        return _nth(clocks, 60, MINUTES_OF_DAY)
    return f"(extract(hour FROM {_BY_ZONE}) * 60 + extract(minute FROM {_BY_ZONE}))::int"


def weekday_of_visit(clocks: Clocks | None) -> str:
    if clocks is not None:
        return key_of_visit(By.WEEKDAY, clocks)[1]
    return f"extract(isodow FROM {_BY_ZONE})::int"


def is_interval(by: By) -> bool:
    return by in _BINS or by in _ROUND


KEY_OF_ROW: dict[By, str] = {
    **_KEY_OF_COLUMN,
    By.DAY: "v.day",
    By.WEEK: "date_trunc('week', v.day)::date",
    By.MONTH: "date_trunc('month', v.day)::date",
    By.WEEKDAY: "extract(isodow FROM v.day)::int",
    By.HOUR_OF_DAY: "v.hour",
    By.WEEKDAY_HOUR: "(extract(isodow FROM v.day)::int * 100 + v.hour)",
}


def read_key(by: By, value: Hashable) -> Hashable:
    """What PostgreSQL said, as a key."""
    if by == By.WEEKDAY_HOUR and isinstance(value, int):
        return divmod(value, 100)
    if isinstance(value, datetime):
        return value.astimezone(UTC)
    return value


def keys_of(selection: Selection, by: By) -> list[Hashable]:
    """Every key of the selection in order, with calls or without; none for groups, queues and
    agents, which only the database knows, nor where they are more than MOST_INTERVALS.
    """
    if by in (By.GROUP, By.QUEUE, By.AGENT):
        return []
    if by == By.TOTAL:
        return [TOTAL_KEY]
    if by == By.WEEKDAY:
        return list(selection.weekdays)
    if by in (By.HOUR_OF_DAY, By.QUARTER_OF_DAY, By.WEEKDAY_HOUR):
        return _clock_keys(selection, by)
    if selection.until <= selection.since:
        return []
    if by in (By.DAY, By.WEEK, By.MONTH):
        return list(dict.fromkeys(_start_of(by, day) for day in _days(selection)))
    return _instants(selection, STEPS[by])


def _clock_keys(selection: Selection, by: By) -> list[Hashable]:
    step = 15 if by == By.QUARTER_OF_DAY else 60
    minutes = [
        start
        for start in range(0, MINUTES_OF_DAY, step)
        if any(takes_minute(selection, minute) for minute in range(start, start + step))
    ]
    if by == By.QUARTER_OF_DAY:
        return list(minutes)
    if by == By.HOUR_OF_DAY:
        return [start // 60 for start in minutes]
    return [(day, start // 60) for day in selection.weekdays for start in minutes]


def takes_minute(selection: Selection, minute: int) -> bool:
    """Whether a call that enters in this minute of the local day counts."""
    inside = _is_between(minute, selection.minutes_from, selection.minutes_to)
    return inside and (
        selection.within_minutes is None or _is_between(minute, *selection.within_minutes)
    )


def _is_between(minute: int, start: int, end: int) -> bool:
    if start < end:
        return start <= minute < end
    return minute >= start or minute < end  # over midnight; from 8:00 to 8:00 is all of a day


def _days(selection: Selection) -> Iterator[date]:
    """The local days that the selection touches, of its weekdays."""
    day = selection.local(selection.since).date()
    last = selection.local(selection.until - timedelta(microseconds=1)).date()
    if (last - day).days > MOST_INTERVALS:
        return
    while day <= last:
        if day.isoweekday() in selection.weekdays:
            yield day
        day += timedelta(days=1)


def _start_of(by: By, day: date) -> date:
    if by == By.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if by == By.MONTH else day


def _instants(selection: Selection, step: timedelta) -> list[Hashable]:
    if (selection.until - selection.since) / step > MOST_INTERVALS:
        return []
    found: list[Hashable] = []
    first, _ = interval_of(selection.since, step, selection.zone)
    for since, until, origin in even_spans(first, selection.until, selection.zone):
        at = since
        while at < until:
            end = min(origin + ((at - origin) // step + 1) * step, until)
            if _takes_interval(selection, at, end):
                found.append(at)
            at = end
    return found


def _takes_interval(selection: Selection, at: datetime, end: datetime) -> bool:
    local = selection.local(at)
    if local.isoweekday() not in selection.weekdays:
        return False
    start = local.hour * 60 + local.minute
    minutes = range(start, start - (at - end) // timedelta(minutes=1))  # a minute begun counts
    return selection.has_whole_days or any(
        takes_minute(selection, minute % MINUTES_OF_DAY) for minute in minutes
    )


def interval_of(at: datetime, step: timedelta, zone: str) -> tuple[datetime, datetime]:
    """The hour on the clock, or a shorter `step` of it, that `at` is in: [from, to) in UTC, and not
    beyond a change of clocks.
    """
    local = at.astimezone(ZoneInfo(zone))
    past = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
    start = at.astimezone(UTC) - past % step
    spans = even_spans(start, start + step, zone)
    return next((since, until) for since, until, _ in spans if at < until)


def narrowed(selection: Selection, by: By, key: Hashable) -> Selection:
    """The part of the selection that has this key. Raises ValueError for what is no key."""
    match by, key:
        case By.TOTAL, _:
            return selection
        case By.GROUP, int(one):
            return replace(selection, group_ids=_only(one, selection.group_ids))
        case By.AGENT, int(one):
            return replace(selection, agent_ids=_only(one, selection.agent_ids))
        case By.QUEUE, str(name):
            kept = selection.queue_names is None or name in selection.queue_names
            return replace(selection, queue_names=(name,) if kept else ())
        case By.WEEKDAY, int(day) if day in EVERY_DAY:
            return replace(selection, weekdays=tuple({day} & set(selection.weekdays)))
        case By.HOUR_OF_DAY, int(hour) if 0 <= hour < 24:
            return _in_minutes(selection, hour * 60, hour * 60 + 60)
        case By.QUARTER_OF_DAY, int(minute) if minute in range(0, MINUTES_OF_DAY, 15):
            return _in_minutes(selection, minute, minute + 15)
        case By.WEEKDAY_HOUR, (int(day), int(hour)):
            return narrowed(narrowed(selection, By.WEEKDAY, day), By.HOUR_OF_DAY, hour)
        case ((By.HOUR | By.QUARTER_HOUR), datetime()):
            return _between(selection, *interval_of(key, STEPS[by], selection.zone))
        case ((By.DAY | By.WEEK | By.MONTH), date()):
            first, beyond = _dates_of(by, key)
            start, end = midnight(first, selection.zone), midnight(beyond, selection.zone)
            return _between(selection, start, end)
    raise ValueError(f"{key!r} is no {by}.")


def _dates_of(by: By, first: date) -> tuple[date, date]:
    if by == By.DAY:
        return first, first + timedelta(days=1)
    if by == By.WEEK:
        return first, first + timedelta(days=7)
    return first, (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def _only(one: int, chosen: tuple[int, ...] | None) -> tuple[int, ...]:
    return (one,) if chosen is None or one in chosen else ()


def _between(selection: Selection, since: datetime, until: datetime) -> Selection:
    start = max(selection.since, since)
    return replace(selection, since=start, until=max(start, min(selection.until, until)))


def _in_minutes(selection: Selection, start: int, end: int) -> Selection:
    if selection.within_minutes is not None:
        start, end = max(start, selection.within_minutes[0]), min(end, selection.within_minutes[1])
        if start >= end:
            return replace(selection, weekdays=())
    return replace(selection, within_minutes=(start, end))
