"""Building calls from ledger lines: what is new since the last time, or everything again.

Every call that new lines tell of is built in full from all its lines, so a late line repairs it and
building twice changes nothing. How far the lines are built is kept with the rows.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from telephony.calls.building import (
    absorbed_by,
    build_call,
    restart_after,
)
from telephony.calls.companies import Companies
from telephony.calls.conversation import CelRow
from telephony.calls.models import BuildProgress, Call, CallLeg, QueueVisit
from telephony.calls.moved_stays import moved_stays
from telephony.calls.shapes import BuiltCall, Visit
from telephony.calls.visits import EVENTS, digest_visits
from telephony.calls.writing import write_or_split
from telephony.ledger.models import CelLine, GapCause, LedgerGap, QueueLogLine
from telephony.ledger.owners import is_import

log = logging.getLogger(__name__)

LINES_AT_ONCE = 20_000
Rows = dict[str, list[tuple[int | None, CelRow]]]  # by linkedid, with the tenant of each
_CEL_FIELDS = (
    "at", "event", "uniqueid", "channel", "name", "number", "exten", "context", "application",
    "application_data", "peer", "extra", "place",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Built:
    """`tenant_ids`: whose calls changed. `is_all`: nothing more is waiting to be built."""

    tenant_ids: frozenset[int]
    calls: int
    is_all: bool


def build_new_calls(*, pbx: str) -> Built:
    """Builds the calls that the next unbuilt lines tell of, in one transaction."""
    with transaction.atomic():
        progress, _ = BuildProgress.objects.select_for_update().get_or_create(pbx=pbx)
        queue_lines = list(
            QueueLogLine.objects.filter(pbx=pbx, id__gt=progress.queue_line)
            .order_by("id")
            .values_list("id", "callid", "event")[:LINES_AT_ONCE]
        )
        cel_lines = list(
            CelLine.objects.filter(pbx=pbx, id__gt=progress.cel_line)
            .order_by("id")
            .values_list("id", "linkedid")[:LINES_AT_ONCE]
        )
        if not queue_lines and not cel_lines:
            return Built(frozenset(), 0, is_all=True)
        callids = {callid for _, callid, event in queue_lines if event in EVENTS}
        linkedids = {linkedid for _, linkedid in cel_lines}
        if any(event == "QUEUESTART" for _, _, event in queue_lines):
            running = unfinished(pbx)
            callids |= running[0]
            linkedids |= running[1]
        tenant_ids, failed = build_these(pbx, callids, linkedids)
        BuildProgress.objects.filter(pbx=pbx).update(
            queue_line=queue_lines[-1][0] if queue_lines else progress.queue_line,
            cel_line=cel_lines[-1][0] if cel_lines else progress.cel_line,
            failed=F("failed") + failed,
        )
    is_all = len(queue_lines) < LINES_AT_ONCE and len(cel_lines) < LINES_AT_ONCE
    return Built(tenant_ids, len(linkedids | callids), is_all)


def forget_calls(*, pbx: str) -> None:
    """Drops everything built; the lines stay. To be followed by build_new_calls until all is."""
    with transaction.atomic(), connection.cursor() as cursor:
        # by SQL: millions of rows need not be looked at one by one
        cursor.execute(
            "DELETE FROM telephony_callleg USING telephony_call call "
            "WHERE call.id = call_id AND call.pbx = %s",
            [pbx],
        )
        cursor.execute("DELETE FROM telephony_queuevisit WHERE pbx = %s", [pbx])
        cursor.execute("DELETE FROM telephony_call WHERE pbx = %s", [pbx])
        BuildProgress.objects.filter(pbx=pbx).delete()


def unfinished(pbx: str) -> tuple[set[str], set[str]]:
    """What was running when the PBX started anew."""
    visits = QueueVisit.objects.filter(pbx=pbx, ended_at__isnull=True)
    calls = Call.objects.filter(pbx=pbx, ended_at__isnull=True)
    return set(visits.values_list("callid", flat=True)), set(
        calls.values_list("linkedid", flat=True)
    )


def build_these(pbx: str, callids: set[str], linkedids: set[str]) -> tuple[frozenset[int], int]:
    """Builds these; returns the tenants concerned and how many calls could not be built."""
    moved = moved_stays(pbx=pbx, callids=callids)
    if callids:
        callids = callids | moved.keys() | {*moved.values()}
        digest_visits(pbx=pbx, callids=sorted(callids), moved=moved)
    wanted = _with_main_calls(pbx, linkedids | _calls_of_channels(pbx, callids))
    rows = _rows_of(pbx, wanted)
    absorbs = _absorbed(pbx, rows)
    channels = {linkedid: {row.uniqueid for _, row in found} for linkedid, found in rows.items()}
    visits = _visits_of(pbx, set().union(wanted, *channels.values()))
    owners = {
        linkedid: _owner(rows.get(linkedid, ()), visits, channels.get(linkedid, {linkedid}))
        for linkedid in wanted
    }
    companies = Companies(set(filter(None, owners.values())))
    restarts, is_imported = _restarts(pbx), is_import(pbx)
    built: list[tuple[int, BuiltCall]] = []
    failed = 0
    # parts before what they are part of, which then has the last word on their visits
    for linkedid in sorted(wanted, key=lambda one: (one in absorbs, one)):
        tenant_id = owners[linkedid]
        events = [row for _, row in rows.get(linkedid, ())]
        stays = _stays(visits, channels.get(linkedid, set()) | {linkedid})
        moments = [row.at for row in events] or [stay.entered_at for stay in stays]
        if tenant_id is None or not moments:
            continue
        company = companies.at(tenant_id, moments[0])
        restarted_at = restart_after([*restarts], moments[0], moments[-1], stays)
        if restarted_at is not None:
            # how long an imported PBX was dead before it began anew, nobody knows
            died_at = moments[-1] if is_imported else restarts.get(restarted_at, restarted_at)
            restarted_at = max(died_at, moments[-1])
        try:
            call = build_call(
                linkedid, events, stays, company, restarted_at, absorbs.get(linkedid, frozenset())
            )
        except Exception:
            # one impossible call must not stop the ledger; its lines are kept, and this is counted
            log.exception("The call %s of %s could not be built.", linkedid, pbx)
            failed += 1
            continue
        if call is not None:
            built.append((tenant_id, call))
    failed += write_or_split(pbx, built, channels)
    # a call of which the queue log alone told, until its stays turned out to be another's
    Call.objects.filter(
        pbx=pbx, linkedid__in=moved, legs__isnull=True, visits__isnull=True
    ).delete()
    return frozenset(filter(None, owners.values())), failed


def _with_main_calls(pbx: str, linkedids: set[str]) -> set[str]:
    """What touches a part touches the call that it is part of."""
    parts = Call.objects.filter(pbx=pbx, linkedid__in=linkedids, part_of__isnull=False)
    return linkedids | set(parts.values_list("part_of__linkedid", flat=True))


def _absorbed(pbx: str, rows: Rows) -> dict[str, frozenset[str]]:
    """The calls that each call absorbs, with their events added to its own in `rows`."""
    found = {
        linkedid: absorbed
        for linkedid, events in rows.items()
        if (absorbed := absorbed_by(linkedid, [row for _, row in events]))
    }
    if not found:
        return {}
    parts = _rows_of(pbx, set().union(*found.values()))
    absorbs: dict[str, frozenset[str]] = {}
    merged: Rows = {}
    for linkedid, candidates in found.items():
        begins = rows[linkedid][0][1].order
        # the elder one absorbs, so that two calls never absorb each other
        own = frozenset(
            one for one in candidates if one in parts and parts[one][0][1].order > begins
        )
        if own:
            absorbs[linkedid] = own
            together = [*rows[linkedid], *(event for one in sorted(own) for event in parts[one])]
            merged[linkedid] = sorted(together, key=lambda event: event[1].order)
    rows.update(merged)
    return absorbs


def _calls_of_channels(pbx: str, callids: set[str]) -> set[str]:
    """The calls whose channels the queue log names; a channel of no call is one by itself."""
    if not callids:
        return set()
    found = CallLeg.objects.filter(uniqueid__in=callids, call__pbx=pbx).values_list(
        "uniqueid", "call__linkedid"
    )
    calls: defaultdict[str, set[str]] = defaultdict(set)
    for uniqueid, linkedid in found:
        calls[uniqueid].add(linkedid)
    return set().union(*(calls.get(callid, {callid}) for callid in callids))


def _rows_of(pbx: str, linkedids: set[str]) -> Rows:
    found: Rows = {}
    lines = (
        CelLine.objects.filter(pbx=pbx, linkedid__in=linkedids)
        # imported lines come in any order; those of our own have no place, and no identity
        .order_by("place", "identity", "id")
        .values_list("linkedid", "tenant_id", *_CEL_FIELDS)
    )
    for linkedid, tenant_id, *values in lines.iterator(chunk_size=5000):
        found.setdefault(linkedid, []).append((tenant_id, CelRow(*values)))
    return found


def _visits_of(pbx: str, callids: set[str]) -> dict[str, list[QueueVisit]]:
    found: dict[str, list[QueueVisit]] = {}
    for visit in QueueVisit.objects.filter(pbx=pbx, callid__in=callids).order_by("callid", "stay"):
        found.setdefault(visit.callid, []).append(visit)
    return found


def _owner(
    rows: Iterable[tuple[int | None, CelRow]],
    visits: dict[str, list[QueueVisit]],
    channels: Iterable[str],
) -> int | None:
    for uniqueid in channels:
        for visit in visits.get(uniqueid, ()):
            return visit.tenant_id
    return next((tenant_id for tenant_id, _ in rows if tenant_id is not None), None)


def _stays(visits: dict[str, list[QueueVisit]], channels: Iterable[str]) -> list[Visit]:
    found = [visit for uniqueid in channels for visit in visits.get(uniqueid, ())]
    found.sort(key=lambda visit: (visit.entered_at, visit.callid, visit.stay))
    return [
        Visit(
            queue_id=visit.queue_id,
            group_id=visit.group_id,
            agent_id=visit.agent_id,
            entered_at=visit.entered_at,
            left_at=visit.left_at,
            ended_at=visit.ended_at,
            wait_seconds=visit.wait_seconds,
            talk_seconds=visit.talk_seconds,
            outcome=visit.outcome,
            reason=visit.reason,
            caller_number=visit.caller_number,
            id=visit.pk,
        )
        for visit in found
    ]


def _restarts(pbx: str) -> dict[datetime, datetime]:
    """When the PBX began anew, in order, and until when it was known to run before."""
    lines = QueueLogLine.objects.filter(pbx=pbx, event="QUEUESTART").order_by("at")
    gaps = LedgerGap.objects.filter(pbx=pbx, cause=GapCause.PBX_AWAY).order_by("-since")
    died = dict(gaps.values_list("until", "since"))
    return {at: died.get(at, at) for at in lines.values_list("at", flat=True)}
