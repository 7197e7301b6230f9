"""What is missing is found, said, and forgotten when it turns up."""

import gzip
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callcenter.tenants.scope import system_scope
from reports.rendering.document import Badge
from reports.statistics.completeness_words import badge_of
from telephony.ledger.completeness import (
    CLOCK_JUMP,
    MISSING_FILE,
    PBX_AWAY,
    UNREADABLE,
    Completeness,
    Gap,
    Told,
    completeness_within,
    doubts,
)
from telephony.ledger.models import LedgerGap, LedgerMark, QueueLogLine
from telephony.ledger.reader import Ledger
from telephony.ledger.selectors import completeness_of
from tests.telephony.calls.company import append, make_acme, read_all

T = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T + timedelta(seconds=seconds)


@given(
    st.lists(st.tuples(st.integers(-50, 150), st.integers(1, 60)), max_size=8),
    st.integers(0, 60),
    st.integers(1, 60),
)
def test_missing_seconds_are_those_in_any_gap(
    spans: list[tuple[int, int]], begin: int, length: int
) -> None:
    gaps = [Gap(at(since), at(since + long), PBX_AWAY) for since, long in spans]
    found = completeness_within(gaps, at(begin), at(begin + length), None)
    seconds = {
        second
        for since, long in spans
        for second in range(since, since + long)
        if begin <= second < begin + length
    }
    assert found.missing_seconds == len(seconds)
    assert all(at(begin) <= one.since < one.until <= at(begin + length) for one in found.gaps)


def told(*lines: float | str | None) -> list[Told]:
    return [
        Told(None) if one is None else Told(at(float(one)), isinstance(one, str)) for one in lines
    ]


@pytest.mark.parametrize(
    ("lines", "gaps"),
    [
        (told(0, 1, 1, 600), []),
        (told(0, "2"), []),  # a restart at once
        (told(0, "300"), [Gap(at(120), at(300), PBX_AWAY)]),  # it was seen alive at 120
        (told(200, "300"), [Gap(at(200), at(300), PBX_AWAY)]),
        (told(10, None, None, 20), [Gap(at(10), at(20), UNREADABLE)]),
        (told(10, None, 10), [Gap(at(10), at(11), UNREADABLE)]),
        (told(10, None), [Gap(at(10), at(11), UNREADABLE)]),
        (told(100, 40, 41), [Gap(at(40), at(100), CLOCK_JUMP)]),
        (told(100, 99, 100), []),
        (told(100, 9000), [Gap(at(1000), at(9000), CLOCK_JUMP)]),  # now is 1000
    ],
)
def test_what_lines_give_cause_to_doubt(lines: list[Told], gaps: list[Gap]) -> None:
    assert doubts(lines, None, at(120), at(1000)) == gaps


TALLINN = ZoneInfo("Europe/Tallinn")


@pytest.mark.parametrize(
    ("completeness", "badge"),
    [
        (Completeness(at(3600)), Badge("complete", "complete")),
        (Completeness(at(162)), Badge("running", "complete to 12:02:42")),
        (Completeness(at(62)), Badge("incomplete", "complete to 12:01:02")),
        (Completeness(at(-86400)), Badge("incomplete", "complete to 2026-11-19 12:00:00")),
        (Completeness(None), Badge("incomplete", "not known whether complete")),
        (
            Completeness(at(3600), (Gap(at(0), at(150), PBX_AWAY),), 150),
            Badge("incomplete", "3 min missing"),
        ),
        (
            Completeness(at(62), (Gap(at(0), at(5), PBX_AWAY),), 5),
            Badge("incomplete", "5 s missing, complete to 12:01:02"),
        ),
        (
            Completeness(at(3600), (Gap(at(-9000), at(0), PBX_AWAY),), 9000),
            Badge("incomplete", "3 hours missing"),
        ),
    ],
)
def test_the_badge(completeness: Completeness, badge: Badge) -> None:
    assert badge_of(completeness, until=at(3600), zone=TALLINN, at=at(170)) == badge


# --- the files of a PBX ---------------------------------------------------------------------------
def line(number: int) -> bytes:
    return f"{int(at(number * 10).timestamp())}|call-{number}|acme-support|NONE|ENTERQUEUE||+37255512{number:03}|1\n".encode()


def lines(*numbers: int) -> bytes:
    return b"".join(map(line, numbers))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "cel-custom").mkdir()
    return tmp_path / "queue_log"


Start = Callable[[], Ledger]


@pytest.fixture
def start(log: Path) -> Start:
    return lambda: Ledger("pbx1", log.parent, lambda: True)


def gaps() -> list[tuple[str, float, float]]:
    found = LedgerGap.objects.filter(closed_at=None).order_by("since")
    return [
        (gap.cause, (gap.since - T).total_seconds(), (gap.until - T).total_seconds())
        for gap in found
    ]


def kept() -> int:
    with system_scope("the test counts all"):
        return QueueLogLine.objects.count()


@pytest.mark.django_db
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_file_that_was_missing_and_turned_up(
    log: Path, start: Start, pack: Callable[[bytes], bytes]
) -> None:
    acme = make_acme()
    append(log, lines(*range(10)))
    read_all(start())
    content = log.read_bytes() + lines(10, 11, 12)
    log.unlink()
    append(log, lines(30, 31))
    ledger = start()
    read_all(ledger)
    assert gaps() == [(MISSING_FILE, 90, 300)]
    found = completeness_of(acme.tenant, at(0), at(200))
    assert found.missing_seconds == 110
    assert found.gaps == (Gap(at(90), at(200), MISSING_FILE),)
    assert completeness_of(acme.tenant, at(300), at(400)).gaps == ()
    suffix = ".gz" if pack is gzip.compress else ""
    log.with_name(f"queue_log.1{suffix}").write_bytes(pack(content))
    read_all(start())
    assert gaps() == []
    assert kept() == 15
    read_all(start())
    assert kept() == 15


@pytest.mark.django_db
def test_rotation_leaves_no_gap(log: Path, start: Start) -> None:
    ledger = start()
    for turn in range(4):
        append(log, lines(turn * 10, turn * 10 + 1))
        read_all(ledger)
        log.rename(log.with_name(f"queue_log.{turn}"))
        append(log.with_name(f"queue_log.{turn}"), line(turn * 10 + 2))
        if turn == 2:
            ledger = start()
    read_all(ledger)
    assert (gaps(), kept()) == ([], 12)


@pytest.mark.django_db
def test_compressed_at_once_while_the_ledger_was_down(log: Path, start: Start) -> None:
    append(log, lines(*range(10)))
    read_all(start())
    append(log, lines(10, 11))
    log.with_name("queue_log.1.gz").write_bytes(gzip.compress(log.read_bytes()))
    log.unlink()
    append(log, lines(30, 31))
    ledger = start()
    read_all(ledger)
    read_all(ledger)
    append(log, line(32))
    read_all(ledger)
    assert (gaps(), kept()) == ([], 15)


@pytest.mark.django_db
def test_truncated_behind_the_ledgers_back(log: Path, start: Start) -> None:
    append(log, lines(*range(10)))
    read_all(start())
    os.truncate(log, 0)
    append(log, lines(40))
    read_all(start())
    assert gaps() == [(MISSING_FILE, 90, 400)]


@pytest.mark.django_db
def test_marks_and_a_pbx_that_was_away(log: Path, start: Start) -> None:
    acme = make_acme()
    append(log, lines(0))
    ledger = start()
    read_all(ledger)
    now = datetime.now(UTC)
    with system_scope("as the ledger's own loop"):
        ledger._watch.note_complete(now, lambda: True)
    mark = LedgerMark.objects.get()
    assert (mark.complete_to, mark.alive_at) == (now, now)
    assert completeness_of(acme.tenant, at(0), now).complete_to == now
    LedgerMark.objects.update(alive_at=at(60))
    append(log, f"{int(at(240).timestamp())}|NONE|NONE|NONE|QUEUESTART|\n".encode())
    read_all(start())
    assert gaps() == [(PBX_AWAY, 60, 240)]


@pytest.mark.django_db
def test_bad_lines_and_clocks(log: Path, start: Start) -> None:
    append(log, line(1) + b"garbage\n" + line(2) + line(60) + line(5))
    read_all(start())
    assert gaps() == [(UNREADABLE, 10, 20), (CLOCK_JUMP, 50, 600)]


@pytest.mark.django_db
def test_nothing_is_complete_while_the_file_is_away(log: Path, start: Start) -> None:
    def followed(ledger: Ledger) -> bool:
        read_all(ledger)
        return ledger._is_followed()

    assert followed(start())  # a new PBX has written nothing
    append(log, lines(0))
    ledger = start()
    assert followed(ledger)
    away = log.with_name("away")
    log.rename(away)
    assert followed(ledger)  # it has the file open
    assert not followed(start())
    away.rename(log.with_name("queue_log.1"))
    assert followed(start())
    log.with_name("queue_log.1").unlink()
    append(log, lines(5))
    assert followed(start())
