"""Where lines are missing or in doubt, and how much of a period that is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

AWAY = timedelta(seconds=5)  # a restart takes one or two
STEP_BACK = timedelta(seconds=2)
AHEAD = timedelta(seconds=60)
UNNOTICED = timedelta(seconds=2)  # the marks of what is complete are made once a second
A_SECOND = timedelta(seconds=1)

PBX_AWAY, MISSING_FILE, CLOCK_JUMP, UNREADABLE = (
    "pbx_away", "missing_file", "clock_jump", "unreadable",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gap:
    since: datetime
    until: datetime
    cause: str  # as GapCause


@dataclass(frozen=True, slots=True)
class Completeness:
    """`complete_to`: everything that the PBX wrote before is in the figures; None: not known.
    `gaps` are within the period asked for, in order; `missing_seconds` counts no second twice.
    """

    complete_to: datetime | None
    gaps: tuple[Gap, ...] = ()
    missing_seconds: int = 0


def completeness_within(
    gaps: Iterable[Gap], since: datetime, until: datetime, complete_to: datetime | None
) -> Completeness:
    """Gaps cut to the period [since, until)."""
    within = sorted(
        (
            Gap(max(gap.since, since), min(gap.until, until), gap.cause)
            for gap in gaps
            if gap.since < until and gap.until > since
        ),
        key=lambda gap: (gap.since, gap.until, gap.cause),
    )
    missing, reached = timedelta(0), since
    for gap in within:
        missing += max(timedelta(0), gap.until - max(gap.since, reached))
        reached = max(reached, gap.until)
    return Completeness(complete_to, tuple(within), round(missing.total_seconds()))


@dataclass(frozen=True, slots=True)
class Told:
    """What one line of a batch says about time; `at` is None where it could not be read."""

    at: datetime | None
    is_restart: bool = False


def doubts(
    lines: Sequence[Told], before: datetime | None, alive_at: datetime | None, now: datetime
) -> list[Gap]:
    """What lines of one file, in their order, give cause to doubt.

    `before`: the last line before them; `alive_at`: when the PBX was last known to run. A restart
    later than that, and later than every line, leaves the time between unknown.
    """
    found: list[Gap] = []
    last, unreadable_since = before, None
    is_unreadable = is_ahead = False
    for line in lines:
        if line.at is None:
            if not is_unreadable:
                is_unreadable, unreadable_since = True, last
            continue
        if is_unreadable:
            begins = min(unreadable_since or line.at, line.at)
            found.append(Gap(begins, max(line.at, begins + A_SECOND), UNREADABLE))
            is_unreadable = False
        if last is not None and line.at < last - STEP_BACK:
            found.append(Gap(line.at, last, CLOCK_JUMP))
        elif line.at > now + AHEAD and not is_ahead:
            found.append(Gap(now, line.at, CLOCK_JUMP))
            is_ahead = True
        if line.is_restart:
            known = [one for one in (last, alive_at) if one is not None and one <= line.at]
            if known and line.at - max(known) > AWAY:
                found.append(Gap(max(known), line.at, PBX_AWAY))
        last = line.at
    if is_unreadable:
        begins = unreadable_since or now
        found.append(Gap(begins, begins + A_SECOND, UNREADABLE))
    return found
