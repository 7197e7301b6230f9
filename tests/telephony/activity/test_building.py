"""Activity from the ledger's lines: what real Asterisk wrote, read in pieces cut anywhere."""

from __future__ import annotations

import json
import random
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.test.utils import CaptureQueriesContext

from callcenter.tenants.scope import system_scope, tenant_scope
from telephony.activity import services
from telephony.activity.models import AgentActivity
from telephony.activity.services import build_new_activity, forget_activity
from telephony.calls.models import CallLeg
from telephony.calls.services import build_new_calls
from telephony.ledger.models import QueueLogLine
from telephony.ledger.reader import Ledger
from tests.conftest import APP_ROLE
from tests.telephony.calls.company import RECORDINGS, append, make_acme, make_globex, read_all

pytestmark = pytest.mark.django_db
# when the recordings began; the two agents come before and leave after them
FIRST, LAST = 1795300000, 1795310000


def build_both() -> bool:
    return build_new_calls(pbx="pbx1").is_all and build_new_activity(pbx="pbx1").is_all


def whole_history() -> tuple[list[bytes], list[bytes]]:
    """Every recording's lines, by time, between log-in and log-out of two agents."""
    queue_log: list[bytes] = []
    events: list[bytes] = []
    for path in sorted(RECORDINGS.glob("*.queue_log")):
        queue_log += path.read_bytes().splitlines(keepends=True)
        events += path.with_suffix(".jsonl").read_bytes().splitlines(keepends=True)
    queue_log.sort(key=lambda line: int(line.split(b"|")[0]))
    come = [f"{FIRST}|NONE|acme-support|acme-a{n}|ADDMEMBER|\n".encode() for n in (1, 2)]
    go = [f"{LAST}|NONE|acme-support|acme-a{n}|REMOVEMEMBER|\n".encode() for n in (1, 2)]
    return come + queue_log + go, events


def snapshot() -> list[tuple[object, ...]]:
    names = [field.attname for field in AgentActivity._meta.concrete_fields if field.name != "id"]
    return sorted(AgentActivity.objects.values_list(*names), key=repr)


def check_gapless() -> None:
    rows = list(AgentActivity.objects.order_by("tenant_id", "agent_id", "member", "since"))
    for row, after in pairwise(rows):
        if (row.tenant_id, row.agent_id, row.member) == (
            after.tenant_id, after.agent_id, after.member,
        ):  # fmt: skip
            assert row.until == after.since
        else:
            assert row.until is None


@pytest.mark.parametrize("seed", range(4))
def test_read_in_pieces_or_at_once_gives_the_same(tmp_path: Path, seed: int) -> None:
    make_acme()
    make_globex()
    queue_log, events = whole_history()
    (tmp_path / "cel-custom").mkdir()
    ledger = Ledger("pbx1", tmp_path, build_both)
    dice = random.Random(seed)
    left = {"queue_log": b"".join(queue_log), "cel-custom/cel.jsonl": b"".join(events)}
    while any(left.values()):
        name = dice.choice([name for name, rest in left.items() if rest])
        size = dice.randrange(1, 20_000)
        append(tmp_path / name, left[name][:size])
        left[name] = left[name][size:]
        read_all(ledger)
    with system_scope("all tenants are compared"):
        in_pieces = snapshot()
        check_gapless()
        assert Counter(row.state for row in AgentActivity.objects.all())["in_call"] > 20
        forget_activity(pbx="pbx1")
        assert snapshot() == []
        while not build_new_activity(pbx="pbx1").is_all:
            pass
        assert snapshot() == in_pieces


def test_a_long_history_is_written_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_acme()
    make_globex()
    queue_log, events = whole_history()
    (tmp_path / "cel-custom").mkdir()
    append(tmp_path / "queue_log", b"".join(queue_log))
    append(tmp_path / "cel-custom" / "cel.jsonl", b"".join(events))
    read_all(Ledger("pbx1", tmp_path, build_both))
    with system_scope("all tenants are compared"):
        at_once = snapshot()
        monkeypatch.setattr(services, "LINES_AT_ONCE", 40)
        forget_activity(pbx="pbx1")
        ahead, written, steps = services.Ahead(), 0, 1
        while not (step := build_new_activity(pbx="pbx1", ahead=ahead)).is_all:
            written, steps = written + step.rows, steps + 1
        assert snapshot() == at_once
        assert steps > 10
        assert written + step.rows < 2 * len(at_once)
        forget_activity(pbx="pbx1")
        services.build_all_activity(pbx="pbx1")
        assert snapshot() == at_once


def test_seconds_in_calls_are_those_of_the_phones(tmp_path: Path) -> None:
    """Each agent's seconds in calls: the union of what the legs say."""
    acme = make_acme()
    queue_log, events = whole_history()
    (tmp_path / "cel-custom").mkdir()
    append(tmp_path / "queue_log", b"".join(queue_log))
    append(tmp_path / "cel-custom" / "cel.jsonl", b"".join(events))
    read_all(Ledger("pbx1", tmp_path, build_both))
    with tenant_scope(acme.tenant.pk):
        for agent in acme.agents.values():
            legs = CallLeg.objects.filter(agent=agent, call__part_of=None)
            spans = sorted(
                (leg.started_at if leg.is_caller and not leg.ring_seconds else leg.answered_at,
                 leg.ended_at)
                for leg in legs.exclude(answered_at=None, is_caller=False)
                if not (leg.is_caller and leg.ring_seconds)
            )  # fmt: skip
            seconds, reached = 0.0, None
            for since, until in spans:
                assert since is not None
                assert until is not None
                begin = since if reached is None else max(since, reached)
                seconds += max(0.0, (until - begin).total_seconds())
                reached = until if reached is None else max(until, reached)
            if any(leg.is_caller and leg.ring_seconds for leg in legs):
                continue  # a click to call, whose phone is rung first: see below
            rows = AgentActivity.objects.filter(agent=agent, state="in_call")
            shown = sum((row.until - row.since).total_seconds() for row in rows if row.until)
            assert shown == pytest.approx(seconds, abs=0.001), agent.name


def test_a_click_to_call_rings_ones_own_phone_first(tmp_path: Path) -> None:
    acme = make_acme()
    (tmp_path / "cel-custom").mkdir()
    (path,) = RECORDINGS.glob("04_*.jsonl")
    append(tmp_path / "cel-custom" / "cel.jsonl", path.read_bytes())
    append(tmp_path / "queue_log", b"")
    read_all(Ledger("pbx1", tmp_path, build_both))
    with tenant_scope(acme.tenant.pk):
        states = AgentActivity.objects.filter(agent=1).order_by("since")
        assert [row.state for row in states] == ["ringing", "in_call", "logged_out"]


@pytest.mark.parametrize("cut", [3, 9, 17, 26])
def test_a_line_that_comes_late_repairs_what_was_built(tmp_path: Path, cut: int) -> None:
    acme = make_acme()
    (tmp_path / "cel-custom").mkdir()
    (path,) = RECORDINGS.glob("03_*.jsonl")
    events = path.read_bytes().splitlines(keepends=True)
    first = float(json.loads(events[0])["eventtime"])
    ledger = Ledger("pbx1", tmp_path, build_both)
    append(tmp_path / "cel-custom" / "cel.jsonl", b"".join(events))
    read_all(ledger)
    late = [
        f"{int(first) - 60}|NONE|acme-support|acme-a1|ADDMEMBER|\n",
        f"{int(first) + cut}|NONE|acme-support|acme-a1|PAUSE|tea\n",
    ]
    for line in reversed(late):
        append(tmp_path / "queue_log", line.encode())
        read_all(ledger)
    with tenant_scope(acme.tenant.pk):
        in_pieces = snapshot()
        check_gapless()
        assert AgentActivity.objects.filter(agent=1).order_by("since")[0].state == "available"
        assert AgentActivity.objects.get(agent=1, until=None).reason == "tea"
    with system_scope("everything again"):
        forget_activity(pbx="pbx1")
        build_both()
        assert [row[:6] for row in snapshot()] == [row[:6] for row in in_pieces]


def test_a_restart_ends_the_call_and_keeps_the_log_in(tmp_path: Path) -> None:
    acme = make_acme()
    (tmp_path / "cel-custom").mkdir()
    ledger = Ledger("pbx1", tmp_path, build_both)
    (path,) = RECORDINGS.glob("01_*.jsonl")
    events = path.read_bytes().splitlines(keepends=True)
    talking = next(n for n, line in enumerate(events) if b"BRIDGE_EXIT" in line)
    last = int(float(json.loads(events[talking])["eventtime"]))
    come = b"1795300000|NONE|acme-support|acme-a1|ADDMEMBER|\n"
    append(tmp_path / "queue_log", come)
    append(tmp_path / "cel-custom" / "cel.jsonl", b"".join(events[:talking]))
    read_all(ledger)
    with tenant_scope(acme.tenant.pk):
        assert AgentActivity.objects.get(agent=1, until=None).state == "in_call"
    append(tmp_path / "queue_log", f"{last + 5}|NONE|NONE|NONE|QUEUESTART|\n".encode())
    read_all(ledger)
    with tenant_scope(acme.tenant.pk):
        states = [row.state for row in AgentActivity.objects.filter(agent=1).order_by("since")]
        assert states == ["available", "ringing", "in_call", "available"]


def test_members_that_another_pbx_names(tmp_path: Path) -> None:
    """By the phone's extension where it is one of ours; else by the name itself."""
    acme = make_acme()
    (tmp_path / "cel-custom").mkdir()
    text = """
1795300000|MANAGER|acme-support|Local/101@from-queue/n|ADDMEMBER|
1795300010|MANAGER|acme-support|Grace Hopper|ADDMEMBER|
1795300020|17.1|acme-support|NONE|ENTERQUEUE||5550100|1
1795300024|17.1|acme-support|Grace Hopper|RINGNOANSWER|3000
1795300028|17.1|acme-support|Local/101@from-queue/n|CONNECT|8|17.2|3
1795300058|17.1|acme-support|Local/101@from-queue/n|COMPLETECALLER|8|30|1
1795300060|NONE|acme-support|Grace Hopper|PAUSE|tea
"""
    append(tmp_path / "queue_log", text.lstrip().encode())
    read_all(Ledger("pbx1", tmp_path, build_both))
    with tenant_scope(acme.tenant.pk):
        begin = QueueLogLine.objects.order_by("id")[0].at
        told = {
            key: [
                (row.state, row.reason, (row.since - begin).total_seconds())
                for row in AgentActivity.objects.filter(agent=agent, member=member).order_by(
                    "since"
                )
            ]
            for key, agent, member in (("alice", 1, ""), ("grace", None, "Grace Hopper"))
        }
    assert told["alice"] == [
        ("available", "", 0), ("ringing", "", 25), ("in_call", "", 28), ("available", "", 58),
    ]  # fmt: skip
    assert told["grace"] == [
        ("available", "", 10), ("ringing", "", 21), ("available", "", 24), ("paused", "tea", 60),
    ]  # fmt: skip


def fill_activity(cursor: CursorWrapper) -> None:
    """So many rows, and known to the planner, that it does not take any index for as good."""
    cursor.execute(
        """
        INSERT INTO telephony_agentactivity (tenant_id, pbx, member, state, reason, since, until,
            is_logged_in, group_ids, pauses, linkedid, memory)
        SELECT tenant_id, pbx, 'Member ' || n % 20, 'in_call', '',
            to_timestamp(n * 60), to_timestamp(n * 60 + 60), true, '{}', '{}', 'call.' || n, memory
        FROM (SELECT * FROM telephony_agentactivity LIMIT 1) one, generate_series(1, 5000) n
        """
    )
    cursor.execute("SET LOCAL ROLE NONE")
    for table in ("queuelogline", "celline", "callleg", "agentactivity"):
        cursor.execute(f"ANALYZE telephony_{table}")
    cursor.execute(f"SET LOCAL ROLE {APP_ROLE}")


def test_every_statement_has_its_index(tmp_path: Path) -> None:
    """What reads tables that grow for ever must not read the whole of them."""
    make_acme()
    (tmp_path / "cel-custom").mkdir()
    queue_log, events = whole_history()
    append(tmp_path / "queue_log", b"".join(queue_log))
    append(tmp_path / "cel-custom" / "cel.jsonl", b"".join(events))
    read_all(Ledger("pbx1", tmp_path, build_both))
    with system_scope("as the ledger does"):
        forget_activity(pbx="pbx1")
        with CaptureQueriesContext(connection) as asked:
            build_new_activity(pbx="pbx1")
        plans = ""
        with connection.cursor() as cursor:
            fill_activity(cursor)
            cursor.execute("SET LOCAL enable_seqscan = off")
            for one in asked.captured_queries:
                if one["sql"].lstrip().startswith(("SELECT", "WITH", "DELETE")):
                    cursor.execute("EXPLAIN " + one["sql"].replace("%", "%%"), [])
                    plans += "\n".join(row[0] for row in cursor.fetchall())
    for name in ("queue_log_of_member", "activity_of_call", "activity_once"):
        assert name in plans, name
    for table in ("queuelogline", "celline", "callleg", "agentactivity"):
        assert f"Seq Scan on telephony_{table}" not in plans, table
