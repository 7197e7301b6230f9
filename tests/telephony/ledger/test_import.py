"""Another PBX's history: each line once, whatever the files are like, and figures counted by hand."""

import bz2
import gzip
import lzma
import random
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from callcenter.tenants.scope import system_scope, tenant_scope
from telephony.calls.models import Call, QueueVisit
from telephony.ledger.models import LedgerGap, QueueLogLine, UnreadableLine
from telephony.ledger.selectors import unknown_events
from tests.telephony.calls.company import Company, make_acme, make_globex
from tests.telephony.calls.test_recordings import snapshot

pytestmark = pytest.mark.django_db

FREEPBX = b"""\
1700000000|NONE|NONE|NONE|QUEUESTART|
1700000001|NONE|NONE|NONE|CONFIGRELOAD|
1700000010|NONE|400|Local/101@from-queue/n|ADDMEMBER|
1700000020|NONE|NONE|Agent/102|AGENTLOGIN|SIP/102
1700000030|NONE|all|Maria Tamm|PAUSE|Lunch break
1700000100|1700000095.7|400|NONE|DID|6123456
1700000100|1700000095.7|400|NONE|ENTERQUEUE||5551234|1
1700000103|1700000095.7|400|Local/101@from-queue/n|RINGNOANSWER|0
1700000103|1700000095.7|400|Local/101@from-queue/n|RINGNOANSWER|0
1700000110|1700000095.7|400|Local/101@from-queue/n|CONNECT|10|1700000104.9|6
1700000170|1700000095.7|400|Local/101@from-queue/n|COMPLETECALLER|10|60|1
1700000200|1700000195.7|400|NONE|ENTERQUEUE||5551235|1
1700000230|1700000195.7|400|NONE|ABANDON|1|1|30
1700000300|1700000295.7|401|NONE|ENTERQUEUE||5551236|2
1700000345|1700000295.7|401|NONE|EXITWITHTIMEOUT|2
1700000400|1700000395.7|401|NONE|JOINEMPTY
1700000400|1700000395.7|400|NONE|ENTERQUEUE||5551237|1
1700000412|1700000395.7|400|Agent/102|CONNECT|12|1700000405.9
1700000450|1700000395.7|400|Agent/102|TRANSFER|501|from-internal|12|38
1700000500|1700000495.7|400|NONE|ENTERQUEUE||5551238|1
1700000509|1700000495.7|400|Maria Tamm|CONNECT|9|1700000501.2|3
1700000540|1700000495.7|400|Maria Tamm|ATTENDEDTRANSFER|LINK|SIP/1-1|SIP/2-2|9|31|1
1700000600|1700000595.7|400|NONE|ENTERQUEUE||5551239|1
1700000602|1700000595.7|400|NONE|EXITWITHKEY|1|1
1700000700|1700000695.7|400|NONE|ENTERQUEUE||5551240|1
1700000705|1700000695.7|400|Agent/102|CONNECT|5|1700000701.2|3
1700000735|1700000695.7|400|Agent/102|BLINDTRANSFER|502|from-internal|5|30|1
1700000735|1700000695.7|401|NONE|ENTERQUEUE||5551240|1
1700000745|1700000695.7|401|NONE|EXITEMPTY|1|1|10
1700000800|1700000795.7|400|NONE|SOMETHINGNEW|a|b|c|d|e|f|g
"""
# queue, outcome, reason, member, wait, talk: as a person reads the lines above
VISITS = [
    ("400", "answered", "", "Local/101@from-queue/n", 10, 60),
    ("400", "abandoned", "", "", 30, 0),
    ("401", "overflowed", "timeout", "", 45, 0),
    ("401", "overflowed", "no_agents", "", 0, 0),
    ("400", "answered", "", "Agent/102", 12, 38),
    ("400", "answered", "", "Maria Tamm", 9, 31),
    ("400", "overflowed", "key", "", 2, 0),
    ("400", "answered", "", "Agent/102", 5, 30),
    ("401", "overflowed", "agents_left", "", 10, 0),
]
LINES = len(FREEPBX.splitlines())


@pytest.fixture
def acme() -> Company:
    return make_acme()


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(content: bytes, name: str = "queue_log") -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return written


def imports(*paths: Path, **options: object) -> str:
    out = StringIO()
    call_command(
        "import_queue_log", *map(str, paths), stdout=out,
        **{"tenant": "acme", "timezone": "Europe/Tallinn", **options},
    )  # fmt: skip
    return out.getvalue()


def visits() -> list[tuple[object, ...]]:
    with system_scope("the test counts all"):
        found = QueueVisit.objects.order_by("entered_at", "callid", "stay")
        return list(
            found.values_list(
                "queue_name", "outcome", "reason", "member", "wait_seconds", "talk_seconds"
            )
        )


def counted() -> int:
    with system_scope("the test counts all"):
        return QueueLogLine.objects.count()


def test_every_flavour_is_understood_or_kept(acme: Company, write: Write) -> None:
    said = imports(write(FREEPBX), queue_map=["400=support"])
    assert sorted(visits(), key=repr) == sorted(VISITS, key=repr)
    assert counted() == LINES
    assert "SOMETHINGNEW 1" in said
    assert "Kept under their own names (queues): 401, all" in said
    assert unknown_events("@acme") == {"SOMETHINGNEW": 1}
    with tenant_scope(acme.tenant.pk):
        found = QueueVisit.objects.filter(queue_name="400")
        assert {visit.group_id for visit in found} == {acme.groups["support"].pk}
        assert {visit.group_id for visit in QueueVisit.objects.filter(queue_name="401")} == {None}
        agents = dict(found.exclude(member="").values_list("member", "agent_id"))
        assert agents == {"Local/101@from-queue/n": 1, "Agent/102": 2, "Maria Tamm": None}
        first = Call.objects.get(linkedid="1700000095.7")
        assert (first.direction, first.outcome, first.agent_id) == ("in", "answered", 1)
        assert first.answered_at == datetime.fromtimestamp(1700000110, UTC)


def test_the_mark_of_an_editor_is_no_part_of_the_first_line(acme: Company, write: Write) -> None:
    said = imports(write(b"\xef\xbb\xbf" + FREEPBX))
    assert "could not be read" not in said
    once = everything()
    imports(write(FREEPBX, "plain"))
    assert counted() == LINES
    assert everything() == once


def test_the_old_agents_can_be_named(acme: Company, write: Write) -> None:
    path = write(FREEPBX)
    imports(path)
    said = imports(path, agent_map=["Maria Tamm=103"], queue_map=["401=sales", "400=support"])
    assert "was imported before" in said
    with tenant_scope(acme.tenant.pk):
        assert QueueVisit.objects.get(member="Maria Tamm").agent_id == 3
        groups = set(QueueVisit.objects.values_list("group__name", flat=True))
        assert groups == {"Support", "Sales"}
    with pytest.raises(CommandError, match="no queue nowhere"):
        imports(path, queue_map=["400=nowhere"])
    with pytest.raises(CommandError, match="no agent 999999999"):
        imports(path, agent_map=["x=999999999"])


@pytest.mark.parametrize(
    ("ending", "visit"),
    [
        ("NONE|EXITWITHTIMEOUT|1", ("400", "overflowed", "timeout", "", 30, 0)),
        ("NONE|EXITWITHKEY|1|1", ("400", "overflowed", "key", "", 30, 0)),
        ("SIP/9|TRANSFER|400|x", ("400", "answered", "", "SIP/9", 30, 0)),
        ("SIP/9|ATTENDEDTRANSFER|LINK|a|b|0|30|1", ("400", "answered", "", "SIP/9", 0, 30)),
    ],
)
@pytest.mark.parametrize("cut", [0, 1, 2, 3, -2])
def test_a_return_to_the_queue_in_the_second_of_the_exit(
    acme: Company, write: Write, ending: str, visit: tuple[object, ...], cut: int
) -> None:
    """As a dialplan that calls Queue() in a loop writes it. A cut of -2: after two, the later first."""
    lines = [
        "1700000000|1.1|400|NONE|ENTERQUEUE||5551234", f"1700000030|1.1|400|{ending}",
        "1700000030|1.1|400|NONE|ENTERQUEUE||5551234", "1700000050|1.1|400|SIP/2|CONNECT|20|1.2",
        "1700000150|1.1|400|SIP/2|COMPLETECALLER|20|100",
    ]  # fmt: skip
    parts = lines[: abs(cut)], lines[abs(cut) :]
    for place, part in enumerate(parts if cut > 0 else reversed(parts)):
        imports(write("".join(f"{line}\n" for line in part).encode(), f"q{place}"))
    found = ("400", "answered", "", "SIP/2", 20, 100)
    assert visits() == [visit, found]
    call_command("rebuild_figures", tenant="acme", stdout=StringIO())
    assert visits() == [visit, found]


def everything() -> list[tuple[object, ...]]:
    with system_scope("the test compares all"):
        return snapshot()


def test_twice_overlapping_rotated_compressed_and_in_any_order(acme: Company, write: Write) -> None:
    imports(write(FREEPBX))
    once = everything()
    lines = FREEPBX.splitlines(keepends=True)
    imports(write(FREEPBX, "again"))
    dice = random.Random(3)
    packs: tuple[Callable[[bytes], bytes], ...] = (
        gzip.compress, bz2.compress, lzma.compress, bytes,
    )  # fmt: skip
    for turn, pack in enumerate(packs):
        begin = dice.randrange(len(lines))
        part = b"".join(lines[begin : begin + dice.randrange(1, 20)])
        imports(write(pack(part), f"queue_log.{turn}"))
    assert counted() == LINES
    assert everything() == once


@pytest.mark.parametrize("seed", range(25))
def test_cut_anywhere_doubled_and_shuffled_gives_the_same(
    acme: Company, write: Write, seed: int
) -> None:
    dice = random.Random(seed)
    lines = FREEPBX.splitlines(keepends=True)
    cuts = sorted(dice.sample(range(1, LINES), 4))
    parts = [
        lines[max(0, begin - dice.randrange(4)) : end]
        for begin, end in zip([0, *cuts], [*cuts, LINES], strict=True)
    ]
    parts.append(list(dice.choice(parts)))
    if seed % 3 == 0:  # one file that has some of it twice
        parts[0] = parts[0] + parts[1] + parts[0]
    dice.shuffle(parts)
    paths = [write(b"".join(part), f"queue_log.{place}") for place, part in enumerate(parts)]
    if seed % 2:
        imports(*paths)
    else:
        for path in paths:
            imports(path)
    assert sorted(visits(), key=repr) == sorted(VISITS, key=repr)
    # of equal lines that meet within one second nobody can tell whether they are one or two
    with system_scope("the test counts all"):
        told = QueueLogLine.objects.values("at", "callid", "agent", "event", "queue").distinct()
        assert told.count() == LINES - 1


@pytest.mark.parametrize("seed", range(15))
def test_lines_dealt_out_to_files_like_cards(acme: Company, write: Write, seed: int) -> None:
    dice = random.Random(seed)
    files: list[list[bytes]] = [[], [], []]
    for line in FREEPBX.splitlines(keepends=True):
        dice.choice(files).append(line)
    imports(*(write(b"".join(part), f"q{place}") for place, part in enumerate(files)))
    assert sorted(visits(), key=repr) == sorted(VISITS, key=repr)


def test_a_file_with_every_line_twice(acme: Company, write: Write) -> None:
    doubled = b"".join(line + line for line in FREEPBX.splitlines(keepends=True))
    imports(write(doubled))
    # app_queue may refuse a caller twice in a second; nothing else can happen twice
    twice = ("401", "overflowed", "no_agents", "", 0, 0)
    assert sorted(visits(), key=repr) == sorted([*VISITS, twice], key=repr)


def test_bad_lines_are_told_and_kept(acme: Company, write: Write, tmp_path: Path) -> None:
    lines = FREEPBX.splitlines(keepends=True)
    lines[3:3] = [b"garbage\n", b"\n", b"soon|a|b|c|CONNECT\n", b"1700000025|cut-off|4"]
    said = imports(write(b"".join(lines)))
    assert "queue_log:4: fewer than five fields: 'garbage'" in said
    assert "queue_log:6: no time" in said
    report = tmp_path / "report"
    imports(write(b"x\n" + FREEPBX, "other"), report=report)
    assert "other:1: fewer than five fields: 'x'" in report.read_text()
    with tenant_scope(acme.tenant.pk):
        assert UnreadableLine.objects.count() == 3
    assert LedgerGap.objects.filter(pbx="@acme", cause="unreadable").exists()


@pytest.mark.parametrize("lines", [b"", b"1700000000|NONE|NONE|NONE|QUEUESTART|\n"])
def test_lines_without_a_time(acme: Company, write: Write, lines: bytes) -> None:
    said = imports(write(lines + b"|1.1|400|NONE|ENTERQUEUE||5\n" + FREEPBX))
    assert (
        f"queue_log:{1 + len(lines.splitlines())}: no time: '|1.1|400|NONE|ENTERQUEUE||5'" in said
    )
    assert sorted(visits(), key=repr) == sorted(VISITS, key=repr)


def test_bytes_of_strangers(acme: Company, write: Write) -> None:
    hostile = (
        b"1700000000|h.1|400|NONE|ENTERQUEUE||\\N\t\x00\xff\\.|1\r\n"
        b"1700000009|h.1|400|NONE|ABANDON|1|1|9\r\n\\.\n"
    )
    imports(write(hostile))
    assert visits() == [("400", "abandoned", "", "", 9, 0)]
    with tenant_scope(acme.tenant.pk):
        assert QueueVisit.objects.get().caller_number == "\\N\t\ufffd\ufffd\\."
        assert Call.objects.get().caller_number == "\\N \ufffd\ufffd\\."


def test_names_that_copy_would_misread(acme: Company, write: Write) -> None:
    told = (
        "1700000000|s\\t.{0}|sup\\n\tport|NONE|ENTERQUEUE||555|1\n1700000009|s\\t.{0}|sup\\n\tport|"
    )
    lines = told.format(1) + "A\\B|CONNECT|9|x|1\n" + told.format("\t2") + "NONE|ABANDON|1|1|9\n"
    lines += told.format("\r3") + "NONE|ABANDON|1|1|9\n"
    maps = {"queue_map": ["sup\\n\tport=support"], "agent_map": ["A\\B=102"]}
    imports(write(lines.encode()), **maps)
    once = everything()
    with tenant_scope(acme.tenant.pk):
        assert Call.objects.count() == 3
        groups = QueueVisit.objects.values_list("group_id", flat=True)
        assert set(groups) == {acme.groups["support"].pk}
        assert QueueVisit.objects.get(member="A\\B").agent_id == 2
    call_command("rebuild_figures", tenant="acme", stdout=StringIO())
    assert everything() == once


def local(stamps: list[str]) -> bytes:
    """Calls that wait 10 s, one at each local time."""
    return "".join(
        f"{stamp}|c{place}|400|NONE|ENTERQUEUE||555|1\n{stamp[:-2]}{int(stamp[-2:]) + 10}"
        f"|c{place}|400|NONE|ABANDON|1|1|10\n"
        for place, stamp in enumerate(stamps)
    ).encode()


def test_local_times_of_days_with_23_and_25_hours(acme: Company, write: Write) -> None:
    """Tallinn: on 29 October 2023 03:00 to 04:00 came twice, on 26 March it never came."""
    stamps = [
        "2023-10-29 02:30:00", "2023-10-29 03:30:00", "2023-10-29 03:50:00",
        "2023-10-29 03:10:00", "2023-10-29 03:40:00", "2023-10-29 04:10:00",
    ]  # fmt: skip
    said = imports(write(local(stamps)))
    assert "of an hour that came twice" in said
    spring = ["2023-03-26 02:59:00", "2023-03-26 04:00:00"]
    imports(write(local(spring).replace(b"|c", b"|s"), "spring"))
    with system_scope("the test counts all"):
        found = QueueVisit.objects.filter(callid__startswith="c").order_by("callid")
        told = [visit.entered_at.strftime("%H:%M") for visit in found]
        assert told == ["23:30", "00:30", "00:50", "01:10", "01:40", "02:10"]
        found = QueueVisit.objects.filter(callid__startswith="s").order_by("callid")
        assert [visit.entered_at.strftime("%H:%M") for visit in found] == ["00:59", "01:00"]
        assert set(QueueVisit.objects.values_list("wait_seconds", flat=True)) == {10}


def test_a_clock_that_was_set_back_within_a_call(acme: Company, write: Write) -> None:
    imports(
        write(
            b"1700001000|j.1|400|NONE|ENTERQUEUE||555|1\n"
            b"1700000903|j.1|400|Agent/102|CONNECT|4|x|2\n"
            b"1700000910|j.1|400|Agent/102|COMPLETEAGENT|4|7|1\n"
            b"1700000950|j.2|400|NONE|ENTERQUEUE||556|1\n"
            b"1700001020|j.2|400|NONE|ABANDON|1|1|70\n"
        )
    )
    assert sorted(visits(), key=repr) == [
        ("400", "abandoned", "", "", 70, 0),
        ("400", "answered", "", "Agent/102", 4, 7),
    ]
    gap = LedgerGap.objects.get(cause="clock_jump")
    assert (gap.since.timestamp(), gap.until.timestamp()) == (1700000903, 1700001000)


def test_both_ways_of_building_give_the_same_rows(
    acme: Company, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Set by set in SQL, and one by one as live calls are."""
    lines = (
        FREEPBX + b"1700009000|NONE|NONE|NONE|QUEUESTART|\n1700009500|r|400|NONE|ENTERQUEUE||1|1\n"
    )
    lines += b"1700009990|q|400|NONE|CLOSED\n1700009991|p|400|NONE|ENTERQUEUE||+37255512345|1\n"
    imports(write(lines), queue_map=["400=support", "401=sales"])
    by_sets = everything()
    assert len(by_sets) > 20
    monkeypatch.setattr("telephony.calls.history._with_events", lambda _pbx, callids: callids)
    call_command("rebuild_figures", tenant="acme", stdout=StringIO())
    assert set(map(repr, everything())) ^ set(map(repr, by_sets)) == set()


def test_rebuilding_gives_the_same(acme: Company, write: Write) -> None:
    imports(write(FREEPBX), queue_map=["400=support"])
    with tenant_scope(acme.tenant.pk):
        acme.groups["support"].short_abandon_seconds = 99
        acme.groups["support"].save()
    once = everything()
    call_command("rebuild_figures", stdout=StringIO())
    assert everything() == once


def test_two_companies_with_the_same_call_ids(acme: Company, write: Write) -> None:
    globex = make_globex()
    path = write(FREEPBX)
    imports(path)
    imports(path, tenant="globex")
    for tenant in (acme.tenant, globex.tenant):
        with tenant_scope(tenant.pk):
            assert (QueueVisit.objects.count(), Call.objects.count()) == (9, 7)
            assert QueueLogLine.objects.count() == LINES


def test_what_cannot_be_imported(acme: Company, write: Write, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no company nobody"):
        imports(write(FREEPBX), tenant="nobody")
    with pytest.raises(CommandError, match="no time zone"):
        imports(write(FREEPBX), timezone="Mars/Olympus")
    with pytest.raises(CommandError, match="No such file"):
        imports(tmp_path / "missing")
    broken = gzip.compress(FREEPBX)[:-20]
    with pytest.raises(CommandError, match="Not read to the end"):
        imports(write(broken, "broken.gz"))
    imports(write(gzip.compress(FREEPBX), "whole.gz"))
    assert sorted(visits(), key=repr) == sorted(VISITS, key=repr)
