"""Figures of any selection, by anything, and the visits behind each: summed by PostgreSQL.

Days that are over come from rows of days or hours where those are up to date, everything else from
the visits themselves; all give the same.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from functools import partial
from itertools import repeat
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from callcenter.groups.models import Queue
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import current_tenant_id
from reports.statistics.figures import FIGURES, parts_for
from reports.statistics.intervals import TOTAL_KEY, By, keys_of, read_key
from reports.statistics.kpi import BUCKETS, Distribution, Share, Visits, service_level
from reports.statistics.more_sums import callbacks_of, repeated_visits, visits_left_ringing
from reports.statistics.needed import sums_for
from reports.statistics.selection import Selection
from reports.statistics.sources import Sources, sources_of
from reports.statistics.summing import EVERY_SUM, HOURS, LONGEST, rows_for, sums_statement
from reports.statistics.sums import NO_FIGURES, Callbacks, Figures, Number

__all__ = [
    "NO_FIGURES",
    "Figures",
    "day_of",
    "figures",
    "figures_by_group",
    "known_or_none",
    "todays_figures",
    "total_of",
    "values",
]

_VISITS = partial(tuple.__new__, Visits)  # of a tuple of all fields


def figures(
    selection: Selection,
    by: By | Sequence[By] = By.TOTAL,
    *,
    wanted: Collection[str] = (),
    from_days: bool = True,
) -> dict[Any, Figures]:
    """By key (see By), in order; a sequence of `by` gives tuples of keys.

    Intervals without calls are there too, with NO_FIGURES; groups and agents that were chosen also.
    Group, queue and agent keys come unordered otherwise. `wanted`: keys of FIGURES that will be
    asked for; some need more sums than the visits' own, and raise NotSummed if not named here.
    `from_days=False` leaves the rows of days alone. At most five queries.
    """
    single = isinstance(by, By)
    keys = (by,) if isinstance(by, By) else tuple(by)
    parts = parts_for(tuple(wanted))
    found = _summed(selection, keys, from_days, with_waits="distribution" in parts)
    if parts - {"distribution"}:
        _add_parts(found, selection, keys, parts)
    if single:
        found = {key[0]: value for key, value in found.items()}
        found = {**dict.fromkeys(_keys_to_show(selection, keys[0]), NO_FIGURES), **found}
    return found


def values(
    selection: Selection,
    by: By | Sequence[By],
    wanted: Sequence[str],
    *,
    from_days: bool = True,
) -> dict[Any, tuple[Number, ...]]:
    """The wanted figures alone, in their order, by the keys that `figures` gives; None: no calls.

    Quicker than `figures` where rows are many, as nothing else is summed.
    """
    formulas = [FIGURES[key].formula for key in wanted]
    single = isinstance(by, By)
    keys = (by,) if isinstance(by, By) else tuple(by)
    if parts_for(tuple(wanted)):
        found = figures(selection, by, wanted=wanted, from_days=from_days)
        return {key: tuple([formula(one) for formula in formulas]) for key, one in found.items()}
    summed = _summed(selection, keys, from_days, asked=sums_for(wanted))
    columns = [map(formula, summed.values()) for formula in formulas]
    made: dict[Any, tuple[Number, ...]] = dict(zip(summed, zip(*columns, strict=True), strict=True))
    if not single:
        return made
    nothing = tuple([formula(NO_FIGURES) for formula in formulas])
    made = {key[0]: one for key, one in made.items()}
    return {**dict.fromkeys(_keys_to_show(selection, keys[0]), nothing), **made}


def total_of(selection: Selection, wanted: Collection[str] = ()) -> Figures:
    """Of the whole selection together."""
    return figures(selection, By.TOTAL, wanted=wanted)[TOTAL_KEY]


def known_or_none(found: Figures, selection: Selection) -> Figures | None:
    """None where no calls are no news: the period was over before anything was known of the company.

    One query, where nothing was found.
    """
    if any(found.visits):
        return found
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN_SINCE, {"tenant": current_tenant_id()})
        (since,) = cursor.fetchone() or (None,)
    return None if since is not None and selection.until <= since else found


# from its first call, be it of an imported history, or from when it was made
_KNOWN_SINCE = """
SELECT least(tenant.created_at, (
  SELECT v.entered_at FROM telephony_queuevisit v
  WHERE v.tenant_id = tenant.id ORDER BY v.entered_at LIMIT 1))
FROM callcenter_tenant tenant WHERE tenant.id = %(tenant)s
"""


def _keys_to_show(selection: Selection, by: By) -> list[Hashable]:
    if by == By.GROUP:
        return list(selection.group_ids or ())
    if by == By.AGENT:
        return list(selection.agent_ids or ())
    return keys_of(selection, by)


def _summed(
    selection: Selection,
    by: tuple[By, ...],
    from_days: bool,
    *,
    asked: Sequence[str] = EVERY_SUM,
    with_waits: bool = False,
) -> dict[Any, Figures]:
    """What was not asked for is 0 in them: not to be read."""
    tenant_id = current_tenant_id()
    sources = Sources(((selection.since, selection.until),), ())
    if from_days and (table := rows_for(selection, by)):
        sources = sources_of(selection, tenant_id, of_hours=table == HOURS)
    statement = sums_statement(
        selection,
        tenant_id,
        by,
        visits=sources.visits,
        days=sources.days,
        asked=asked,
        with_waits=with_waits,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.sql, statement.parameters)
        return _added_up(cursor.fetchall(), by, asked, with_waits)


def _add_parts(
    found: dict[Any, Figures], selection: Selection, by: tuple[By, ...], parts: Collection[str]
) -> None:
    tenant_id = current_tenant_id()
    repeated = repeated_visits(selection, tenant_id, by) if "repeats" in parts else None
    called = callbacks_of(selection, tenant_id, by) if "callbacks" in parts else None
    rung = visits_left_ringing(selection, tenant_id, by) if "rings" in parts else None
    for key in rung or ():
        found.setdefault(key, NO_FIGURES)  # of who answered none
    for key, known in found.items():
        found[key] = replace(
            known,
            repeats=None if repeated is None else Share(repeated.get(key, 0), known.visits.offered),
            callbacks=None if called is None else called.get(key, Callbacks()),
            left_ringing=None if rung is None else len(rung.get(key, ())),
        )


def _added_up(
    rows: Sequence[tuple[Any, ...]], by: tuple[By, ...], asked: Sequence[str], with_waits: bool
) -> dict[Any, Figures]:
    """The mode is part of the grouping, as it may have changed within the period."""
    if not rows:
        return {}
    # column by column: a loop over the rows takes twice as long
    width = len(by)
    columns = list(zip(*rows, strict=True))
    sums = dict(zip(asked, columns[width + 1 :], strict=False))
    nothing = (0,) * len(rows)
    fields = [sums.get(name, nothing) for name in Visits._fields]
    visits = list(map(_VISITS, zip(*fields, strict=True)))
    shares = map(service_level, visits, columns[width])
    made = list(map(Figures, visits, shares, sums.get(LONGEST, repeat(None))))
    if with_waits:
        end = width + 1 + len(asked)
        for row, one in zip(rows, made, strict=True):
            one.distribution = Distribution(row[end : end + BUCKETS], row[end + BUCKETS :])
    keys = list(zip(*columns[:width], strict=True))
    if {By.HOUR, By.QUARTER_HOUR, By.WEEKDAY_HOUR} & set(by):
        keys = [tuple(map(read_key, by, key)) for key in keys]
    found = dict(zip(keys, made, strict=True))
    if len(found) < len(keys):
        found = {}
        for key, one in zip(keys, made, strict=True):
            found[key] = _together(found[key], one) if key in found else one
    return found


def _together(one: Figures, other: Figures) -> Figures:
    longest = [
        wait for wait in (one.longest_wait_seconds, other.longest_wait_seconds) if wait is not None
    ]
    waits = (
        one.distribution + other.distribution
        if one.distribution is not None and other.distribution is not None
        else None
    )
    return Figures(
        one.visits + other.visits,
        one.share + other.share,
        max(longest, default=None),
        waits,
    )


# --- the live screens -------------------------------------------------------------------------
def day_of(tenant: Tenant, at: datetime) -> tuple[datetime, datetime]:
    """The tenant's day that `at` is in, half-open; 23 or 25 hours when clocks change."""
    zone = ZoneInfo(tenant.time_zone)
    today = at.astimezone(zone).date()
    start = datetime.combine(today, time.min, zone)
    return start, datetime.combine(today + timedelta(days=1), time.min, zone)


def todays_figures(tenant: Tenant, at: datetime) -> dict[str, Figures]:
    """By PBX queue name, every queue of the tenant, those without calls too. Two queries."""
    names = Queue.objects.values_list("slug", flat=True)
    found = dict.fromkeys((f"{tenant.slug}-{name}" for name in names), NO_FIGURES)
    today = Selection(*day_of(tenant, at), tenant.time_zone)
    return {**found, **figures(today, By.QUEUE, from_days=False)}


def figures_by_group(
    group_ids: Collection[int], since: datetime, until: datetime
) -> dict[int, Figures]:
    """Of visits that entered in [since, until); every group asked for is in the answer. One query.

    A visit counts for the group that it was in, by the threshold and mode in force then.
    """
    selection = Selection(since, until, "UTC", group_ids=tuple(group_ids))
    return figures(selection, By.GROUP, from_days=False)
