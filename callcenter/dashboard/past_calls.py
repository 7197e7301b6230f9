"""One line of an agent's last calls, with the detail that hovering over it shows. Pure."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from callcenter.dashboard.presenters import show_caller
from phonebook.numbers.e164 import display
from telephony.calls.wording import OUTCOMES, REASONS, Look

if TYPE_CHECKING:
    from datetime import datetime

    from telephony.calls.models import Call


@dataclass(frozen=True, slots=True)
class PastCall:
    """`dialled`: the number that was called, as people read it, of a call that came in. `groups`:
    all that the call was with. `waited_seconds` None: nobody had to wait."""

    pk: int
    look: Look
    title: str
    subtitle: str
    group: str
    at: datetime
    talk_seconds: float | None
    is_running: bool
    number: str
    outcome: Look
    reason: str | Promise
    groups: str
    dialled: str
    ended_at: datetime | None
    waited_seconds: float | None
    is_by_another: bool


def past_call(
    call: Call,
    groups: Mapping[int, str],
    country: str,
    extensions: Container[str] = (),
    agent_id: int | None = None,
    path: Sequence[int] | None = None,
) -> PastCall:
    """Who the other side was; red only for a caller who was lost. `extensions`: one's own phones.
    `path`: the call's groups in the order in which it came to them, where that is known."""
    is_out = call.direction == "out" or (
        call.direction == "internal" and call.caller_number in extensions
    )
    number = call.dialled if is_out else call.caller_number
    title, subtitle = show_caller("" if is_out else call.caller_name, display(number, country))
    answered = call.answered_at is not None and call.talk_seconds > 0
    if call.ended_at is None:
        look = Look(_("Running"), "phone-call", "busy")
    elif is_out:
        look = Look(_("Called"), "phone-outgoing", "busy" if answered else "off")
    elif answered:
        look = Look(_("Answered"), "phone-incoming", "ok")
    else:
        look = Look(_("Not answered"), "phone-missed", "bad")
    return PastCall(
        pk=call.pk,
        look=look,
        title=title,
        subtitle=subtitle,
        group=groups.get(call.group_id or 0, ""),
        at=call.started_at,
        talk_seconds=call.talk_seconds if answered else None,
        is_running=call.ended_at is None,
        number=number,
        outcome=OUTCOMES[call.outcome],
        reason=REASONS.get(call.reason, ""),
        groups=", ".join(groups[one] for one in path or call.group_ids if one in groups),
        dialled=display(call.dialled, country) if call.direction == "in" else "",
        ended_at=call.ended_at,
        waited_seconds=call.wait_seconds if call.group_ids and call.ended_at else None,
        is_by_another=answered and not is_out and call.agent_id not in (None, agent_id),
    )
