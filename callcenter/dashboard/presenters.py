"""How the live state is worded and coloured. Pure: document in, what a template shows out.

`static/js/live/derive.js` and `format.js` say the same in the browser, from the words that
`words()` puts into the page; tests/callcenter/dashboard/test_repaint.py holds the two together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from telephony.calls.wording import Look

if TYPE_CHECKING:
    from callcenter.agents.models import PauseReason

Entity = Mapping[str, Any]
Document = Mapping[str, Entity]


AGENT_LOOKS: dict[str, Look] = {
    "available": Look(_("Available"), "circle-check", "ok"),
    "ringing": Look(_("Ringing"), "bell-ring", "ring"),
    "in_call": Look(_("In call"), "phone-call", "busy"),
    "wrapping_up": Look(_("Wrap-up"), "notebook-pen", "wrap"),
    "paused": Look(_("Paused"), "coffee", "pause"),
    "unreachable": Look(_("Phone unreachable"), "unplug", "warn"),
    "logged_out": Look(_("Logged out"), "log-out", "off"),
    "unknown": Look(_("Unknown"), "circle-question-mark", "off"),
}
CALL_LOOKS: dict[str, Look] = {
    "arriving": Look(_("Arriving"), "phone-incoming", "off"),
    "waiting": Look(pgettext_lazy("a caller in a queue", "Waiting"), "hourglass", "ring"),
    "ringing": Look(_("Ringing"), "bell-ring", "ring"),
    "calling": Look(
        pgettext_lazy("an own call that rings there", "Calling"), "phone-outgoing", "busy"
    ),
    "talking": Look(_("Talking"), "phone-call", "busy"),
    "on_hold": Look(_("On hold"), "pause", "pause"),
    "parked": Look(_("Parked"), "square-parking", "pause"),
    "unknown": Look(_("Unknown"), "circle-question-mark", "off"),
}
HOURS_LOOKS: dict[str, Look] = {
    "open": Look(_("Open"), "door-open", "ok"),
    "closed": Look(_("Closed"), "door-closed", "bad"),
    "always": Look(_("Always open"), "door-open", "ok"),
    "unknown": Look(_("Unknown"), "circle-question-mark", "off"),
}
DIRECTIONS: dict[str, str | Promise] = {
    "in": _("Incoming"),
    "out": _("Outgoing"),
    "internal": _("Internal"),
}
# the order of the agents' states on a tile and in a grid: who can help first
AGENT_ORDER = tuple(AGENT_LOOKS)
NO_FIGURE = "-"
# what carriers and Asterisk write where a number is withheld
WITHHELD = frozenset({"anonymous", "private", "restricted", "unavailable", "unknown", "withheld"})


def look_of(looks: Mapping[str, Look], state: object) -> Look:
    return looks.get(str(state), looks["unknown"])


def clock(seconds: float | None) -> str:
    """65 -> "1:05", 3661 -> "1:01:01"; never negative, "-" for None."""
    if seconds is None:
        return NO_FIGURE
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{left:02d}" if hours else f"{minutes}:{left:02d}"


def per_cent(value: float | None) -> str:
    return NO_FIGURE if value is None else f"{value:.0f} %"


def show_caller(name: str, number: str) -> tuple[str, str]:
    """(what stands first, what stands below it): the name and the number, or the number alone.

    `number` is as people read it.
    """
    name, number = (
        "" if text.lower() in WITHHELD else text for text in (name.strip(), number.strip())
    )
    if name and name != number:
        return name, number
    return (number or gettext("Number withheld")), ""


def _live_caller(call: Entity) -> tuple[str, str]:
    name = (call.get("caller") or {}).get("name")
    return _party(call, str(name or ""), "caller")


def _party(call: Entity, name: str, party: str) -> tuple[str, str]:
    """As `show_caller`; what this person may not see is not called withheld."""
    if (call.get("shown") or {}).get("hidden") and not _shown(call, party):
        return gettext("Number hidden"), ""
    return show_caller(name, _shown(call, party))


def _shown(call: Entity, party: str) -> str:
    """The number as the listener wrote it for this tenant's people."""
    return str((call.get("shown") or {}).get(party) or "")


@dataclass(frozen=True, slots=True)
class WaitingCaller:
    key: str
    title: str
    subtitle: str
    since: float | None
    priority: int
    queue: str
    place: int  # in its own queue, 1 is next
    group: str = ""


def waiting_of(
    document: Document, queues: Iterable[str], labels: Mapping[str, str] | None = None
) -> list[WaitingCaller]:
    """Callers waiting in these queues, who is next first. `labels`: what to call each queue."""
    wanted = set(queues)
    found = [
        (key, call)
        for key, call in document.items()
        if key.startswith("call:")
        and call.get("state") == "waiting"
        and call.get("queue") in wanted
    ]
    found.sort(
        key=lambda item: (-(item[1].get("priority") or 0), item[1].get("joined_at") or 0, item[0])
    )
    places: Counter[str] = Counter()
    rows = []
    for key, call in found:
        queue = str(call.get("queue"))
        places[queue] += 1
        title, subtitle = _live_caller(call)
        priority = call.get("priority") or 0
        rows.append(
            WaitingCaller(
                key,
                title,
                subtitle,
                call.get("joined_at"),
                priority,
                queue,
                places[queue],
                (labels or {}).get(queue, ""),
            )
        )
    return rows


@dataclass(frozen=True, slots=True)
class ParkedCall:
    """A caller who can be fetched by dialling `place`."""

    key: str
    title: str
    subtitle: str
    place: str
    by: str
    since: float | None


def parked_of(
    document: Document, *, by: int | None = None, group_id: int | None = None
) -> list[ParkedCall]:
    """Longest parked first: all in the document, those that this agent parked, or a group's."""
    found = [
        (key, call, call["parked"])
        for key, call in document.items()
        if key.startswith("call:")
        and call.get("parked")
        and (by is None or call["parked"]["by"] == by)
        and (group_id is None or call.get("group_id") == group_id)
    ]
    found.sort(key=lambda item: (item[2]["since"] or 0, item[0]))
    return [
        ParkedCall(key, *_live_caller(call), parked["place"], parked["by_name"], parked["since"])
        for key, call, parked in found
    ]


def state_in_group(agent: Entity | None, group_id: int) -> str:
    """An agent who works elsewhere is still logged out of this group."""
    if agent is None:
        return "unknown"
    if group_id not in (agent.get("groups") or ()):
        return "logged_out"
    state = str(agent.get("state"))
    return state if state in AGENT_LOOKS else "unknown"


@dataclass(frozen=True, slots=True)
class CallCard:
    """One call as an agent or supervisor sees it."""

    key: str
    look: Look
    state: str
    direction: str | Promise
    title: str
    subtitle: str
    group: str
    dialled: str
    since: float | None
    waited: float | None
    recording: str | None  # on, paused, or not recorded


_TALKS = frozenset({"talking", "on_hold", "parked"})


def is_own_call(call: Entity, extension: str) -> bool:
    """The agent with this phone called, and so wants to see whom."""
    number = (call.get("caller") or {}).get("number")
    return call.get("direction") == "out" or (
        call.get("direction") == "internal" and bool(extension) and number == extension
    )


def call_card(
    key: str,
    call: Entity,
    groups: Mapping[int, str],
    ringing_since: float | None = None,
    extension: str = "",
) -> CallCard:
    """A call as the agent with the phone `extension` sees it; the title is the other side.

    `ringing_since`: when that phone began to ring, if it does.
    `since`: when the state shown began; `waited`: seconds in the queue before that phone rang or
    somebody answered.
    """
    is_own = is_own_call(call, extension)
    dialled = _shown(call, "dialled")
    called_name = str((call.get("shown") or {}).get("dialled_name") or "")
    title, subtitle = _party(call, called_name, "dialled") if is_own else _live_caller(call)
    joined, answered = call.get("joined_at"), call.get("answered_at")
    state = "ringing" if ringing_since is not None else str(call.get("state"))
    if is_own and ringing_since is None and state in {"arriving", "ringing"}:
        state = "calling"
    picked = answered if ringing_since is None else ringing_since
    begun = answered if state in _TALKS else ringing_since
    return CallCard(
        key=key,
        look=look_of(CALL_LOOKS, state),
        state=state,
        direction=DIRECTIONS.get(str(call.get("direction")), ""),
        title=title,
        subtitle=subtitle,
        group=groups.get(call.get("group_id") or 0, ""),
        dialled="" if is_own else dialled,
        since=begun or joined or call.get("started_at"),
        waited=max(0.0, picked - joined) if picked and joined else None,
        # what will be recorded is not yet: nothing is while nobody talks
        recording=call.get("recording") if state in _TALKS else None,
    )


@dataclass(frozen=True, slots=True)
class AgentRow:
    id: int
    name: str
    extension: str
    state: str
    look: Look
    since: float | None
    detail: str  # the pause's reason
    call: CallCard | None


def agent_row(
    document: Document,
    agent_id: int,
    name: str,
    reasons: Mapping[str, str],
    groups: Mapping[int, str],
    group_id: int | None = None,
) -> AgentRow:
    """`group_id`: the group as seen from which the agent may be logged out."""
    agent = document.get(f"agent:{agent_id}")
    state = str(agent.get("state")) if agent else "unknown"
    if group_id is not None:
        state = state_in_group(agent, group_id)
    entity: Entity = agent or {}
    call_key = entity.get("call")
    call = document.get(str(call_key)) if call_key else None
    rings = entity.get("since") if entity.get("state") == "ringing" else None
    extension = str(entity.get("extension") or "")
    reason = str(entity.get("reason") or "")
    return AgentRow(
        id=agent_id,
        name=str(entity.get("name") or name),
        extension=extension,
        state=state,
        look=look_of(AGENT_LOOKS, state),
        since=entity.get("since") if state == entity.get("state") else None,
        detail=reasons.get(reason, reason) if state == "paused" else "",
        call=call_card(str(call_key), call, groups, rings, extension) if call else None,
    )


def words() -> dict[str, Any]:
    """The words that the page's scripts need, in the person's language."""
    looks = {"agent": AGENT_LOOKS, "call": CALL_LOOKS, "hours": HOURS_LOOKS}
    said: dict[str, Any] = {
        kind: {
            state: {"word": str(look.word), "icon": look.icon, "tone": look.tone}
            for state, look in table.items()
        }
        for kind, table in looks.items()
    }
    said["direction"] = {name: str(word) for name, word in DIRECTIONS.items()}
    said["withheld"] = gettext("Number withheld")
    said["parked"] = gettext("Parked at {place}. Dial {place} on any phone to fetch the caller.")
    said["hidden"] = gettext("Number hidden")
    said["ringing_title"] = gettext("Ringing: {name}")
    said["answer"] = gettext("Answer on your phone")
    said["for_group"] = gettext("for {group}")
    return said


def reasons_for_scripts(reasons: Iterable[PauseReason]) -> dict[str, dict[str, Any]]:
    """By code: name, limit in minutes or None, and both in words."""
    return {
        reason.code: {
            "name": reason.name,
            "max_minutes": reason.max_minutes,
            "label": pause_label(reason.name, reason.max_minutes),
        }
        for reason in reasons
    }


def pause_label(name: str, max_minutes: int | None) -> str:
    if not max_minutes:
        return name
    return gettext("%(reason)s, up to %(minutes)s min") % {"reason": name, "minutes": max_minutes}


def icons() -> tuple[str, ...]:
    """Every icon that a script may put into the page."""
    tables = (AGENT_LOOKS, CALL_LOOKS, HOURS_LOOKS)
    return tuple(sorted({look.icon for table in tables for look in table.values()}))
