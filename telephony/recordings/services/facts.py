"""What the ledger knows of a recorded call, copied to the recording so that it can be searched."""

from __future__ import annotations

from callcenter.groups.models import Number
from telephony.calls.building import digits_of
from telephony.calls.models import Call, CallLeg, Direction, QueueVisit, VisitOutcome
from telephony.ledger.models import CelLine
from telephony.recordings.models import Recording


def learn_facts(*, recording: Recording) -> None:
    """Agents, numbers and the length of the talk; kept in the row and in `recording` itself."""
    legs = CallLeg.objects.filter(tenant_id=recording.tenant_id or 0, uniqueid=recording.uniqueid)
    leg = legs.select_related("call__part_of").first()
    if leg is None:
        return
    call = leg.call.part_of or leg.call
    is_out = recording.direction == Direction.OUT
    recording.linkedid = call.linkedid
    recording.agent_ids = sorted({*call.agent_ids, *leg.call.agent_ids})
    recording.party_digits = call.party_digits
    recording.party_number = call.dialled if is_out else call.caller_number
    recording.own_number = _number_shown(call) if is_out else call.dialled
    recording.talk_seconds = call.talk_seconds if call.answered_at else 0.0
    if _went_on_unanswered(recording):
        recording.talk_seconds = 0.0
    recording.save(
        update_fields=[
            "linkedid", "agent_ids", "party_digits", "party_number", "own_number", "talk_seconds",
        ]
    )  # fmt: skip


def _went_on_unanswered(recording: Recording) -> bool:
    """Nobody of its group answered, and the caller went on: people talked elsewhere, if at all."""
    stays = QueueVisit.objects.filter(
        tenant_id=recording.tenant_id or 0, callid=recording.uniqueid, pbx=recording.pbx
    )
    outcomes = {
        outcome
        for group_id, outcome in stays.values_list("group_id", "outcome")
        if group_id == recording.group_id
    }
    return bool(outcomes) and not outcomes & {VisitOutcome.ANSWERED, VisitOutcome.WAITING}


def _number_shown(call: Call) -> str:
    """What the other side saw: the last number of the company's that a channel of the call bore. An
    extension where there was none.
    """
    lines = CelLine.objects.filter(
        tenant_id=call.tenant_id or 0, pbx=call.pbx, linkedid=call.linkedid
    )
    borne = [
        f"+{digits_of(number)}"
        for number in lines.exclude(number="").order_by("pk").values_list("number", flat=True)
    ]
    ours = set(
        Number.objects.filter(tenant_id=call.tenant_id or 0, e164__in=set(borne)).values_list(
            "e164", flat=True
        )
    )
    return next((number for number in reversed(borne) if number in ours), call.caller_number)
