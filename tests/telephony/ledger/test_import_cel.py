"""Channel events of another PBX as CSV: columns in any order and by any of Asterisk's names."""

import csv
import gzip
import io
import json
import random
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from callcenter.tenants.scope import system_scope, tenant_scope
from telephony.activity.models import AgentActivity
from telephony.calls.models import Call, CallLeg, QueueVisit
from telephony.ledger.facts import notice_facts
from telephony.ledger.models import CelLine, UnreadableLine
from tests.telephony.calls.company import RECORDINGS, Company, make_acme
from tests.telephony.calls.test_recordings import snapshot

pytestmark = pytest.mark.django_db
# ours -> as FreePBX's table calls them
COLUMNS = {
    "eventtype": "eventtype", "eventtime": "eventtime", "name": "cid_name", "num": "cid_num",
    "ani": "cid_ani", "rdnis": "cid_rdnis", "dnid": "cid_dnid", "exten": "exten",
    "context": "context", "channame": "channame", "appname": "appname", "appdata": "appdata",
    "accountcode": "accountcode", "uniqueid": "uniqueid", "linkedid": "linkedid", "peer": "peer",
    "userfield": "userfield", "eventextra": "extra", "id": "id",
}  # fmt: skip
SCENARIO = "05b_blind_transfer_refer"


def events(name: str = SCENARIO) -> list[dict[str, str]]:
    return [json.loads(line) for line in (RECORDINGS / f"{name}.jsonl").open()]


def as_csv(rows: list[dict[str, str]], columns: list[str]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS[column] for column in columns)
    for row in rows:
        writer.writerow(row.get(column, "") for column in columns)
    return out.getvalue().encode()


@pytest.fixture
def acme() -> Company:
    return make_acme()


def imports(command: str, *paths: Path) -> str:
    out = StringIO()
    call_command(command, *map(str, paths), tenant="acme", timezone="UTC", stdout=out)
    return out.getvalue()


def test_events_and_queue_log_make_one_call(acme: Company, tmp_path: Path) -> None:
    cel, queue_log = tmp_path / "Master.csv.gz", RECORDINGS / f"{SCENARIO}.queue_log"
    cel.write_bytes(
        gzip.compress(as_csv(events(), random.Random(1).sample([*COLUMNS], len(COLUMNS))))
    )
    imports("import_queue_log", queue_log)
    with tenant_scope(acme.tenant.pk):
        assert CallLeg.objects.count() == 0
        assert Call.objects.count() == QueueVisit.objects.count() == 1
    imports("import_cel", cel)
    with tenant_scope(acme.tenant.pk):
        call = Call.objects.get()
        assert (call.direction, call.outcome) == ("in", "answered")
        assert [leg.extension for leg in call.legs.all()] == ["", "101", "103"]
        assert QueueVisit.objects.get().call_id == call.pk
    with system_scope("the test compares all"):
        before = snapshot()
        assert CelLine.objects.count() == len(events())
    imports("import_cel", cel)
    call_command("rebuild_figures", tenant="acme", stdout=StringIO())
    with system_scope("the test compares all"):
        assert snapshot() == before


@pytest.mark.parametrize("seed", range(6))
def test_in_any_order_of_files(acme: Company, tmp_path: Path, seed: int) -> None:
    whole = events() + events("01_queue_answered")
    rows = sorted(whole, key=lambda row: float(row["eventtime"]))
    dice = random.Random(seed)
    cut = dice.randrange(1, len(rows))
    parts = [rows[:cut], rows[max(0, cut - 3) :], rows[2:9]]
    dice.shuffle(parts)
    paths = []
    for place, part in enumerate(parts):
        path = tmp_path / f"{place}.csv"
        path.write_bytes(as_csv(part, [*COLUMNS]))
        paths.append(path)
    imports("import_cel", *paths)
    imports("import_queue_log", *RECORDINGS.glob("0[15]*_queue_answered.queue_log"))
    with tenant_scope(acme.tenant.pk):
        assert CelLine.objects.count() == len(rows)
        assert sorted(leg.end for leg in CallLeg.objects.all()) == ["answered"] * 5


# as AMI's event CEL calls them, which others write to files
AMI_COLUMNS = {
    **COLUMNS, "eventtype": "EventName", "eventtime": "EventTime", "name": "CallerIDname",
    "num": "CallerIDnum", "ani": "CallerIDani", "rdnis": "CallerIDrdnis", "dnid": "CallerIDdnid",
    "channame": "Channel", "appname": "Application", "appdata": "AppData", "peer": "Peer",
    "uniqueid": "UniqueID", "linkedid": "LinkedID", "eventextra": "Extra", "id": "Number",
}  # fmt: skip


def test_columns_by_the_names_of_ami(acme: Company, tmp_path: Path) -> None:
    _, _, rest = as_csv(events(), [*COLUMNS]).partition(b"\n")
    path = tmp_path / "cel.csv"
    path.write_bytes(",".join(AMI_COLUMNS.values()).encode() + b"\n" + rest)
    imports("import_cel", path)
    asked = ("event", "channel", "name", "number", "ani", "rdnis", "dnid", "application", "extra")
    with tenant_scope(acme.tenant.pk):
        found = [*CelLine.objects.order_by("place").values_list(*asked)]
    ours = ("eventtype", "channame", "name", "num", "ani", "rdnis", "dnid", "appname", "eventextra")
    assert found == [tuple(row.get(one, "") for one in ours) for row in events()]
    assert any(row["dnid"] for row in events())


def test_bad_records_and_line_feeds(acme: Company, tmp_path: Path) -> None:
    rows = events("01_queue_answered")
    rows[0]["name"] = 'Alice "the\nGreat"\\, GmbH'
    content = as_csv(rows, [*COLUMNS]) + b"only,three,fields\n" + b'"never closed\n'
    path = tmp_path / "cel.csv"
    path.write_bytes(content)
    said = imports("import_cel", path)
    assert "2 lines could not be read" in said
    with tenant_scope(acme.tenant.pk):
        assert UnreadableLine.objects.count() == 2
        assert CelLine.objects.count() == len(rows)
        assert CelLine.objects.order_by("place").first().name == rows[0]["name"]  # type: ignore[union-attr]


def test_records_without_a_time(acme: Company, tmp_path: Path) -> None:
    rows = events("01_queue_answered")
    nameless = {**rows[0], "eventtime": "", "linkedid": "t.1", "uniqueid": "t.1"}
    path = tmp_path / "cel.csv"
    path.write_bytes(as_csv([nameless, *rows[:3], nameless, *rows[3:]], [*COLUMNS]))
    said = imports("import_cel", path)
    assert "cel.csv:2: no time" in said
    assert "cel.csv:6: no time" in said
    with tenant_scope(acme.tenant.pk):
        assert CelLine.objects.count() == len(rows)
        assert not Call.objects.filter(linkedid="t.1").exists()


def test_local_times_and_no_header(acme: Company, tmp_path: Path) -> None:
    path = tmp_path / "cel.csv"
    path.write_bytes(
        b"eventtype,eventtime,uniqueid,linkedid,channame\n"
        b"CHAN_START,2023-07-01 12:00:00.5,u.1,u.1,SIP/101-00000001\n"
        b"CHAN_END,2023-07-01 12:00:09,u.1,u.1,SIP/101-00000001\n"
    )
    call_command("import_cel", path, tenant="acme", timezone="Europe/Tallinn", stdout=StringIO())
    with tenant_scope(acme.tenant.pk):
        first = CelLine.objects.order_by("place").first()
        assert first is not None
        assert first.at.isoformat() == "2023-07-01T09:00:00.500000+00:00"
    for line in (b"CHAN_START,1,2\n", b"eventtype,event\rtime\n", b""):
        path.write_bytes(line)
        with pytest.raises(CommandError, match="must name the columns"):
            imports("import_cel", path)


def test_agents_before_the_companys_own_pbx_told_of_any(acme: Company, tmp_path: Path) -> None:
    path = tmp_path / "cel.csv"
    path.write_bytes(as_csv(events("01_queue_answered"), [*COLUMNS]))
    imports("import_cel", path)
    with system_scope("the test compares all"):
        before = snapshot()
        assert Call.objects.get().agent_ids
        assert AgentActivity.objects.filter(state="in_call").exclude(agent=None).exists()
        now = timezone.now()
        notice_facts(tenant_ids=[acme.tenant.pk], since=now, at=now)
    call_command("rebuild_figures", tenant="acme", stdout=StringIO())
    with system_scope("the test compares all"):
        assert snapshot() == before
