"""Calls built from the block that was just read are those that all lines give."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from benchmarks.generate_history import write_company
from telephony.calls import history_blocks
from telephony.calls.plain import plain_calls
from telephony.ledger import history_files
from telephony.ledger.history_lines import ToldLine
from tests.telephony.calls.company import make_acme
from tests.telephony.ledger.test_import import everything, imports

CALLS = 600


@pytest.mark.django_db
def test_the_same_as_from_all_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_acme()
    write_company(tmp_path, number=0, calls=CALLS, groups=3, cel=False)
    path = tmp_path / "queue_log"
    lines = path.read_text().splitlines(keepends=True)
    # a restart, names with what COPY would misread, and a call of two queues
    lines[900:900] = [
        "1735718400|NONE|NONE|NONE|QUEUESTART|\n",
        "1735718401|x.1|t01-g01|NONE|ENTERQUEUE||\\N|1\n",
        "1735718409|x.1|t01-g01|NONE|ABANDON|1|1|8\n",
        "1735718410|x.2|t01-g01|NONE|ENTERQUEUE||anonymous|1\n",
        "1735718412|x.2|t01-g01|NONE|EXITEMPTY|1|1|2\n",
        "1735718412|x.2|t01-g02|NONE|ENTERQUEUE||anonymous|1\n",
        "1735718415|x.2|t01-g02|Agent/102|CONNECT|3|x.3|1\n",
        "1735718425|x.2|t01-g02|Agent/102|COMPLETEAGENT|3|10|1\n",
        "1735718430|x.4|t01-g02|NONE|ENTERQUEUE|\n",
        "1735718432|x.4|t01-g02|Agent/102|CONNECT|2|x.5|1\n",
        "1735718439|x.4|t01-g02|Agent/102|COMPLETECALLER|2|7|1\n",
        "1735718440|x.6|t01-g02|NONE|ENTERQUEUE||5551234|1\n",
        "1735718450|x.6|t01-g02|Agent/999|CONNECT||x.7|1\n",
        "1735718459|x.6|t01-g02|Agent/999|COMPLETECALLER|10|nine|1\n",
    ]
    path.write_text("".join(lines))
    monkeypatch.setattr(history_files, "BLOCK_BYTES", 20_000)
    plain: list[int] = []

    def counted(told: list[ToldLine]) -> object:
        found = plain_calls(told)
        plain.append(len(found[0]))
        return found

    monkeypatch.setattr(history_blocks, "plain_calls", counted)
    imports(path, queue_map=["t01-g01=sales", "t01-g02=support"])
    quick = everything()
    assert len(plain) > 3  # blocks
    assert sum(plain) > CALLS * 0.8
    call_command("rebuild_figures", tenant="acme", stdout=StringIO())
    assert set(map(repr, everything())) ^ set(map(repr, quick)) == set()


def line(
    event: str, place: int, said: str | None, agent: str = "NONE", queue: str = "q"
) -> ToldLine:
    return (event, "1.1", queue, agent, place * 1_000_000, place, said)


ENTER, CONNECT = line("ENTERQUEUE", 1, "555"), line("CONNECT", 5, "4", "A")
COMPLETE = line("COMPLETEAGENT", 9, "4", "A")


@pytest.mark.parametrize(
    "told",
    [
        [ENTER],
        [CONNECT, COMPLETE],
        [ENTER, CONNECT],
        [ENTER, COMPLETE],
        [ENTER, ENTER, CONNECT, COMPLETE],
        [ENTER, CONNECT, COMPLETE, line("ABANDON", 10, "9")],
        [ENTER, CONNECT, COMPLETE, line("", 10, None)],
        [ENTER, CONNECT, COMPLETE, line("BLINDTRANSFER", 10, None)],
        [ENTER, CONNECT, line("COMPLETEAGENT", 9, "4", "B")],
        [ENTER, CONNECT, line("COMPLETEAGENT", 9, "4", "A", "r")],
        [ENTER, line("CONNECT", 5, "4", "A", "r"), COMPLETE],
        [ENTER, CONNECT, line("COMPLETEAGENT", 4, "4", "A")],
        [ENTER, CONNECT, line("COMPLETEAGENT", 9, None, "A")],
        [ENTER, CONNECT, line("COMPLETEAGENT", 9, "123456789", "A")],
        [ENTER, line("ABANDON", 1, "0")],
        [ENTER, line("ABANDON", 7, "six")],
    ],
)
def test_what_is_not_plain(told: list[ToldLine]) -> None:
    assert plain_calls(told) == ([], {"1.1"})


def test_rings_in_vain_make_no_call_odd() -> None:
    rings = [line("RINGNOANSWER", at, "0", agent, queue) for at, agent, queue in (
        (0, "Z", "q"), (1, "A", "q"), (3, "B", "q"), (4, "C", "r"), (5, "B", "q"), (6, "D", "q"),
    )]  # fmt: skip
    (call,), others = plain_calls([*rings, ENTER, CONNECT, COMPLETE])
    assert (call.left_by, others) == (("A", "B", "B"), set())
    assert plain_calls(rings) == ([], {"1.1"})


def test_what_is_plain() -> None:
    answered, others = plain_calls([COMPLETE, ENTER, CONNECT])
    assert others == set()
    assert [(call.wait, call.talk, call.caller, call.agent) for call in answered] == [
        (4, 4, "555", "A")
    ]
    assert plain_calls([ENTER, line("ABANDON", 7, "6")])[0][0].event == "ABANDON"
