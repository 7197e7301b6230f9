"""Building an imported block's calls in the transaction that keeps its lines.

What is plain is written from what was just read; the rest of the block's calls are built from all
their lines, as build_history does. So after each block nothing is left to build, and a run that is
killed goes on behind the last block. Where channel events are known nothing is built here.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Greatest

from callcenter.tenants.adding import copy_rows, may_copy
from callcenter.tenants.models import Tenant
from telephony.calls.building import digits_of
from telephony.calls.history import build_from_visits, build_history, normalised
from telephony.calls.models import BuildProgress
from telephony.calls.plain import PlainCall, plain_calls
from telephony.calls.services import unfinished
from telephony.ledger.history import Kept
from telephony.ledger.history_lines import Block
from telephony.ledger.history_names import HistoryNames
from telephony.ledger.models import LedgerFile, Source
from telephony.ledger.owners import import_pbx
from telephony.ledger.queue_events import LEFT

# LIMIT: looked up one by one by the index, whatever is known of the table's size
_KNOWN = """
SELECT callid FROM unnest(%s::text[]) AS told (callid) CROSS JOIN LATERAL (
  SELECT FROM telephony_queuelogline line
  WHERE line.callid = told.callid AND line.pbx = %s LIMIT 1
) line
"""
_IDS = "SELECT nextval('telephony_call_id_seq') FROM generate_series(1, %s)"
_CALL_COLUMNS = """
id, tenant_id, pbx, linkedid, direction, caller_number, caller_name, dialled, party_digits,
group_id, queue_id, agent_id, group_ids, agent_ids, started_at, answered_at, ended_at,
wait_seconds, talk_seconds, outcome, reason, moments
"""
_VISIT_COLUMNS = """
call_id, tenant_id, pbx, callid, stay, queue_name, queue_id, group_id, agent_id, member,
caller_number, entered_at, left_at, ended_at, wait_seconds, talk_seconds, outcome, reason,
short_abandon_seconds, answer_within_seconds, service_level_mode
"""
_OUR_MEMBER = re.compile(r"([a-z0-9]+)-a([0-9]{1,18})")


class BlockBuilder:
    """Of one company, within `importing`. Everything kept before is built first."""

    def __init__(self, tenant: Tenant, names: HistoryNames) -> None:
        self._tenant, self._names = tenant, names
        self._pbx = import_pbx(tenant.slug)
        self._plain: list[PlainCall] = []
        self._others: set[str] = set()
        # of whom the block before told; None: look among all lines that were kept before
        has_lines = LedgerFile.objects.filter(pbx=self._pbx, lines__gt=0).exists()
        self._told: set[str] | None = None if has_lines else set()
        while not build_history(tenant=tenant).is_all:
            pass
        self.is_fit = not LedgerFile.objects.filter(pbx=self._pbx, source=Source.CEL).exists()

    def look(self, block: Block) -> None:
        """To be called before the block's lines are kept, in their transaction."""
        plain, self._others = plain_calls(block.told)
        callids = [call.callid for call in plain]
        if self._told is None:
            with connection.cursor() as cursor:
                cursor.execute(_KNOWN, [callids, self._pbx])
                known = {row[0] for row in cursor.fetchall()}
        else:
            # what was told longer ago, as hardly ever, _write_plain finds
            known = self._told.intersection(callids)
        self._told = self._others.union(callids)
        self._others |= known
        self._plain = [call for call in plain if call.callid not in known] if known else plain

    def build(self, kept: Kept) -> None:
        """`kept`: what became of the lines, in the same transaction."""
        others = self._others if kept.changed is None else set(kept.changed)
        if kept.changed is None and self._plain and not self._write_plain():
            others = others | {call.callid for call in self._plain}
        if kept.has_restart:
            others = others | unfinished(self._pbx)[0]
        build_from_visits(tenant=self._tenant, callids=others)
        if kept.last_id is not None:
            BuildProgress.objects.filter(pbx=self._pbx).update(
                queue_line=Greatest("queue_line", kept.last_id)
            )

    def _write_plain(self) -> bool:
        """False: something is there of one of these calls, and each has to be looked at."""
        with connection.cursor() as cursor:
            if not (
                may_copy(cursor, "telephony_call") and may_copy(cursor, "telephony_queuevisit")
            ):
                return False
            cursor.execute(_IDS, [len(self._plain)])
            calls, visits = self._rows([row[0] for row in cursor.fetchall()])
            try:
                with transaction.atomic():
                    copy_rows(cursor, "telephony_call", _CALL_COLUMNS, calls)
                    copy_rows(cursor, "telephony_queuevisit", _VISIT_COLUMNS, visits)
            except IntegrityError:
                return False
        return True

    def _rows(self, ids: list[int]) -> tuple[str, str]:
        """Calls and visits for COPY. Nothing here needs an escape: lines that do tell of no plain call."""
        said = list({call.caller for call in self._plain})
        numbers = normalised(said, self._tenant.country)
        parties = {
            one: f"{number}\t\t\t{digits_of(number)}"
            for one, number in zip(said, numbers, strict=True)
        }
        queues = {name: self._queue(name) for name in {call.queue for call in self._plain}}
        agents = {name: self._agent(name) for name in {call.agent for call in self._plain}}
        owner = f"{self._tenant.pk}\t{self._pbx}"
        call_rows, visit_rows = [], []
        for pk, call in zip(ids, self._plain, strict=True):
            callid, queue, caller, event, agent, entered, left, ended, wait, talk = call
            of = queues[queue]
            agent_id, agent_ids, member = agents[agent]
            answered = "\\N"
            if event == "CONNECT":
                outcome, answered = "answered\t", left
            elif event != "ABANDON":
                outcome = f"overflowed\t{LEFT[event]}"
            else:
                outcome = "short_abandoned\t" if wait <= of.short_abandon else "abandoned\t"
            call_rows.append(
                f"{pk}\t{owner}\t{callid}\tin\t{parties[caller]}\t{of.group_id}\t{of.queue_id}\t"
                f"{agent_id}\t{of.group_ids}\t{agent_ids}\t{entered}\t{answered}\t{ended}\t{wait}\t"
                f"{talk}\t{outcome}\t[]\n"
            )
            visit_rows.append(
                f"{pk}\t{owner}\t{callid}\t1\t{queue}\t{of.queue_id}\t{of.group_id}\t{agent_id}\t"
                f"{member}\t{caller}\t{entered}\t{left}\t{ended}\t{wait}\t{talk}\t{outcome}\t"
                f"{of.thresholds}\n"
            )
        return "".join(call_rows), "".join(visit_rows)

    def _queue(self, name: str) -> _OfQueue:
        facts = self._names.queue_facts(name)
        short_abandon = int(facts.get("short_abandon_seconds", 5))
        within = facts.get("answer_within_seconds", 20)
        mode = facts.get("service_level_mode", "abandons_negative")
        group_id = facts.get("group_id")
        return _OfQueue(
            _id(facts.get("queue_id")),
            _id(group_id),
            _ids(group_id),
            short_abandon,
            f"{short_abandon}\t{within}\t{mode}",
        )

    def _agent(self, name: str) -> tuple[str, str, str]:
        """The agent's id, the ids that the call concerns, the member as named; "": nobody answered."""
        ours = _OUR_MEMBER.fullmatch(name)
        if ours and ours[1] == self._tenant.slug:
            agent_id: int | None = int(ours[2])
        else:
            agent_id = self._names.agent_id(name) if name else None
        return _id(agent_id), _ids(agent_id), name


class _OfQueue(NamedTuple):
    """For COPY, but for the longest wait of a short abandon, seconds."""

    queue_id: str
    group_id: str
    group_ids: str
    short_abandon: int
    thresholds: str


def _id(value: int | None) -> str:
    return "\\N" if value is None else str(value)


def _ids(value: int | None) -> str:
    return "{}" if value is None else f"{{{value}}}"
