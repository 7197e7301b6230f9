"""Calls that a restart of the PBX cut off: which one, when its clocks differ, and how long they were."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from callcenter.tenants.scope import system_scope, tenant_scope
from telephony.calls.building import restart_after
from telephony.calls.models import Call, QueueVisit
from telephony.calls.services import build_new_calls, forget_calls
from telephony.calls.shapes import Visit
from telephony.ledger.gaps import mark_alive
from telephony.ledger.reader import Ledger
from tests.telephony.calls.company import RECORDINGS, append, build_all, make_acme, read_all

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RESTARTS = [NOON, NOON + timedelta(minutes=1)]


@pytest.mark.parametrize(
    ("first", "last", "cut_off"),
    [
        (-9.0, 0.0, 0.0),
        (-9.0, 0.7, 0.7),  # the restart is told as 12:00:00, but came after 12:00:00.7
        (-9.0, -0.1, 0.0),
        (0.2, 0.9, 60.0),  # began after the restart, in the same second
        (0.2, 1.0, 60.0),
        (61.0, 62.0, None),
        (60.3, 60.8, None),
    ],
)
def test_a_restart_in_the_second_of_the_last_event_came_after(
    first: float, last: float, cut_off: float | None
) -> None:
    found = restart_after(RESTARTS, NOON + timedelta(seconds=first), NOON + timedelta(seconds=last))
    assert found == (None if cut_off is None else NOON + timedelta(seconds=cut_off))


def test_within_one_second_the_visits_know() -> None:
    stay = Visit(
        queue_id=1, group_id=1, agent_id=None, entered_at=NOON, left_at=NOON, ended_at=NOON,
        wait_seconds=0, talk_seconds=0, outcome="abandoned", reason="restart", caller_number="",
    )  # fmt: skip
    first, last = NOON + timedelta(seconds=0.2), NOON + timedelta(seconds=0.6)
    assert restart_after(RESTARTS, first, last, [stay]) == last
    assert restart_after(RESTARTS, first, last, []) == RESTARTS[1]


CONNECTED = 1_795_300_561
TALKED = RECORDINGS / "01_queue_answered.queue_log"


def began_to_talk(folder: Path) -> Ledger:
    """The caller and agent A talk; the PBX has written nothing since."""
    lines = TALKED.read_bytes().splitlines(keepends=True)
    events = TALKED.with_suffix(".jsonl").read_bytes().splitlines(keepends=True)
    (folder / "cel-custom").mkdir()
    append(folder / "queue_log", b"".join(lines[:2]))
    append(folder / "cel-custom" / "cel.jsonl", b"".join(events[:7]))
    ledger = Ledger("pbx1", folder, build_all)
    read_all(ledger)
    return ledger


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("restarts", "alive", "talked"),
    [
        (4, None, 4),  # it came back at once
        (60, 20, 20),  # and was last seen alive
        (60, None, 0),  # nobody knows for how long
    ],
)
def test_a_talk_lasts_until_the_pbx_died(
    tmp_path: Path, restarts: int, alive: int | None, talked: int
) -> None:
    acme = make_acme()
    if alive is not None:
        with system_scope("the ledger saw it run"):
            mark_alive(pbx="pbx1", at=datetime.fromtimestamp(CONNECTED + alive, UTC))
    ledger = began_to_talk(tmp_path)
    line = f"{CONNECTED + restarts}|NONE|NONE|NONE|QUEUESTART|\n"
    append(tmp_path / "queue_log", line.encode())
    read_all(ledger)

    def seen() -> tuple[object, ...]:
        with tenant_scope(acme.tenant.pk):
            call, visit = Call.objects.get(), QueueVisit.objects.get()
            legs = [round(leg.talk_seconds) for leg in call.legs.all()]
            over = [
                one and round(one.timestamp()) - CONNECTED
                for one in (call.ended_at, visit.ended_at)
            ]
            return (
                call.outcome, call.reason, round(call.talk_seconds), visit.outcome,
                visit.talk_seconds, legs, over,
            )  # fmt: skip

    expected = ("answered", "restart", talked, "answered", talked, [talked] * 2, [talked] * 2)
    assert seen() == expected
    with system_scope("built anew"):
        forget_calls(pbx="pbx1")
        while not build_new_calls(pbx="pbx1").is_all:
            pass
    assert seen() == expected


@pytest.mark.django_db
def test_who_waited_waited_until_the_pbx_died(tmp_path: Path) -> None:
    acme = make_acme()
    with system_scope("the ledger saw it run"):
        mark_alive(pbx="pbx1", at=datetime.fromtimestamp(CONNECTED + 20, UTC))
    append(
        tmp_path / "queue_log",
        f"{CONNECTED}|waits|acme-support|NONE|ENTERQUEUE||4915112345|1\n".encode(),
    )
    ledger = Ledger("pbx1", tmp_path, build_all)
    read_all(ledger)
    append(tmp_path / "queue_log", f"{CONNECTED + 600}|NONE|NONE|NONE|QUEUESTART|\n".encode())
    read_all(ledger)
    with tenant_scope(acme.tenant.pk):
        visit = QueueVisit.objects.get()
        assert (visit.outcome, visit.reason, visit.wait_seconds) == ("abandoned", "restart", 20)
