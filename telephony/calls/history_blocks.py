"""Building an imported block's calls in the transaction that keeps its lines.

What is plain is written from what was just read; the rest of the block's calls are built from all
their lines, as build_history does. So after each block nothing is left to build, and a run that is
killed goes on behind the last block. Where channel events are known nothing is built here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models.functions import Greatest

from callcenter.tenants.models import Tenant
from telephony.calls.building import digits_of
from telephony.calls.history import build_from_visits, build_history, normalised
from telephony.calls.models import BuildProgress
from telephony.calls.plain import PlainCall, plain_calls
from telephony.calls.services import unfinished
from telephony.calls.unended import spanning_new_restarts
from telephony.ledger.history import Kept
from telephony.ledger.history_lines import Block
from telephony.ledger.history_names import HistoryNames
from telephony.ledger.models import LedgerFile, Source
from telephony.ledger.owners import import_pbx
from telephony.ledger.queue_events import LEFT

_STAGING = """
CREATE TEMP TABLE IF NOT EXISTS staged_plain (
  callid text COLLATE "C", queue_name text, caller text, number text, digits text, member text,
  agent_id bigint, queue_id bigint, group_id bigint, short_abandon int, answer_within int,
  mode text, left_by bigint[], entered_at bigint, left_at bigint, ended_at bigint, wait int,
  talk int, outcome text, reason text,
  call_id bigint DEFAULT nextval('telephony_call_id_seq')
)
"""
_COLUMNS = (
    "callid, queue_name, caller, number, digits, member, agent_id, queue_id, group_id, "
    "short_abandon, answer_within, mode, left_by, entered_at, left_at, ended_at, wait, talk, "
    "outcome, reason"
)
# LIMIT: looked up one by one by the index, whatever is known of the tables' sizes
_KNOWN = """
SELECT callid FROM staged_plain CROSS JOIN LATERAL (
  SELECT FROM telephony_queuelogline line
  WHERE line.callid = staged_plain.callid AND line.pbx = %s LIMIT 1
) line
"""
_CALLS = """
INSERT INTO telephony_call (
  id, tenant_id, pbx, linkedid, direction, caller_number, caller_name, dialled, party_digits,
  group_id, queue_id, agent_id, group_ids, agent_ids, started_at, answered_at, ended_at,
  wait_seconds, talk_seconds, outcome, reason, moments)
SELECT call_id, %(tenant)s, %(pbx)s, callid, 'in', number, '', '', digits, group_id, queue_id,
       agent_id, CASE WHEN group_id IS NULL THEN '{}' ELSE ARRAY[group_id] END,
       CASE WHEN agent_id IS NULL THEN '{}' ELSE ARRAY[agent_id] END,
       to_timestamp(entered_at / 1000000::float8),
       CASE WHEN outcome = 'answered' THEN to_timestamp(left_at / 1000000::float8) END,
       to_timestamp(ended_at / 1000000::float8), wait, talk, outcome, reason, '[]'
FROM staged_plain
"""
_VISITS = """
INSERT INTO telephony_queuevisit (
  tenant_id, pbx, callid, stay, call_id, queue_name, queue_id, group_id, agent_id, member,
  caller_number, entered_at, left_at, ended_at, wait_seconds, talk_seconds, outcome, reason,
  short_abandon_seconds, answer_within_seconds, service_level_mode, left_by)
SELECT %(tenant)s, %(pbx)s, callid, 1, call_id, queue_name, queue_id, group_id, agent_id, member,
       caller, to_timestamp(entered_at / 1000000::float8),
       to_timestamp(left_at / 1000000::float8), to_timestamp(ended_at / 1000000::float8),
       wait, talk, outcome, reason, short_abandon, answer_within, mode, left_by
FROM staged_plain
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
        self._plain, self._others = plain_calls(block.told)
        rows = self._rows(self._plain)
        with connection.cursor() as cursor:
            cursor.execute(_STAGING)
            cursor.execute("TRUNCATE staged_plain")
            with cursor.copy(f"COPY staged_plain ({_COLUMNS}) FROM STDIN") as copy:
                copy.write("".join(rows))
            if self._told is None:
                cursor.execute(_KNOWN, [self._pbx])
                known = [row[0] for row in cursor.fetchall()]
            else:
                # what was told longer ago, as hardly ever, _write_plain finds
                known = [call.callid for call in self._plain if call.callid in self._told]
            if known:
                cursor.execute("DELETE FROM staged_plain WHERE callid = ANY(%s)", [known])
        self._told = self._others | {call.callid for call in self._plain}
        self._others.update(known)

    def build(self, kept: Kept) -> None:
        """`kept`: what became of the lines, in the same transaction."""
        others = self._others if kept.changed is None else set(kept.changed)
        if kept.changed is None and not self._write_plain():
            others = others | {call.callid for call in self._plain}
        if kept.has_restart:
            others = others | unfinished(self._pbx)[0] | spanning_new_restarts(self._pbx)
        build_from_visits(tenant=self._tenant, callids=others)
        if kept.last_id is not None:
            BuildProgress.objects.filter(pbx=self._pbx).update(
                queue_line=Greatest("queue_line", kept.last_id)
            )

    def _write_plain(self) -> bool:
        """False: something is there of one of these calls, and each has to be looked at."""
        parameters: dict[str, Any] = {"tenant": self._tenant.pk, "pbx": self._pbx}
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(_CALLS, parameters)
                cursor.execute(_VISITS, parameters)
        except IntegrityError:
            return False
        return True

    def _rows(self, calls: Iterable[PlainCall]) -> list[str]:
        """For COPY. Nothing here needs an escape: lines that do tell of no plain call."""
        calls = list(calls)
        said = list({call.caller for call in calls})
        numbers = normalised(said, self._tenant.country)
        digits = {
            one: f"{number}\t{digits_of(number)}" for one, number in zip(said, numbers, strict=True)
        }
        queues = {name: self._queue(name) for name in {call.queue for call in calls}}
        agents = {name: self._agent(name) for name in {call.agent for call in calls}}
        rung = {name: self._agent_id(name) or 0 for call in calls for name in call.left_by}
        rows = []
        for callid, queue, caller, event, agent, entered, left, ended, wait, talk, left_by in calls:
            short_abandon, facts = queues[queue]
            if event == "CONNECT":
                outcome = "answered\t"
            elif event != "ABANDON":
                outcome = f"overflowed\t{LEFT[event]}"
            else:
                outcome = "short_abandoned\t" if wait <= short_abandon else "abandoned\t"
            vain = sorted({rung[name] for name in left_by})
            rows.append(
                f"{callid}\t{queue}\t{caller}\t{digits[caller]}\t{agents[agent]}\t{facts}\t"
                f"{_array(vain)}\t"
                f"{entered}\t{left}\t{ended}\t{wait}\t{talk}\t{outcome}\n"
            )
        return rows

    def _queue(self, name: str) -> tuple[int, str]:
        """The longest wait of a short abandon; ids and thresholds for COPY."""
        facts = self._names.queue_facts(name)
        short_abandon = int(facts.get("short_abandon_seconds", 5))
        values = (
            _id(facts.get("queue_id")), _id(facts.get("group_id")), short_abandon,
            facts.get("answer_within_seconds", 20),
            facts.get("service_level_mode", "abandons_negative"),
        )  # fmt: skip
        return short_abandon, "\t".join(map(str, values))

    def _agent(self, name: str) -> str:
        """The member as named and the agent's id for COPY; "" where nobody answered."""
        if not name:
            return "\t\\N"
        return f"{name}\t{_id(self._agent_id(name))}"

    def _agent_id(self, name: str) -> int | None:
        ours = _OUR_MEMBER.fullmatch(name)
        if ours and ours[1] == self._tenant.slug:
            return int(ours[2])
        return self._names.agent_id(name)


def _array(values: Sequence[int]) -> str:
    return f"{{{','.join(map(str, values))}}}" if values else "\\N"


def _id(value: int | None) -> str:
    return "\\N" if value is None else str(value)
