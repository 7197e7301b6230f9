"""The reports of the statistics: what page, CSV, XLSX, mail and PDF all show. Reads figures.

In a tenant's scope and the reader's language; who asks must have kept the selection within his
groups. Each is a few queries, whatever the number of groups, agents and days.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from callcenter.agents.models import PauseReason
from reports.rendering.document import Badge, Chart, Document, Table
from reports.statistics.agent_tables import Team, agents_table, pauses_table, sessions_table
from reports.statistics.agents import AgentFigures, agent_figures, sessions_of
from reports.statistics.intervals import By, narrowed
from reports.statistics.periods import compared_with
from reports.statistics.selection import Selection
from reports.statistics.selectors import figures, known_or_none, total_of
from reports.statistics.sums import NO_FIGURES, Figures, sum_of
from reports.statistics.tables import (
    AGENT_FIGURES,
    CALLBACK_FIGURES,
    GROUP_FIGURES,
    INTERVAL_FIGURES,
    REPEAT_FIGURES,
    Behind,
    Line,
    Pair,
    answered_chart,
    calls_chart,
    comparison_chart,
    comparison_table,
    distribution_chart,
    distribution_table,
    figure_table,
    heat_map,
    labelled,
    level_chart,
    lines_by,
    name_of,
    reasons_table,
    short_label,
)
from reports.statistics.wording import document_period

# one key of each bucket is enough to have all of them summed
_WITH_WAITS = (*GROUP_FIGURES, "answered_bucket_0", "lost_calls")
# who called again is asked of the calls themselves each time; a year of that takes a second
REPEATS_WITHIN = timedelta(days=32)


@dataclass(frozen=True, slots=True)
class Setting:
    """For whom a report is made, and when. `groups` and `agents`: names by id; every group in it has
    a row, with calls or without, and so have the agents.
    """

    company: str
    language: str
    made_at: datetime
    groups: Mapping[int, str] = field(default_factory=dict)
    agents: Mapping[int, str] = field(default_factory=dict)
    behind: Behind = field(default_factory=Behind)
    agents_url: str = ""  # where the figures of a single agent stand
    badges: tuple[Badge, ...] = ()
    live_url: str = ""


def groups_document(setting: Setting, selection: Selection) -> Document:
    """Group by group; why calls were not answered, how long they waited, and all of it over time."""
    asks_again = selection.until - selection.since <= REPEATS_WITHIN
    wanted = (*_WITH_WAITS, *REPEAT_FIGURES) if asks_again else _WITH_WAITS
    found = figures(selection, By.GROUP, wanted=wanted)
    together = sum_of(found.values())
    total = Line(_("All"), together, selection)
    lines = _lines_of_groups(setting, selection, found)
    by = interval_of(selection)
    over_time = figures(selection, by, wanted=INTERVAL_FIGURES)
    waits = distribution_table(total, setting.behind)

    def by_group(key: str, title: str, keys: tuple[str, ...]) -> Table:
        return figure_table(key, title, _("Group"), lines, keys, setting.behind, total)

    tables = [
        _summary(setting, selection, together),
        by_group("groups", _("Groups"), GROUP_FIGURES),
        _time_table(setting, selection, by, over_time, total),
        reasons_table(lines, _("Group"), setting.behind, total),
        by_group("callbacks", _("Lost calls"), CALLBACK_FIGURES),
    ]
    if asks_again:
        tables.append(by_group("repeats", _("Calls that came again"), REPEAT_FIGURES))
    tables.append(waits)
    charts = (*_time_charts(by, over_time, selection), distribution_chart(waits))
    return _document(setting, selection, _("Groups"), tuple(tables), charts)


def agents_document(setting: Setting, selection: Selection) -> Document:
    """Agent by agent: the calls each answered, and the time; of a single one the sessions too."""
    found = agent_figures(selection, at=setting.made_at)
    nobody = AgentFigures(NO_FIGURES, None)
    ids = set(setting.agents if selection.agent_ids is None else selection.agent_ids)
    ids.update(found.each)
    ordered = sorted(ids, key=lambda one: name_of(one, setting.agents).casefold())
    agents = {one: found.each.get(one, nobody) for one in ordered}
    team = Team(agents, found.together, setting.agents, selection)
    reasons = dict(PauseReason.objects.values_list("code", "name"))
    tables = [
        agents_table(team, setting.behind, setting.agents_url),
        pauses_table(team, reasons),
    ]
    charts: tuple[Chart, ...] = ()
    if selection.agent_ids is not None and len(selection.agent_ids) == 1:
        by = interval_of(selection)
        over_time = figures(selection, by, wanted=AGENT_FIGURES)
        total = Line(_("All"), team.together.contacts, selection)
        tables.append(_time_table(setting, selection, by, over_time, total, AGENT_FIGURES))
        charts = (answered_chart(by, over_time, selection, _("Answered calls"), "time"),)
        tables.append(_sessions(setting, selection, selection.agent_ids[0]))
    made = tuple(one for one in tables if one is not None)
    return _document(setting, selection, _("Agents"), made, charts)


def _sessions(setting: Setting, selection: Selection, agent_id: int) -> Table:
    until = max(selection.since, min(selection.until, setting.made_at))
    found = sessions_of(agent_id, selection.since, until, selection.group_ids)
    return sessions_table(found, name_of(agent_id, setting.agents))


def intervals_document(setting: Setting, selection: Selection, heat: str = "offered") -> Document:
    """When calls come: hour by hour, weekday by weekday, and both. `heat`: of HEAT_FIGURES."""
    cells = figures(selection, By.WEEKDAY_HOUR, wanted=INTERVAL_FIGURES)
    total = Line(_("All"), sum_of(cells.values()), selection)
    tables, charts = [], []
    for by, place, key, title, label in (
        (By.HOUR_OF_DAY, 1, "hours", _("Time of day"), _("Hour")),
        (By.WEEKDAY, 0, "weekdays", _("Weekdays"), _("Weekday")),
    ):
        found = _summed_by(cells, place)
        lines = lines_by(by, found, selection, labelled(by, selection))
        tables.append(
            figure_table(key, title, label, lines, INTERVAL_FIGURES, setting.behind, total)
        )
        charts.append(calls_chart(by, found, selection, title, key))
    map_table, map_chart = heat_map(cells, selection, heat, setting.behind)
    return _document(
        setting,
        selection,
        _("Time of day and weekdays"),
        (map_table, *tables),
        (map_chart, *charts),
    )


def _summed_by(cells: Mapping[tuple[int, int], Figures], place: int) -> dict[Hashable, Figures]:
    """Cells of (weekday, hour) by one of the two."""
    parts: dict[int, list[Figures]] = {}
    for key, one in cells.items():
        parts.setdefault(key[place], []).append(one)
    return {key: sum_of(parts[key]) for key in sorted(parts)}


def comparison_document(setting: Setting, selection: Selection) -> Document:
    """Beside the period before, up to the same moment of it where this one still runs."""
    before = compared_with(selection, setting.made_at)
    by = interval_of(selection)
    here, there = figures(selection, By.GROUP), figures(before, By.GROUP)
    all_before = known_or_none(sum_of(there.values()), before)
    nothing = None if all_before is None else NO_FIGURES
    there = {} if all_before is None else there
    ids = _ids_to_show(setting, selection, {**here, **there})
    pairs = [
        Pair(name_of(one, setting.groups), here.get(one, NO_FIGURES),
             there.get(one, nothing), narrowed(selection, By.GROUP, one),
             narrowed(before, By.GROUP, one))
        for one in ids
    ]  # fmt: skip
    all_here = sum_of(here.values())
    total = Line(_("All"), all_here, selection)
    whole = Pair(_("All"), all_here, all_before, selection, before)
    over_time = figures(selection, by)
    chart = comparison_chart(
        [
            (
                short_label(by, key, selection),
                one if narrowed(selection, by, key).since <= setting.made_at else None,
            )
            for key, one in over_time.items()
        ],
        list(figures(before, by).values()) if all_before is not None else [],
        _("Offered calls"),
        "time",
    )
    behind = setting.behind
    tables = [
        comparison_table("all", _("All groups"), _("Period"), [whole], behind),
        comparison_table("groups", _("Groups"), _("Group"), pairs, behind),
        _time_table(setting, selection, by, over_time, total),
    ]
    said = _("Compared with %s.") % document_period(before, {}, {})
    return _document(
        setting, selection, _("Comparison"), tuple(tables), (chart,), sentences=(said,)
    )


def interval_of(selection: Selection) -> By:
    """What a chart of this period is drawn by: at most some sixty steps."""
    days = (selection.until - selection.since).total_seconds() / 86400
    if days <= 2.1:
        return By.HOUR
    if days <= 62:
        return By.DAY
    return By.WEEK if days <= 400 else By.MONTH


def _summary(setting: Setting, selection: Selection, total: Figures) -> Table:
    """All of it in a line, beside the period before."""
    before = compared_with(selection, setting.made_at)
    pair = Pair(_("All"), total, known_or_none(total_of(before), before), selection, before)
    return comparison_table("summary", _("Altogether"), _("Period"), [pair], setting.behind)


def _lines_of_groups(
    setting: Setting, selection: Selection, found: Mapping[Hashable, Figures]
) -> list[Line]:
    known = {key: one for key, one in found.items() if isinstance(key, int)}
    ids = _ids_to_show(setting, selection, known)
    whole = {one: known.get(one, NO_FIGURES) for one in ids}
    return lines_by(By.GROUP, whole, selection, labelled(By.GROUP, selection, setting.groups))


def _ids_to_show(setting: Setting, selection: Selection, found: Mapping[int, Figures]) -> list[int]:
    """The groups chosen, or all known, and those whose calls were found though they are gone."""
    chosen = set(setting.groups if selection.group_ids is None else selection.group_ids)
    return sorted(chosen | set(found), key=lambda one: name_of(one, setting.groups).casefold())


def _time_table(
    setting: Setting,
    selection: Selection,
    by: By,
    found: Mapping[Hashable, Figures],
    total: Line,
    keys: tuple[str, ...] = INTERVAL_FIGURES,
) -> Table:
    titles = {
        By.HOUR: (_("Hour by hour"), _("Hour")),
        By.DAY: (_("Day by day"), _("Day")),
        By.WEEK: (_("Week by week"), _("Week of")),
        By.MONTH: (_("Month by month"), _("Month")),
    }
    title, label = titles[by]
    lines = lines_by(by, found, selection, labelled(by, selection))
    return figure_table("time", title, label, lines, keys, setting.behind, total)


def _time_charts(
    by: By, found: Mapping[Hashable, Figures], selection: Selection
) -> tuple[Chart, Chart]:
    return (
        calls_chart(by, found, selection, _("Calls"), "time"),
        level_chart(by, found, selection, _("Service level"), "time"),
    )


def _document(
    setting: Setting,
    selection: Selection,
    title: str,
    tables: tuple[Table, ...],
    charts: tuple[Chart, ...],
    sentences: tuple[str, ...] = (),
) -> Document:
    return Document(
        title=title,
        company=setting.company,
        period=document_period(selection, setting.groups, setting.agents),
        zone=selection.zone,
        language=setting.language,
        made_at=setting.made_at,
        tables=tables,
        charts=charts,
        badges=setting.badges,
        sentences=sentences,
        live_url=setting.live_url,
    )
