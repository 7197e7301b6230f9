"""Whose phone a queue rang in vain: each ring with the stay that it is of, by every way of building."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from callcenter.tenants.scope import system_scope
from telephony.calls.models import QueueVisit
from telephony.ledger.reader import Ledger
from tests.telephony.calls.company import append, build_all, make_acme, make_globex, read_all

pytestmark = pytest.mark.django_db
BEGIN = 1717397000
QUEUES = ["acme-support=support", "acme-sales=sales"]
Told = list[tuple[int, str, str, str, str]]
Stays = dict[tuple[str, int], list[int] | None]


def lines(told: Told) -> bytes:
    """`told`: second, call, queue, agent, event and its data."""
    return b"".join(
        f"{BEGIN + second}|{callid}|{queue}|{agent}|{event}\n".encode()
        for second, callid, queue, agent, event in told
    )


def rang(second: int, agent: str, queue: str = "acme-support", callid: str = "c.1") -> Told:
    return [(second, callid, queue, agent, "RINGNOANSWER|1000")]


ENTRY = (10, "c.1", "acme-support", "NONE", "ENTERQUEUE||5551234|1")
ABANDON = (40, "c.1", "acme-support", "NONE", "ABANDON|1|1|30")
ANSWERED: Told = [
    (30, "c.1", "acme-support", "acme-a1", "CONNECT|20|c.2|3"),
    (90, "c.1", "acme-support", "acme-a1", "COMPLETEAGENT|20|60|1"),
]
SCENES: dict[str, tuple[Told, Stays]] = {
    "nobody": ([ENTRY, (12, "c.1", "acme-support", "acme-a1", "RINGCANCELED|2000"), ABANDON],
               {("c.1", 1): None}),
    "each agent once": (
        [ENTRY, *rang(15, "acme-a2"), *rang(20, "acme-a1"), *rang(25, "acme-a2"), ABANDON],
        {("c.1", 1): [1, 2]}),
    "and who answered at last": ([ENTRY, *rang(20, "acme-a1"), *ANSWERED], {("c.1", 1): [1]}),
    "in the seconds of the entry and of the end": (
        [ENTRY, *rang(10, "acme-a1"), *rang(40, "acme-a2"), ABANDON], {("c.1", 1): [1, 2]}),
    "while it waits": ([ENTRY, *rang(20, "acme-a1")], {("c.1", 1): [1]}),
    "not after the answer": ([ENTRY, *ANSWERED, *rang(31, "acme-a2")], {("c.1", 1): None}),
    "nobody whom we know": (
        [ENTRY, *rang(20, "globex-a1"), *rang(21, "SIP/9|x"), *rang(22, "acme-a1"), ABANDON],
        {("c.1", 1): [0, 1]}),
    "the queue that rang": (
        [ENTRY, *rang(20, "acme-a1"), *rang(20, "acme-a3", "acme-sales"), ABANDON,
         (40, "c.1", "acme-sales", "NONE", "ENTERQUEUE||5551234|1"), *rang(45, "acme-a2", "acme-sales"),
         (50, "c.1", "acme-sales", "NONE", "EXITWITHTIMEOUT|1|1|10")],
        {("c.1", 1): [1], ("c.1", 2): [2]}),
    "the same queue again, in the second of the first end": (
        [ENTRY, *rang(40, "acme-a1"), ABANDON,
         (40, "c.1", "acme-support", "NONE", "ENTERQUEUE||5551234|1"), *rang(44, "acme-a2"),
         (50, "c.1", "acme-support", "NONE", "ABANDON|1|1|10")],
        {("c.1", 1): [1], ("c.1", 2): [2]}),
    "of a call whose beginning is lost": ([*rang(20, "acme-a2"), *ANSWERED], {("c.1", 1): [2]}),
    "of no stay at all": (rang(20, "acme-a1"), {}),
    "of two calls": (
        [ENTRY, (11, "c.9", "acme-support", "NONE", "ENTERQUEUE||5551235|2"),
         *rang(20, "acme-a1", callid="c.9"), ABANDON,
         (45, "c.9", "acme-support", "NONE", "ABANDON|1|1|34")],
        {("c.1", 1): None, ("c.9", 1): [1]}),
}  # fmt: skip


def stays() -> Stays:
    with system_scope("the test looks at all"):
        return {(one.callid, one.stay): one.left_by for one in QueueVisit.objects.all()}


@pytest.mark.parametrize("scene", SCENES)
def test_of_our_own_pbx_line_by_line(tmp_path: Path, scene: str) -> None:
    told, expected = SCENES[scene]
    make_acme()
    ledger = Ledger("pbx1", tmp_path, build_all)
    for line in lines(told).splitlines(keepends=True):
        append(tmp_path / "queue_log", line)
        read_all(ledger)
    assert stays() == expected


def imported(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    call_command(
        "import_queue_log", path, tenant="acme", timezone="UTC", queue_map=QUEUES,
        agent_map=["SIP/2001=102"], stdout=StringIO(),
    )  # fmt: skip


@pytest.mark.parametrize("scene", SCENES)
def test_imported_and_built_again(tmp_path: Path, scene: str) -> None:
    told, expected = SCENES[scene]
    make_acme()
    imported(tmp_path / "whole", lines(told))
    assert stays() == expected
    call_command("rebuild_figures", tenant="acme", stdout=StringIO())
    assert stays() == expected


@pytest.mark.parametrize("is_ring_first", [True, False])
def test_the_rings_alone_come_in_another_file(tmp_path: Path, is_ring_first: bool) -> None:
    make_acme()
    files = [lines([ENTRY, *ANSWERED]), lines([*rang(20, "SIP/2001"), *rang(25, "acme-a1")])]
    for number, content in enumerate(reversed(files) if is_ring_first else files):
        imported(tmp_path / f"queue_log.{number}", content)
    assert stays() == {("c.1", 1): [1, 2]}


def test_another_companys_line_of_the_same_name_is_none(tmp_path: Path) -> None:
    make_acme()
    make_globex()
    ledger = Ledger("pbx1", tmp_path, build_all)
    ring = rang(20, "globex-a1", "globex-support")
    append(tmp_path / "queue_log", lines([ENTRY, *ring, *rang(21, "acme-a2"), ABANDON]))
    read_all(ledger)
    assert stays() == {("c.1", 1): [2]}
