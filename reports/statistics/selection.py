"""What is counted: a period, whose calls, which hours of which weekdays. Pure.

Page, API, mail and the lists behind figures spell a selection the same way, as a query.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTES_OF_DAY = 1440
EVERY_DAY = (1, 2, 3, 4, 5, 6, 7)  # ISO: Monday is 1
UNKNOWN = 0  # in place of the id of a group or agent that nobody knows


@dataclass(frozen=True, slots=True)
class Selection:
    """Half-open [since, until), instants; `zone` decides what a day and an hour is.

    None for groups, agents and queues: all of them; empty: none. An id of UNKNOWN stands for calls
    of no known group or agent. Minutes are of the local day, [from, to), over midnight where from
    is the greater; `within_minutes` narrows further. `direction` is asked of calls, not of visits.
    """

    since: datetime
    until: datetime
    zone: str
    group_ids: tuple[int, ...] | None = None
    agent_ids: tuple[int, ...] | None = None
    queue_names: tuple[str, ...] | None = None
    weekdays: tuple[int, ...] = EVERY_DAY
    minutes_from: int = 0
    minutes_to: int = MINUTES_OF_DAY
    within_minutes: tuple[int, int] | None = None
    direction: str = ""

    def __post_init__(self) -> None:
        if self.since.tzinfo is None or self.until.tzinfo is None:
            raise ValueError("A selection lies between two instants.")
        if not (0 <= self.minutes_from < MINUTES_OF_DAY and 0 < self.minutes_to <= MINUTES_OF_DAY):
            raise ValueError("A day has 1440 minutes.")
        if self.within_minutes and not (
            0 <= self.within_minutes[0] < self.within_minutes[1] <= MINUTES_OF_DAY
        ):
            raise ValueError("Minutes within a day go forward.")
        if not set(self.weekdays) <= set(EVERY_DAY):
            raise ValueError("Weekdays are 1 to 7.")

    @property
    def has_whole_days(self) -> bool:
        """No hour of a day is left out."""
        whole = self.minutes_from == 0 and self.minutes_to == MINUTES_OF_DAY
        return (whole or self.minutes_from == self.minutes_to) and self.within_minutes is None

    @property
    def has_whole_hours(self) -> bool:
        """No minute of an hour is left out."""
        edges = (self.minutes_from, self.minutes_to, *(self.within_minutes or ()))
        return not any(edge % 60 for edge in edges)

    @property
    def asks_clocks(self) -> bool:
        """Whether a call counts depends on the hour or the weekday."""
        return not self.has_whole_days or self.weekdays != EVERY_DAY

    @property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.tz)

    def previous(self) -> Selection:
        """The period before, by the calendar: whole months before whole months, the same number of
        days before whole days (so a week before a week), the same length before anything else.
        """
        since, until = self.local(self.since), self.local(self.until)
        if not (_is_midnight(since) and _is_midnight(until) and since < until):
            return replace(self, since=self.since - (self.until - self.since), until=self.since)
        if since.day == 1 and until.day == 1:
            months = (until.year - since.year) * 12 + until.month - since.month
            before = _months_before(since.date(), months)
        else:
            before = since.date() - (until.date() - since.date())
        return replace(self, since=midnight(before, self.zone), until=self.since)

    def for_groups(self, group_ids: Iterable[int] | None) -> Selection:
        """Of these groups only; None: of all. What was chosen already is kept within them."""
        if group_ids is None:
            return self
        allowed = tuple(sorted(set(group_ids)))
        if self.group_ids is not None:
            allowed = tuple(one for one in self.group_ids if one in set(allowed))
        return replace(self, group_ids=allowed)

    def as_query(self) -> dict[str, str]:
        """What differs from "everything"; `from_query` reads it back to the same selection."""
        words = {"since": _written(self.since), "until": _written(self.until), "zone": self.zone}
        for name, chosen in (
            ("groups", self.group_ids),
            ("agents", self.agent_ids),
            ("queues", self.queue_names),
        ):
            if chosen is not None:
                words[name] = ",".join(map(str, chosen))
        if self.weekdays != EVERY_DAY:
            words["weekdays"] = ",".join(map(str, self.weekdays))
        if self.minutes_from:
            words["from"] = clock(self.minutes_from)
        if self.minutes_to != MINUTES_OF_DAY:
            words["to"] = clock(self.minutes_to)
        if self.within_minutes is not None:
            words["within"] = "-".join(map(clock, self.within_minutes))
        if self.direction:
            words["direction"] = self.direction
        return words

    @classmethod
    def from_query(cls, query: Mapping[str, str], zone: str = "UTC") -> Selection:
        """Raises ValueError, with words for programmers only, for what is no selection."""
        weekdays = query.get("weekdays")
        within = query.get("within")
        edges = tuple(map(minutes_of, within.split("-"))) if within else None
        if edges is not None and len(edges) != 2:
            raise ValueError("within is hh:mm-hh:mm.")
        queues = query.get("queues")
        try:
            named = ZoneInfo(query.get("zone") or zone).key
            since, until = _read(query.get("since", "")), _read(query.get("until", ""))
        except (KeyError, OSError, OverflowError) as error:
            raise ValueError(str(error)) from error
        return cls(
            since=since,
            until=until,
            zone=named,
            group_ids=_ids(query.get("groups")),
            agent_ids=_ids(query.get("agents")),
            queue_names=None if queues is None else tuple(filter(None, queues.split(","))),
            weekdays=EVERY_DAY if weekdays is None else _ids(weekdays) or (),
            minutes_from=minutes_of(query.get("from") or "00:00"),
            minutes_to=minutes_of(query.get("to") or "24:00"),
            within_minutes=(edges[0], edges[1]) if edges else None,
            direction=query.get("direction", ""),
        )


def of_days(first: date, last: date, zone: str) -> Selection:
    """Whole local days, the last one included."""
    return Selection(midnight(first, zone), midnight(last + timedelta(days=1), zone), zone)


def midnight(day: date, zone: str) -> datetime:
    """When the local day begins: the first instant of that date, where 0:00 may not exist."""
    tz = ZoneInfo(zone)
    start = datetime.combine(day, time.min, tz).astimezone(UTC)
    # where clocks jump at midnight itself, 0:00 belongs to the evening before
    local = start.astimezone(tz)
    if local.date() < day or (local.date() == day and local.time() != time.min):
        return _first_instant_of(day, start - timedelta(hours=3), start + timedelta(hours=3), tz)
    return start


def _first_instant_of(day: date, early: datetime, late: datetime, tz: ZoneInfo) -> datetime:
    while late - early > timedelta(seconds=1):
        middle = (early + (late - early) / 2).replace(microsecond=0)
        if middle.astimezone(tz).date() < day:
            early = middle
        else:
            late = middle
    return late


def even_spans(
    since: datetime, until: datetime, zone: str
) -> list[tuple[datetime, datetime, datetime]]:
    """The period cut where clocks change: each part with a midnight by the clocks of that part."""
    tz = ZoneInfo(zone)
    parts: list[tuple[datetime, datetime, datetime]] = []
    begun = at = since.astimezone(UTC)
    end = until.astimezone(UTC)
    while at < end:
        step = min(at + timedelta(days=7), end)
        if step.astimezone(tz).utcoffset() != begun.astimezone(tz).utcoffset():
            change = _change_between(at, step, tz)
            if change < end:
                parts.append((begun, change, _midnight_before(begun, tz)))
                begun = at = change
                continue
        at = step
    if begun < end:
        parts.append((begun, end, _midnight_before(begun, tz)))
    return parts


def _change_between(early: datetime, late: datetime, tz: ZoneInfo) -> datetime:
    """The instant from which on clocks are what they are at `late`, to the second."""
    now = early.astimezone(tz).utcoffset()
    early = early.replace(microsecond=0)
    while late - early > timedelta(seconds=1):
        # `late` may be no whole second: between one and two seconds before it there is one
        middle = early + timedelta(seconds=max(1, (late - early) // timedelta(seconds=2)))
        if middle.astimezone(tz).utcoffset() == now:
            early = middle
        else:
            late = middle
    return late


def _midnight_before(at: datetime, tz: ZoneInfo) -> datetime:
    """0:00 of the day if the clocks had been all day what they are at `at`."""
    local = at.astimezone(tz)
    past = timedelta(
        hours=local.hour,
        minutes=local.minute,
        seconds=local.second,
        microseconds=local.microsecond,
    )
    return at - past


def clock(minutes: int) -> str:
    """90 -> "01:30"; the end of the day is 24:00."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def minutes_of(text: str) -> int:
    """Raises ValueError for what is no time of day."""
    hours, _, minutes = text.partition(":")
    if not (hours.isascii() and hours.isdigit() and minutes.isascii() and minutes.isdigit()):
        raise ValueError(f"{text!r} is no time of day.")
    found = int(hours[:4]) * 60 + int(minutes[:4])
    if int(minutes[:4]) > 59 or found > MINUTES_OF_DAY:
        raise ValueError(f"{text!r} is no time of day.")
    return found


def _ids(text: str | None) -> tuple[int, ...] | None:
    if text is None:
        return None
    words = [word for word in text.split(",") if word]
    if not all(word.isascii() and word.isdigit() and len(word) <= 18 for word in words):
        raise ValueError(f"{text!r} are no ids.")
    return tuple(sorted({int(word) for word in words}))


def _written(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text!r} is no instant.")
    return at.astimezone(UTC)


def _is_midnight(local: datetime) -> bool:
    return local == midnight(local.date(), str(local.tzinfo)).astimezone(local.tzinfo)


def _months_before(first: date, months: int) -> date:
    total = first.year * 12 + first.month - 1 - months
    return date(total // 12, total % 12 + 1, 1)
