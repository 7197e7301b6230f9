"""Calls as built into their tables: rows of one batch in a few statements."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from django.db import DataError, IntegrityError, connection, transaction

from telephony.calls.models import Call, CallLeg, QueueVisit
from telephony.calls.shapes import BuiltCall, Leg

log = logging.getLogger(__name__)

_CALL_FIELDS = [
    "tenant", "direction", "caller_number", "caller_name", "dialled", "party_digits", "group",
    "queue", "agent", "group_ids", "agent_ids", "started_at", "answered_at", "ended_at",
    "wait_seconds", "talk_seconds", "outcome", "reason", "moments",
]  # fmt: skip


def write_or_split(
    pbx: str, built: Sequence[tuple[int, BuiltCall]], channels: dict[str, set[str]]
) -> int:
    """Returns how many calls the database refused, which must not hold up the others."""
    if not built:
        return 0
    try:
        with transaction.atomic():
            _write(pbx, built, channels)
    except (DataError, IntegrityError) as error:
        if len(built) == 1:
            log.error("The call %s of %s was refused: %s", built[0][1].linkedid, pbx, error)
            return 1
        middle = len(built) // 2
        parts = (built[:middle], built[middle:])
        return sum(write_or_split(pbx, part, channels) for part in parts)
    return 0


def _write(pbx: str, built: Sequence[tuple[int, BuiltCall]], channels: dict[str, set[str]]) -> None:
    rows = [_call_row(pbx, tenant_id, call) for tenant_id, call in built]
    Call.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["pbx", "linkedid"],
        update_fields=_CALL_FIELDS,
        batch_size=1000,
    )
    linkedids = [call.linkedid for _, call in built]
    ids = dict(Call.objects.filter(pbx=pbx, linkedid__in=linkedids).values_list("linkedid", "id"))
    CallLeg.objects.filter(call_id__in=ids.values()).delete()
    CallLeg.objects.bulk_create(
        (
            _leg_row(tenant_id, ids[call.linkedid], leg)
            for tenant_id, call in built
            for leg in call.legs
        ),
        batch_size=1000,
    )
    _tie_visits(pbx, ids, channels)
    _name_answerers({pk: agent for _, call in built for pk, agent in call.answered_by.items()})
    _absorb(pbx, {ids[call.linkedid]: call.absorbs for _, call in built if call.absorbs})


def _call_row(pbx: str, tenant_id: int, call: BuiltCall) -> Call:
    return Call(
        tenant_id=tenant_id,
        pbx=pbx,
        linkedid=call.linkedid,
        direction=call.direction,
        caller_number=call.caller_number,
        caller_name=call.caller_name,
        dialled=call.dialled,
        party_digits=call.party_digits,
        group_id=call.group_id,
        queue_id=call.queue_id,
        agent_id=call.agent_id,
        group_ids=call.group_ids,
        agent_ids=call.agent_ids,
        started_at=call.started_at,
        answered_at=call.answered_at,
        ended_at=call.ended_at,
        wait_seconds=call.wait_seconds,
        talk_seconds=call.talk_seconds,
        outcome=call.outcome,
        reason=call.reason,
        moments=call.moments,
    )


def _leg_row(tenant_id: int, call_id: int, leg: Leg) -> CallLeg:
    return CallLeg(
        tenant_id=tenant_id,
        call_id=call_id,
        position=leg.position,
        uniqueid=leg.uniqueid,
        channel=leg.channel,
        is_caller=leg.is_caller,
        extension=leg.extension,
        agent_id=leg.agent_id,
        number=leg.number,
        name=leg.name,
        started_at=leg.started_at,
        answered_at=leg.answered_at,
        ended_at=leg.ended_at,
        ring_seconds=leg.ring_seconds,
        talk_seconds=leg.talk_seconds,
        end=leg.end,
    )


def _tie_visits(pbx: str, ids: dict[str, int], channels: dict[str, set[str]]) -> None:
    """Each visit to its call; one that stood alone for want of events is no call any more."""
    call_of = {linkedid: call_id for linkedid, call_id in ids.items() if linkedid not in channels}
    for linkedid, uniqueids in channels.items():
        if linkedid in ids:
            call_of.update(dict.fromkeys(uniqueids, ids[linkedid]))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE telephony_queuevisit visit SET call_id = tie.call_id "
            "FROM unnest(%s::text[], %s::bigint[]) AS tie (callid, call_id) "
            "WHERE visit.pbx = %s AND visit.callid = tie.callid "
            "AND visit.call_id IS DISTINCT FROM tie.call_id",
            [list(call_of), list(call_of.values()), pbx],
        )
    moved = call_of.keys() - channels.keys() - ids.keys()
    if moved:
        Call.objects.filter(
            pbx=pbx, linkedid__in=moved, legs__isnull=True, visits__isnull=True
        ).delete()


def _name_answerers(answered_by: dict[int, int]) -> None:
    """The queue log names the member that rang, even where a colleague picked the call up."""
    for agent_id in set(answered_by.values()):
        pks = [pk for pk, one in answered_by.items() if one == agent_id]
        QueueVisit.objects.filter(pk__in=pks).update(agent_id=agent_id)


def _absorb(pbx: str, absorbed: dict[int, frozenset[str]]) -> None:
    for call_id, linkedids in absorbed.items():
        Call.objects.filter(pbx=pbx, linkedid__in=linkedids).exclude(pk=call_id).update(
            part_of_id=call_id
        )
