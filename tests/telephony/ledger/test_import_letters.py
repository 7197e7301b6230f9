"""Names in other letters than ASCII's: files of PBXes that never wrote UTF-8, and damaged ones."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from callcenter.tenants.scope import tenant_scope
from telephony.activity.selectors import activity_sums
from telephony.calls.models import QueueVisit
from telephony.ledger.history_files import as_text
from telephony.ledger.models import CelLine, QueueLogLine
from tests.telephony.calls.company import Company, make_acme

pytestmark = pytest.mark.django_db
T = 1_700_000_000
LINES = f"""\
{T}|NONE|Müük|Jüri Mägi|ADDMEMBER|
{T}|NONE|Müük|Jöri Mägi|ADDMEMBER|
{T + 10}|NONE|Müük|Jüri Mägi|PAUSE|Lõuna
{T + 70}|NONE|Müük|Jüri Mägi|UNPAUSE|
{T + 100}|1.1|Müük|NONE|ENTERQUEUE||5551234|1
{T + 105}|1.1|Müük|Jöri Mägi|CONNECT|5|1.2|2
{T + 165}|1.1|Müük|Jöri Mägi|COMPLETECALLER|5|60|1
{T + 200}|NONE|Müük|Jüri Mägi|REMOVEMEMBER|
{T + 300}|NONE|Müük|Jöri Mägi|REMOVEMEMBER|
"""


@pytest.fixture
def acme() -> Company:
    return make_acme()


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_names_and_reasons_are_read_as_they_were_written(
    acme: Company, tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "queue_log"
    path.write_bytes(LINES.encode(encoding))
    call_command(
        "import_queue_log", path, tenant="acme", timezone="UTC", queue_map=["Müük=sales"],
        agent_map=["Jüri Mägi=101", "Jöri Mägi=102"], stdout=StringIO(),
    )  # fmt: skip
    with tenant_scope(acme.tenant.pk):
        visit = QueueVisit.objects.get()
        assert (visit.agent_id, visit.group_id) == (2, acme.groups["sales"].pk)
        first, last = (QueueLogLine.objects.order_by(way)[0].at for way in ("at", "-at"))
        sums = activity_sums(None, first, last)
        assert sums[1].pauses == {"Lõuna": 60}
        assert {one: sums[one].login_seconds for one in sums} == {1: 200, 2: 300}


def test_callers_of_channel_events(acme: Company, tmp_path: Path) -> None:
    path = tmp_path / "cel.csv"
    path.write_bytes(
        "eventtype,eventtime,uniqueid,linkedid,channame,cid_name\n"
        f'CHAN_START,{T},u.1,u.1,SIP/101-00000001,"Jüri, Tõnu"\n'.encode("cp1252")
    )
    call_command("import_cel", path, tenant="acme", timezone="UTC", stdout=StringIO())
    with tenant_scope(acme.tenant.pk):
        assert CelLine.objects.get().name == "Jüri, Tõnu"


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"J\xc3\xbcri\nJ\xfcri", "Jüri\nJüri"),
        (b"J\xc3\xbcri T\xc3", "Jüri T\ufffd"),  # cut within a letter
        (b"\0\xff", "\ufffd\ufffd"),
        (b"\x81", "\ufffd"),
    ],
)
def test_what_is_damaged_stays_so(content: bytes, text: str) -> None:
    assert as_text(content) == text
