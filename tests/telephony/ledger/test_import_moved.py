"""An agent asks in another queue, then puts the caller through while his own call waits there.

As Asterisk 18 wrote it (asterisk/asterisk#759): the second queue's entry and the end of the first talk
stand under the name of the agent's call, what follows under the caller's.
"""

import itertools
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from callcenter.tenants.scope import system_scope, tenant_scope
from telephony.calls.models import Call, QueueVisit
from telephony.ledger.reader import Ledger
from tests.telephony.calls.company import append, build_all, make_acme, read_all

pytestmark = pytest.mark.django_db
LINES = b"""\
1717397259|c.1|acme-support|NONE|DID|4957877871
1717397259|c.1|acme-support|NONE|ENTERQUEUE||9031396745|1
1717397271|c.1|acme-support|acme-a1|CONNECT|12|c.2|11
1717397390|a.1|acme-sales|NONE|DID|
1717397390|a.1|acme-sales|NONE|ENTERQUEUE||7009|1
1717397391|a.1|acme-sales|acme-a4|RINGNOANSWER|1000
1717397391|a.1|acme-support|acme-a1|ATTENDEDTRANSFER|APP|Queue|12|120|1
1717397394|c.1|acme-sales|acme-a3|RINGNOANSWER|3000
1717397397|c.1|acme-sales|acme-a2|CONNECT|7|a.2|6
1717397570|c.1|acme-sales|acme-a2|COMPLETEAGENT|7|173|1
1717397580|a.1|acme-sales|NONE|CONFIGRELOAD|
""".splitlines(keepends=True)
STAYS = [
    ("c.1", "acme-support", "answered", 1, None, 12, 120),
    ("c.1", "acme-sales", "answered", 2, [3, 4], 7, 173),
]


def stays() -> list[tuple[object, ...]]:
    found = QueueVisit.objects.order_by("entered_at")
    return [
        (one.callid, one.queue_name, one.outcome, one.agent_id, one.left_by, one.wait_seconds,
         one.talk_seconds)
        for one in found
    ]  # fmt: skip


@pytest.mark.parametrize("cuts", [*itertools.combinations(range(1, len(LINES)), 2), ()])
def test_our_own_pbx_read_in_pieces(tmp_path: Path, cuts: tuple[int, ...]) -> None:
    acme = make_acme()
    ledger = Ledger("pbx1", tmp_path, build_all)
    for start, end in itertools.pairwise((0, *cuts, len(LINES))):
        append(tmp_path / "queue_log", b"".join(LINES[start:end]))
        read_all(ledger)
    with tenant_scope(acme.tenant.pk):
        assert stays() == STAYS
        call = Call.objects.get()
        assert (call.caller_number, call.talk_seconds) == ("+449031396745", 293)


@pytest.mark.parametrize("cut", range(len(LINES)))
@pytest.mark.parametrize("is_backwards", [False, True])
def test_imported_in_pieces(tmp_path: Path, cut: int, is_backwards: bool) -> None:
    acme = make_acme()
    parts = [LINES[:cut], LINES[cut:]]
    for number, part in enumerate(reversed(parts) if is_backwards else parts):
        path = tmp_path / f"queue_log.{number}"
        path.write_bytes(b"".join(part) or b"\n")
        maps = ["acme-support=support", "acme-sales=sales"]
        call_command(
            "import_queue_log",
            path,
            tenant="acme",
            timezone="UTC",
            queue_map=maps,
            stdout=StringIO(),
        )
    with tenant_scope(acme.tenant.pk):
        assert stays() == STAYS
        assert Call.objects.count() == 1
    call_command("rebuild_figures", tenant="acme", stdout=StringIO())
    with tenant_scope(acme.tenant.pk):
        assert stays() == STAYS


def test_a_transfer_of_another_talk_is_not_taken_for_it(tmp_path: Path) -> None:
    """The agent talked in that queue at another time."""
    acme = make_acme()
    ledger = Ledger("pbx1", tmp_path, build_all)
    lines = [line.replace(b"|12|120|1", b"|12|60|1") for line in LINES]
    append(tmp_path / "queue_log", b"".join(lines))
    read_all(ledger)
    with tenant_scope(acme.tenant.pk):
        assert len(stays()) == 4
    with system_scope("all are counted"):
        assert QueueVisit.objects.filter(callid="a.1").count() == 2


def test_who_was_not_taken_into_the_first_queue_has_a_number(tmp_path: Path) -> None:
    acme = make_acme()
    path = tmp_path / "queue_log"
    path.write_bytes(
        b"1717397259|d.1|acme-support|NONE|JOINEMPTY\n"
        b"1717397260|d.1|acme-sales|NONE|ENTERQUEUE||+3725111111|1\n"
        b"1717397270|d.1|acme-sales|NONE|ABANDON|1|1|10\n"
    )
    for command in (["import_queue_log", path, "--timezone=UTC"], ["rebuild_figures"]):
        call_command(*command, tenant="acme", stdout=StringIO())
        with tenant_scope(acme.tenant.pk):
            call = Call.objects.get()
            assert (call.caller_number, call.party_digits) == ("+3725111111", "3725111111")
