"""The list behind a figure: visits as rows, for the page and for files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from callcenter.agents.models import Agent
from callcenter.groups.models import AgentGroup
from phonebook.numbers.e164 import display, masked
from reports.rendering.document import Column, Kind, Row, Value
from reports.statistics.figures import FIGURES
from reports.statistics.sums import Figure
from telephony.calls.models import QueueVisit
from telephony.calls.permissions import CallSight
from telephony.calls.selectors import Names
from telephony.calls.wording import OUTCOMES, REASONS, Look, call_row, left_by_words


@dataclass(frozen=True, slots=True)
class VisitLine:
    """`call_id` None: no call is known, or its reader may not open it. `talk_seconds` None: nobody
    talked, or they still do.
    """

    call_id: int | None
    caller: str
    caller_sub: str
    group: str
    agent: str
    entered_at: datetime
    wait_seconds: int
    talk_seconds: int | None
    look: Look
    reason: str | Promise
    is_lost: bool
    reference: str
    left_by: str


def names_of(visits: Iterable[QueueVisit]) -> Names:
    """Two queries."""
    found = list(visits)
    groups = {one.group_id for one in found if one.group_id}
    agents = {one.agent_id for one in found if one.agent_id}
    agents.update(agent_id for one in found for agent_id in one.left_by or ())
    return Names(
        dict(AgentGroup.objects.filter(pk__in=groups).values_list("pk", "name")),
        dict(Agent.objects.filter(pk__in=agents).values_list("pk", "name")),
    )


def visit_line(visit: QueueVisit, names: Names, sight: CallSight, country: str) -> VisitLine:
    caller, below = _caller(visit, names, sight, country)
    return VisitLine(
        call_id=visit.call_id if _may_open(visit, sight) else None,
        caller=caller,
        caller_sub=below,
        group=_named(visit.group_id, names.groups, visit.queue_name),
        agent=_named(visit.agent_id, names.agents, visit.member),
        entered_at=visit.entered_at,
        wait_seconds=visit.wait_seconds,
        talk_seconds=visit.talk_seconds if visit.outcome == "answered" and visit.ended_at else None,
        look=OUTCOMES["closed" if visit.reason == "closed" else visit.outcome],
        reason="" if visit.reason == "closed" else REASONS.get(visit.reason, ""),
        is_lost=visit.outcome in ("abandoned", "overflowed"),
        reference=f"{visit.pbx}/{visit.callid}",
        left_by=left_by_words(visit, names),
    )


def _named(one: int | None, names: Mapping[int, str], otherwise: str) -> str:
    return otherwise if one is None else names.get(one, _("(removed)"))


def _caller(visit: QueueVisit, names: Names, sight: CallSight, country: str) -> tuple[str, str]:
    if visit.call is not None and visit.call.direction == "in":
        row = call_row(visit.call, names, sight, country)
        return row.caller, row.caller_sub
    seen = sight.may_see_number([visit.agent_id] if visit.agent_id else [])
    number = display(visit.caller_number, country) if seen else masked(visit.caller_number)
    return number or _("Number withheld"), ""


def _may_open(visit: QueueVisit, sight: CallSight) -> bool:
    """As the call's own page decides."""
    if sight.group_ids is None or visit.group_id in sight.group_ids:
        return True
    return sight.agent_id is not None and visit.agent_id == sight.agent_id


def columns() -> tuple[Column, ...]:
    """Of the list in a file."""
    return (
        Column("entered", _("Entered"), Kind.INSTANT),
        Column("caller", _("Caller")),
        Column("name", _("Name")),
        Column("group", _("Group")),
        Column("agent", _("Agent")),
        Column("outcome", _("Outcome")),
        Column("reason", _("Reason")),
        Column("waited", _("Waited"), Kind.SECONDS),
        Column("talked", _("Talked"), Kind.SECONDS),
        Column("left_by", _("Left ringing by")),
        Column("call", _("Call ID")),
    )


def rows(
    visits: Sequence[QueueVisit], names: Names, sight: CallSight, country: str = ""
) -> list[Row]:
    """Without a country numbers stay whole, for programs."""
    return [Row(_values(visit_line(one, names, sight, country))) for one in visits]


def _values(line: VisitLine) -> tuple[Value, ...]:
    has_name = bool(line.caller_sub)
    return (
        line.entered_at,
        line.caller_sub if has_name else line.caller,
        line.caller if has_name else "",
        line.group,
        line.agent,
        str(line.look.word),
        str(line.reason),
        line.wait_seconds,
        line.talk_seconds,
        line.left_by,
        line.reference,
    )


def figure_of(key: str) -> Figure | None:
    """A figure that has calls behind it; None for another."""
    found = FIGURES.get(key)
    return found if found is not None and found.behind else None
