"""Files that were cut, or copied while they were written: nothing is built of half a line."""

import bz2
from collections.abc import Callable
from io import BytesIO, StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from callcenter.tenants.scope import tenant_scope
from telephony.calls.models import Call, QueueVisit
from telephony.ledger import history
from telephony.ledger.cel_history import CelHistory
from telephony.ledger.history_lines import QueueHistory
from telephony.ledger.models import LedgerGap, UnreadableLine
from tests.telephony.calls.company import Company, make_acme
from tests.telephony.ledger.test_import import FREEPBX
from tests.telephony.ledger.test_import_cel import SCENARIO, as_csv, events
from tests.telephony.ledger.test_import_cel import imports as imports_of

T = 1_700_000_000
ANSWERED = (
    f"{T}|1.1|400|NONE|ENTERQUEUE||5551234|1\n{T + 5}|1.1|400|SIP/9|CONNECT|5|1.2|3\n"
    f"{T + 605}|1.1|400|SIP/9|COMPLETECALLER|5|600|1\n"
).encode()
ABANDONED = (
    f"{T}|1.1|400|NONE|ENTERQUEUE||5551234|1\n{T + 125}|1.1|400|NONE|ABANDON|1|1|125\n"
).encode()


@pytest.fixture
def acme() -> Company:
    return make_acme()


def imports(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    return imports_of("import_queue_log", path)


def visits(acme: Company) -> list[tuple[object, ...]]:
    with tenant_scope(acme.tenant.pk):
        return list(QueueVisit.objects.values_list("outcome", "wait_seconds", "talk_seconds"))


def open_gaps() -> int:
    return LedgerGap.objects.filter(pbx="@acme", cause="unreadable", closed_at=None).count()


@pytest.mark.django_db
@pytest.mark.parametrize("pack", [bytes, bz2.compress])
@pytest.mark.parametrize(
    ("whole", "cut", "known", "visit"),
    [
        (ANSWERED, len("0|1\n"), ("answered", 5, 0), ("answered", 5, 600)),
        (ABANDONED, len("25\n"), ("waiting", 0, 0), ("abandoned", 125, 0)),
    ],
)
def test_a_number_cut_in_two(
    acme: Company,
    tmp_path: Path,
    pack: Callable[[bytes], bytes],
    whole: bytes,
    cut: int,
    known: tuple[object, ...],
    visit: tuple[object, ...],
) -> None:
    number = whole.count(b"\n")
    said = imports(tmp_path / "cut", pack(whole[:-cut]))
    assert visits(acme) == [known]
    assert f"cut:{number}: no line feed at its end: it may be cut off" in said
    assert f"line {number}, the last, has no line feed at its end and may be cut off" in said
    assert "add a line feed to its end and import it again" in said
    with tenant_scope(acme.tenant.pk):
        kept = UnreadableLine.objects.get()
        assert bytes(kept.content) == whole[:-cut].splitlines()[-1]
        assert kept.byte_offset == whole[:-1].rindex(b"\n") + 1
    assert open_gaps() == 1
    said = imports(tmp_path / "again", pack(whole[:-cut]))
    assert "was imported before" in said
    assert f"line {number}, the last, has no line feed" in said
    assert "line feed" not in imports(tmp_path / "whole", pack(whole))
    assert open_gaps() == 0
    assert visits(acme) == [visit]
    call_command("rebuild_figures", tenant="acme", stdout=StringIO())
    assert visits(acme) == [visit]


@pytest.mark.django_db
def test_a_whole_file_that_lacks_its_last_line_feed(acme: Company, tmp_path: Path) -> None:
    assert "import it again" in imports(tmp_path / "q", ANSWERED.rstrip())
    assert "3 lines, 1 of them new" in imports(tmp_path / "q", ANSWERED)
    assert visits(acme) == [("answered", 5, 600)]
    assert "import it again" not in imports(tmp_path / "r", ANSWERED + b" ")


@pytest.mark.django_db
def test_only_the_whole_line_closes_the_gap(acme: Company, tmp_path: Path) -> None:
    imports(tmp_path / "1", ANSWERED[:-4])
    imports(tmp_path / "2", ANSWERED[:-2])
    imports(tmp_path / "3", ANSWERED[:-20] + b"\n")
    imports(tmp_path / "4", b"1699999999|NONE|NONE|NONE|CONFIGRELOAD|\n" + ANSWERED)
    assert open_gaps() == 1
    imports(tmp_path / "5", ANSWERED)
    assert open_gaps() == 0


@pytest.mark.django_db
def test_another_bad_line_keeps_its_gap(acme: Company, tmp_path: Path) -> None:
    begin, _, end = ANSWERED.rstrip(b"\n").rpartition(b"\n")
    imports(tmp_path / "1", begin + b"\nbad\n" + end)
    imports(tmp_path / "2", begin + b"\nbad\n" + end + b"\n")
    assert open_gaps() == 1


@pytest.mark.django_db
def test_killed_after_the_last_line(
    acme: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(history, "_end", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            imports(tmp_path / "q", ANSWERED[:-3])
    assert "line 3, the last, has no line feed" in imports(tmp_path / "q", ANSWERED[:-3])
    with tenant_scope(acme.tenant.pk):
        assert UnreadableLine.objects.count() == 1


@pytest.mark.django_db
def test_channel_events_cut(acme: Company, tmp_path: Path) -> None:
    whole = as_csv(events(), ["eventtype", "eventtime", "uniqueid", "linkedid", "channame"])
    path = tmp_path / "cel.csv"
    path.write_bytes(whole[:-3])
    lines = whole.count(b"\n")
    assert "the last, has no line feed" in imports_of("import_cel", path)
    path.write_bytes(whole)
    assert f"{lines - 1:,} lines, 1 of them new" in imports_of("import_cel", path)
    with tenant_scope(acme.tenant.pk):
        assert Call.objects.exists()


def test_cut_after_any_byte() -> None:
    def rows(content: bytes) -> tuple[set[str], int]:
        block = QueueHistory("@acme", ZoneInfo("UTC")).read(content, 0)
        assert block.has_end == (not block.misfits) == content.endswith(b"\n")
        return set(block.rows), block.lines

    whole, _ = rows(FREEPBX)
    for length in range(1, len(FREEPBX)):
        part, lines = rows(FREEPBX[:length])
        assert part < whole
        assert len(part) == FREEPBX.count(b"\n", 0, length)
        assert lines == len(FREEPBX[:length].splitlines())


def test_channel_events_cut_after_any_byte() -> None:
    told = events(SCENARIO)
    told[3]["name"] = "Alice\nand Bob"
    content = as_csv(told, ["name", "eventtype", "eventtime", "uniqueid", "linkedid", "channame"])
    header = content.index(b"\n") + 1

    def rows(part: bytes) -> set[str]:
        reader = CelHistory("@acme", ZoneInfo("UTC"))
        reader.read_header(BytesIO(content))
        return set(reader.read(part, header).rows)

    whole = rows(content[header:])
    for length in range(1, len(content) - header):
        assert rows(content[header : header + length]) < whole
