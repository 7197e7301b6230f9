"""Each line once and in order, whatever happens to the file, the process or the database."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import OperationalError

from callcenter.tenants.scope import system_scope
from telephony.ledger import services
from telephony.ledger.files import CHUNK_BYTES
from telephony.ledger.lines import QueueRecord, parse_queue_line
from telephony.ledger.models import LedgerFile, QueueLogLine, UnreadableLine
from telephony.ledger.reader import Ledger
from telephony.ledger.selectors import ledger_health
from tests.telephony.calls.company import append, read_all

pytestmark = pytest.mark.django_db


def line(number: int) -> bytes:
    """Longer than most real ones, so that a few of them fill the digests."""
    return f"{1795300000 + number}|call-{number}|alice-sales|NONE|ENTERQUEUE||+3725551{number:04}|1\n".encode()


def lines(*numbers: int) -> bytes:
    return b"".join(line(number) for number in numbers)


def kept() -> list[int]:
    with system_scope("the test counts all"):
        found = QueueLogLine.objects.order_by("id").values_list("callid", flat=True)
        return [int(callid.removeprefix("call-")) for callid in found]


def misfits() -> list[tuple[bytes, str]]:
    with system_scope("the test counts all"):
        rows = UnreadableLine.objects.order_by("id").values_list("content", "reason")
        return [(bytes(content), reason) for content, reason in rows]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "cel-custom").mkdir()
    return tmp_path / "queue_log"


Start = Callable[[], Ledger]


@pytest.fixture
def start(log: Path) -> Start:
    """A fresh process, as far as the ledger is concerned."""
    return lambda: Ledger("pbx1", log.parent, lambda: True)


def test_lines_are_kept_once_and_in_order(log: Path, start: Start) -> None:
    ledger = start()
    read_all(ledger)  # no file yet
    for number in range(20):
        append(log, line(number))
        read_all(ledger)
    read_all(start())
    assert kept() == list(range(20))
    assert LedgerFile.objects.get().lines == 20


def test_a_half_written_line_waits_for_its_end(log: Path, start: Start) -> None:
    ledger = start()
    whole = line(1)
    append(log, line(0) + whole[:30])
    read_all(ledger)
    assert kept() == [0]
    read_all(start())
    append(log, whole[30:])
    read_all(ledger)
    assert kept() == [0, 1]


def test_a_chunk_ends_anywhere(log: Path, start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("telephony.ledger.files.CHUNK_BYTES", 200)
    append(log, lines(*range(50)))
    read_all(start())
    assert kept() == list(range(50))


def test_rename_with_lines_before_and_after(log: Path, start: Start) -> None:
    ledger = start()
    append(log, lines(*range(10)))
    read_all(ledger)
    append(log, line(10))
    log.rename(log.with_name("queue_log.1"))
    append(log.with_name("queue_log.1"), line(11))  # Asterisk has not been told yet
    append(log, line(12))
    read_all(ledger)
    assert kept() == list(range(13))
    read_all(start())
    assert kept() == list(range(13))


def test_several_rotations_while_the_ledger_was_down(log: Path, start: Start) -> None:
    append(log, lines(*range(5)))
    read_all(start())
    append(log, line(5))
    for turn in range(3):
        for age in (3, 2, 1):
            old = log.with_name(f"queue_log.{age}")
            if old.exists():
                old.rename(log.with_name(f"queue_log.{age + 1}"))
        log.rename(log.with_name("queue_log.1"))
        os.utime(log.with_name("queue_log.1"), (1_000_000 + turn, 1_000_000 + turn))
        append(log, lines(6 + turn))
    read_all(start())
    assert kept() == list(range(9))


def test_renamed_compressed_and_removed_at_once(log: Path, start: Start) -> None:
    ledger = start()
    append(log, lines(*range(5)))
    read_all(ledger)
    append(log, line(5))
    log.rename(log.with_name("queue_log.1.gz"))  # its name tells that it is not to be read
    append(log, line(6))
    read_all(ledger)
    assert sorted(kept()) == list(range(7))
    log.with_name("queue_log.1.gz").unlink()
    read_all(ledger)
    assert sorted(kept()) == list(range(7))


def test_copytruncate(log: Path, start: Start) -> None:
    ledger = start()
    append(log, lines(*range(10)))
    read_all(ledger)
    append(log, line(10))  # is in the copy only
    shutil.copy(log, log.with_name("queue_log.1"))
    os.truncate(log, 0)
    append(log, lines(11, 12))
    read_all(ledger)
    read_all(ledger)
    assert kept() == list(range(13))
    read_all(start())
    assert kept() == list(range(13))


def test_copytruncate_then_longer_than_before(log: Path, start: Start) -> None:
    ledger = start()
    append(log, lines(*range(10)))
    read_all(ledger)
    shutil.copy(log, log.with_name("queue_log.1"))
    os.truncate(log, 0)
    append(log, lines(*range(10, 40)))
    read_all(ledger)
    assert kept() == list(range(40))


def test_a_copy_beside_the_live_file_is_not_read(log: Path, start: Start) -> None:
    ledger = start()
    append(log, lines(*range(10)))
    read_all(ledger)
    shutil.copy(log, log.with_name("queue_log.bak"))
    append(log, line(10))
    read_all(ledger)
    read_all(start())
    assert kept() == list(range(11))


@pytest.mark.parametrize("size", [0, 10, 100, 300, 650])
def test_a_file_that_was_cut_short(log: Path, start: Start, size: int) -> None:
    """Nothing that was read before comes again, and what is written after the cut comes."""
    ledger = start()
    append(log, lines(*range(10)))
    read_all(ledger)
    os.truncate(log, size)
    read_all(ledger)
    append(log, b"\n" + lines(*range(10, 20)))
    read_all(ledger)
    read_all(start())
    assert kept() == list(range(20))


def test_the_same_inode_with_another_content(log: Path, start: Start) -> None:
    ledger = start()
    append(log, lines(*range(10)))
    read_all(ledger)
    with log.open("r+b") as file:
        file.truncate(0)
        file.write(lines(*range(10, 15)))
    read_all(ledger)
    assert kept() == list(range(15))


def test_garbage_is_kept_with_its_reason_and_counted(log: Path, start: Start) -> None:
    hostile = b"\x00\xff\xfe" * 20 + b"\n\n" + b"A" * 5000 + b"\n" + b"x|y|z|a|B\n"
    append(log, line(0) + hostile + line(1))
    read_all(start())
    assert kept() == [0, 1]
    assert [reason for _, reason in misfits()] == ["fewer than five fields"] * 2 + ["no time"]
    assert misfits()[0][0] == b"\x00\xff\xfe" * 20
    assert ledger_health("pbx1").unreadable == 3


def test_a_line_without_end_is_kept_in_pieces(log: Path, start: Start) -> None:
    append(log, b"A" * (CHUNK_BYTES + 1000) + b"\n" + line(0))
    read_all(start())
    assert kept() == [0]
    assert [reason for _, reason in misfits()] == ["no end of line", "fewer than five fields"]


def test_the_lost_tail_of_a_rotated_file_is_not_dropped_in_silence(log: Path, start: Start) -> None:
    append(log, lines(*range(5)) + b"1795300009|call-9|ali")
    read_all(start())
    old = log.with_name("queue_log.1")
    log.rename(old)
    append(log, line(5))
    read_all(start())
    assert misfits() == []  # Asterisk may still finish it
    os.utime(old, (1_000_000, 1_000_000))
    read_all(start())
    assert misfits() == [(b"1795300009|call-9|ali", "no end of line")]
    read_all(start())
    assert len(misfits()) == 1
    assert kept() == list(range(6))


def test_a_line_that_the_database_refuses_does_not_hold_up_the_others(
    log: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(log, lines(0, 1, 2))

    def poisoned(content: bytes) -> QueueRecord:
        record = parse_queue_line(content)
        return replace(record, agent="\0") if record.callid == "call-1" else record

    monkeypatch.setattr(services, "parse_queue_line", poisoned)
    read_all(start())
    assert kept() == [0, 2]
    assert misfits()[0][1].startswith("refused: ")


def test_clock_jumps_change_no_order(log: Path, start: Start) -> None:
    backwards = b"1795300001|call-1|alice-sales|NONE|ENTERQUEUE||1|1\n"
    append(log, line(5) + backwards + line(7))
    read_all(start())
    assert kept() == [5, 1, 7]


@pytest.mark.parametrize("fails", ["_insert", "_insert_misfits", "_move_position"])
def test_a_database_that_goes_away_within_a_batch(
    log: Path, start: Start, monkeypatch: pytest.MonkeyPatch, fails: str
) -> None:
    ledger = start()
    append(log, lines(*range(5)) + b"garbage\n")

    def away(*args: object, **options: object) -> None:
        raise OperationalError("the connection is lost")

    with monkeypatch.context() as patch:
        patch.setattr(services, fails, away)
        with pytest.raises(OperationalError):
            read_all(ledger)
    assert kept() == []
    ledger._positions = None  # what run() does before it tries again
    for folder in ledger._folders.values():
        folder.forget()
    read_all(ledger)
    assert kept() == list(range(5))
    assert len(misfits()) == 1


def test_two_writers_are_noticed(log: Path, start: Start) -> None:
    first, second = start(), start()
    append(log, line(0))
    read_all(first)
    read_all(second)
    append(log, line(1))
    read_all(first)
    with pytest.raises(services.PositionMoved):
        read_all(second)
    assert kept() == [0, 1]


def test_cel_files_of_any_name(log: Path, start: Start) -> None:
    recording = Path(__file__).parent / "recordings" / "01_queue_answered.jsonl"
    folder = log.parent / "cel-custom"
    shutil.copy(recording, folder / "cel.jsonl.1")
    shutil.copy(recording.with_name("02_queue_abandoned.jsonl"), folder / "cel.jsonl")
    (folder / "notes.txt").write_text("not ours")
    read_all(start())
    assert sorted(LedgerFile.objects.values_list("name", "lines")) == [
        ("cel.jsonl", 7),
        ("cel.jsonl.1", 15),
    ]
