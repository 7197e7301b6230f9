"""Calls of an imported history: set by set in SQL where the queue log is all there is.

What it says is what building._from_visits says; calls with channel events are built by it and its
like, one after the other.
"""

from __future__ import annotations

import re

from django.db import connection, transaction
from django.db.models import F, Max

from callcenter.tenants.models import Tenant
from phonebook.numbers.e164 import normalise
from telephony.calls.building import digits_of
from telephony.calls.legs import clean
from telephony.calls.models import BuildProgress, Call, CallLeg
from telephony.calls.moved_stays import moved_stays
from telephony.calls.services import LINES_AT_ONCE, Built, build_these, unfinished
from telephony.calls.unended import spanning_new_restarts
from telephony.calls.visits import EVENTS, keep_staged_visits, stage_visits
from telephony.ledger.models import CelLine, LedgerFile, QueueLogLine, Source
from telephony.ledger.owners import import_pbx

LINES_OF_A_BATCH = 150_000
_INTERNATIONAL = re.compile(r"^\+[1-9][0-9]{9,14}$")

_CALLS = """
WITH stay AS (
  SELECT staged_visit.*,
         row_number() OVER told AS n,
         row_number() OVER (PARTITION BY callid ORDER BY entered_at DESC, stay DESC) AS back,
         row_number() OVER (PARTITION BY callid, outcome = 'answered'
                            ORDER BY entered_at DESC, stay DESC) AS answer_back,
         row_number() OVER (PARTITION BY callid, outcome = 'answered'
                            ORDER BY entered_at, stay) AS answer,
         row_number() OVER (PARTITION BY callid, outcome = 'answered' AND agent_id IS NOT NULL
                            ORDER BY entered_at, stay) AS agent_answer,
         row_number() OVER (PARTITION BY callid, reason <> 'closed'
                            ORDER BY entered_at DESC, stay DESC) AS open_back
  FROM staged_visit WHERE stays > 1
  WINDOW told AS (PARTITION BY callid ORDER BY entered_at, stay)
),
told AS (
  SELECT callid, min(tenant_id) AS tenant_id,
         min(entered_at) FILTER (WHERE n = 1) AS started_at,
         -- who was not taken into the first queue gave no number there
         coalesce((array_agg(caller_number ORDER BY n) FILTER (WHERE caller_number <> ''))[1], '')
           AS said,
         min(left_at) FILTER (WHERE outcome = 'answered' AND answer = 1) AS answered_at,
         CASE WHEN count(*) = count(ended_at)
              THEN min(ended_at) FILTER (WHERE back = 1) END AS ended_at,
         count(*) = count(ended_at) AS is_over,
         sum(wait_seconds) AS wait_seconds, sum(talk_seconds) AS talk_seconds,
         bool_or(outcome = 'answered') AS is_answered,
         bool_or(reason <> 'closed') AS was_open,
         min(group_id) FILTER (WHERE outcome = 'answered' AND answer_back = 1) AS answering_group,
         min(queue_id) FILTER (WHERE outcome = 'answered' AND answer_back = 1) AS answering_queue,
         min(group_id) FILTER (WHERE back = 1) AS last_group,
         min(queue_id) FILTER (WHERE back = 1) AS last_queue,
         min(agent_id) FILTER (WHERE outcome = 'answered' AND agent_answer = 1) AS agent_id,
         array_agg(DISTINCT group_id ORDER BY group_id)
           FILTER (WHERE group_id IS NOT NULL) AS group_ids,
         array_agg(DISTINCT agent_id ORDER BY agent_id)
           FILTER (WHERE outcome = 'answered' AND agent_id IS NOT NULL) AS agent_ids,
         min(outcome) FILTER (WHERE reason <> 'closed' AND open_back = 1) AS last_outcome,
         min(reason) FILTER (WHERE reason <> 'closed' AND open_back = 1) AS last_reason
  FROM stay GROUP BY callid
  UNION ALL  -- most calls were in one queue, once
  SELECT callid, tenant_id, entered_at, caller_number,
         CASE WHEN outcome = 'answered' THEN left_at END, ended_at, ended_at IS NOT NULL,
         wait_seconds, talk_seconds, outcome = 'answered', reason <> 'closed',
         CASE WHEN outcome = 'answered' THEN group_id END,
         CASE WHEN outcome = 'answered' THEN queue_id END,
         group_id, queue_id, CASE WHEN outcome = 'answered' THEN agent_id END,
         CASE WHEN group_id IS NOT NULL THEN ARRAY[group_id] END,
         CASE WHEN outcome = 'answered' AND agent_id IS NOT NULL THEN ARRAY[agent_id] END,
         CASE WHEN reason <> 'closed' THEN outcome END, CASE WHEN reason <> 'closed' THEN reason END
  FROM staged_visit WHERE stays = 1
)
INSERT INTO telephony_call (
  tenant_id, pbx, linkedid, direction, caller_number, caller_name, dialled, party_digits,
  group_id, queue_id, agent_id, group_ids, agent_ids, started_at, answered_at, ended_at,
  wait_seconds, talk_seconds, outcome, reason, moments)
SELECT tenant_id, %(pbx)s, callid, 'in', number.normalised, '', '', number.digits,
       CASE WHEN is_answered THEN answering_group ELSE last_group END,
       CASE WHEN is_answered THEN answering_queue ELSE last_queue END,
       agent_id, coalesce(group_ids, '{}'), coalesce(agent_ids, '{}'), started_at, answered_at,
       ended_at, wait_seconds, talk_seconds,
       CASE WHEN NOT is_over THEN 'running' WHEN is_answered THEN 'answered'
            WHEN NOT was_open THEN 'closed' WHEN last_outcome = 'waiting' THEN 'running'
            ELSE last_outcome END,
       CASE WHEN NOT is_over OR is_answered OR NOT was_open OR last_outcome = 'waiting' THEN ''
            ELSE last_reason END, '[]'
FROM told JOIN staged_number number ON number.said = told.said
ORDER BY started_at
ON CONFLICT (pbx, linkedid) DO UPDATE SET
  tenant_id = excluded.tenant_id, direction = excluded.direction,
  caller_number = excluded.caller_number, caller_name = excluded.caller_name,
  dialled = excluded.dialled, party_digits = excluded.party_digits,
  group_id = excluded.group_id, queue_id = excluded.queue_id, agent_id = excluded.agent_id,
  group_ids = excluded.group_ids, agent_ids = excluded.agent_ids,
  started_at = excluded.started_at, answered_at = excluded.answered_at,
  ended_at = excluded.ended_at, wait_seconds = excluded.wait_seconds,
  talk_seconds = excluded.talk_seconds, outcome = excluded.outcome, reason = excluded.reason
RETURNING linkedid, id
"""


def build_history(*, tenant: Tenant) -> Built:
    """Builds the calls that the next unbuilt lines of the company's imported history tell of, in
    one transaction; in a system scope."""
    pbx = import_pbx(tenant.slug)
    with transaction.atomic():
        with connection.cursor() as cursor:
            # what is sorted here is some ten thousand calls, and shall not go by way of the disk
            cursor.execute("SET LOCAL work_mem = '128MB'")
        progress, _ = BuildProgress.objects.select_for_update().get_or_create(
            pbx=pbx, defaults={"queue_line": _before_all(pbx)}
        )
        queue_line, callids, has_restart = _next_callids(pbx, progress.queue_line)
        cel_lines = list(
            CelLine.objects.filter(pbx=pbx, id__gt=progress.cel_line)
            .order_by("id")
            .values_list("id", "linkedid")[:LINES_AT_ONCE]
        )
        if queue_line is None and not cel_lines:
            return Built(frozenset(), 0, is_all=True)
        linkedids = {linkedid for _, linkedid in cel_lines}
        if has_restart:
            running = unfinished(pbx)
            callids |= running[0] | spanning_new_restarts(pbx)
            linkedids |= running[1] & _with_events(pbx, running[1])
        told = _with_events(pbx, callids)
        failed = 0
        if told or linkedids:
            failed = build_these(pbx, told, linkedids)[1]
        build_from_visits(tenant=tenant, callids=callids - told)
        BuildProgress.objects.filter(pbx=pbx).update(
            queue_line=queue_line or progress.queue_line,
            cel_line=cel_lines[-1][0] if cel_lines else progress.cel_line,
            failed=F("failed") + failed,
        )
    return Built(frozenset({tenant.pk}), len(callids | linkedids), is_all=False)


def build_some(*, tenant: Tenant, callids: set[str], linkedids: set[str]) -> None:
    """These calls of the company's imported history anew; in a transaction, in a system scope."""
    pbx = import_pbx(tenant.slug)
    told = _with_events(pbx, callids)
    linkedids = _with_events(pbx, linkedids)
    if told or linkedids:
        build_these(pbx, told, linkedids)
    build_from_visits(tenant=tenant, callids=callids - told)


def begin_again(*, tenant: Tenant) -> bool:
    """Where names of the company's imported history have come to mean something else, all its lines
    are as if they were new; returns whether that is so. In a transaction."""
    stale = BuildProgress.objects.filter(pbx=import_pbx(tenant.slug), must_begin_again=True)
    return stale.update(queue_line=0, cel_line=0, must_begin_again=False) > 0


def build_from_visits(*, tenant: Tenant, callids: set[str]) -> None:
    """Visits and calls of these, of which no channel events are known; in a transaction."""
    if not callids:
        return
    pbx = import_pbx(tenant.slug)
    moved = moved_stays(pbx=pbx, callids=callids)
    callids = callids | moved.keys() | {*moved.values()}
    stage_visits(pbx=pbx, callids=sorted(callids), moved=moved)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT caller_number FROM staged_visit")
        said = [row[0] for row in cursor.fetchall()]
        numbers = normalised(said, tenant.country)
        cursor.execute(
            "CREATE TEMP TABLE IF NOT EXISTS staged_number "
            "(said text, normalised text, digits text) ON COMMIT DELETE ROWS"
        )
        cursor.execute("TRUNCATE staged_number")
        cursor.execute(
            "INSERT INTO staged_number SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])",
            [said, numbers, [digits_of(number) for number in numbers]],
        )
        cursor.execute("ANALYZE staged_number")
        cursor.execute("DROP TABLE IF EXISTS staged_call")
        cursor.execute("CREATE TEMP TABLE staged_call (callid text, call_id bigint) ON COMMIT DROP")
        cursor.execute(
            f"WITH made AS ({_CALLS}) INSERT INTO staged_call SELECT * FROM made",  # noqa: S608
            {"pbx": pbx},
        )
    keep_staged_visits(pbx=pbx)
    # a call of which no stay is left, because a line turned out to be another's
    Call.objects.filter(
        pbx=pbx, linkedid__in=_without_stay(callids), legs__isnull=True, visits__isnull=True
    ).delete()


def normalised(said: list[str], country: str) -> list[str]:
    """normalise(clean(...)) of each. What a number's last four digits are makes no difference to
    whether a whole international one is possible, and it says itself what it is."""
    known: dict[tuple[str, int], bool] = {}
    found = []
    for number in said:
        if not _INTERNATIONAL.match(number):
            found.append(normalise(clean(number, 80), country))
            continue
        shape = number[:-4], len(number)
        stays = known.get(shape)
        if stays is None:
            stays = known[shape] = normalise(number, country) == number
        found.append(number if stays else normalise(number, country))
    return found


def _without_stay(callids: set[str]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT callid FROM unnest(%s::text[]) AS wanted (callid) "
            "WHERE NOT EXISTS (SELECT FROM staged_call WHERE staged_call.callid = wanted.callid)",
            [sorted(callids)],
        )
        return [row[0] for row in cursor.fetchall()]


def _before_all(pbx: str) -> int:
    """A company of which no line was read has none among those that are there; they may be millions
    of others' lines."""
    if LedgerFile.objects.filter(pbx=pbx, lines__gt=0).exists():
        return 0
    return QueueLogLine.objects.aggregate(last=Max("id"))["last"] or 0


def _next_callids(pbx: str, after: int) -> tuple[int | None, set[str], bool]:
    """The last line of the next batch, what it tells of, whether the PBX was started anew in it."""
    with connection.cursor() as cursor:
        # from there on by the index, though tables that have just grown say nothing of how many there
        # are: a company whose lines are all built would have everybody's read for that
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "SELECT max(id), array_agg(DISTINCT callid) FILTER (WHERE event = ANY(%s)), "
            "coalesce(bool_or(event = 'QUEUESTART'), false) FROM ("
            "  SELECT id, callid, event FROM telephony_queuelogline"
            "  WHERE pbx = %s AND id > %s ORDER BY id LIMIT %s) line",
            [list(EVENTS), pbx, after, LINES_OF_A_BATCH],
        )
        last, callids, has_restart = cursor.fetchone() or (None, None, False)
        cursor.execute("SET LOCAL enable_seqscan = on")
    return last, set(callids or ()), bool(has_restart)


def _with_events(pbx: str, callids: set[str]) -> set[str]:
    """Those that channel events tell of."""
    if not LedgerFile.objects.filter(pbx=pbx, source=Source.CEL).exists():
        return set()
    lines = CelLine.objects.filter(pbx=pbx, linkedid__in=callids)
    legs = CallLeg.objects.filter(uniqueid__in=callids, call__pbx=pbx)
    return set(lines.values_list("linkedid", flat=True).distinct()) | set(
        legs.values_list("uniqueid", flat=True)
    )
