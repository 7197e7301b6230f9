"""Agents' figures as tables of a document: the calls they took, and what they did with their time.

Pure. Calls lead to their list; time leads nowhere, as no call is behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.rendering.document import Column, Kind, Row, Table, Value
from reports.statistics.agents import AgentFigures
from reports.statistics.figures import FIGURES
from reports.statistics.intervals import By, narrowed
from reports.statistics.selection import EVERY_DAY, Selection
from reports.statistics.sums import Number
from reports.statistics.tables import AGENT_FIGURES, Behind, figure_columns, name_of, value_of
from telephony.activity.selectors import Session


@dataclass(frozen=True, slots=True)
class TimeFigure:
    """Of an agent's time. Seconds, or per cent for a share; None: not known."""

    key: str
    title: str | Promise
    kind: Kind
    definition: str | Promise
    formula: Callable[[AgentFigures], Number]


TIME_FIGURES = (
    TimeFigure(
        "login",
        gettext_lazy("Logged in"),
        Kind.SECONDS,
        gettext_lazy("Time logged in to at least one of the groups, pauses within."),
        lambda one: one.login_seconds,
    ),
    TimeFigure(
        "idle",
        gettext_lazy("Free"),
        Kind.SECONDS,
        gettext_lazy("Time free for calls, ringing within."),
        lambda one: one.idle_seconds,
    ),
    TimeFigure(
        "in_call",
        gettext_lazy("In calls"),
        Kind.SECONDS,
        gettext_lazy("Time in calls of any kind while logged in."),
        lambda one: one.activity.of("in_call") if one.activity else None,
    ),
    TimeFigure(
        "wrap_up",
        gettext_lazy("Wrapping up"),
        Kind.SECONDS,
        gettext_lazy("After-call work."),
        lambda one: one.wrap_up_seconds,
    ),
    TimeFigure(
        "paused",
        gettext_lazy("Paused"),
        Kind.SECONDS,
        gettext_lazy("Time paused while logged in; wrap-up is no pause."),
        lambda one: one.paused_seconds,
    ),
    TimeFigure(
        "unreachable",
        gettext_lazy("Unreachable"),
        Kind.SECONDS,
        gettext_lazy("Logged in, while the phone could not be reached."),
        lambda one: one.activity.of("unreachable") if one.activity else None,
    ),
    TimeFigure(
        "occupancy",
        gettext_lazy("Occupancy"),
        Kind.SHARE,
        gettext_lazy(
            "Calls and after-call work, of the time in these and free for calls. Pauses are left out."
        ),
        lambda one: one.occupancy,
    ),
)


@dataclass(frozen=True, slots=True)
class Team:
    """Agents in the order of their names, all of them together, and of which calls they are."""

    agents: Mapping[int, AgentFigures]
    together: AgentFigures
    names: Mapping[int, str]
    selection: Selection


def agents_table(team: Team, behind: Behind, page_url: str = "") -> Table:
    """`page_url`: where one agent's own figures stand, if anywhere."""
    columns = (
        Column("name", _("Agent")),
        *figure_columns(AGENT_FIGURES),
        *(Column(one.key, str(one.title), one.kind, str(one.definition)) for one in TIME_FIGURES),
    )
    page = Behind(page_url)
    rows = []
    for agent_id, figures in team.agents.items():
        selection = narrowed(team.selection, By.AGENT, agent_id)
        own = page.page(selection)
        rows.append(_row(name_of(agent_id, team.names), own, figures, selection, behind))
    if len(rows) != 1:
        rows.append(_row(_("All"), "", team.together, team.selection, behind, is_total=True))
    return Table("agents", _("Agents"), columns, tuple(rows), _note(team))


def _row(
    label: str,
    url: str,
    figures: AgentFigures,
    selection: Selection,
    behind: Behind,
    *,
    is_total: bool = False,
) -> Row:
    link = behind.links(selection)
    wanted = [FIGURES[key] for key in AGENT_FIGURES]
    values: list[Value] = [label, *(value_of(one, figures.contacts) for one in wanted)]
    links = [url, *(link(one, figures.contacts) for one in wanted)]
    values.extend(one.formula(figures) for one in TIME_FIGURES)
    links.extend("" for _one in TIME_FIGURES)
    return Row(tuple(values), tuple(links), is_total=is_total)


def _note(team: Team) -> str:
    if team.together.activity is not None or not team.agents:
        return ""
    selection = team.selection
    if selection.has_whole_days and selection.weekdays == EVERY_DAY:
        return _("Nothing is known of the time on duty in this period.")
    return _("Time on duty is known for whole periods only, not for chosen hours or weekdays.")


def pauses_table(team: Team, reasons: Mapping[str, str]) -> Table | None:
    """Seconds by reason; `reasons`: names by code. None where nobody paused, or it is not known."""
    used = sorted(
        {code for one in team.agents.values() for code in one.pauses or ()},
        key=lambda code: reasons.get(code, code).casefold(),
    )
    if not used:
        return None
    columns = (
        Column("name", _("Agent")),
        *(Column(f"pause_{code}", reasons.get(code, code) or _("No reason"), Kind.SECONDS)
          for code in used),
        Column("paused", _("All"), Kind.SECONDS),
    )  # fmt: skip
    rows = [
        Row((name_of(agent_id, team.names), *_pauses(one, used)))
        for agent_id, one in team.agents.items()
    ]
    if len(rows) > 1:
        rows.append(Row((_("All"), *_pauses(team.together, used)), is_total=True))
    return Table("pauses", _("Pauses by reason"), columns, tuple(rows))


def _pauses(one: AgentFigures, used: Sequence[str]) -> tuple[Number, ...]:
    known = one.pauses
    if known is None:
        return (None,) * (len(used) + 1)
    return (*(known.get(code, 0) for code in used), one.paused_seconds)


def sessions_table(sessions: Sequence[Session], name: str) -> Table:
    """From log-in to log-out, the latest first; cut at the ends of the period."""
    columns = (
        Column("since", _("Logged in at"), Kind.INSTANT),
        Column("until", _("Until"), Kind.INSTANT),
        Column("seconds", _("Length"), Kind.SECONDS),
    )
    rows = tuple(
        Row((one.since, None if one.is_open else one.until,
             (one.until - one.since).total_seconds()))
        for one in reversed(sessions)
    )  # fmt: skip
    note = "" if sessions else _("No log-in is known in this period.")
    if any(one.is_open for one in sessions):
        note = _("A session without an end still goes on.")
    return Table("sessions", _("Sessions of %s") % name, columns, rows, note)
