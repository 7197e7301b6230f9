"""Channel events as FreePBX keeps them: whole seconds, phones called by their extension alone."""

import json
import random
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models import QuerySet

from callcenter.tenants.scope import tenant_scope
from telephony.calls.models import Call
from telephony.ledger.models import CelLine, LedgerFile
from tests.telephony.calls.company import RECORDINGS, make_acme
from tests.telephony.ledger.test_import_cel import COLUMNS, as_csv

pytestmark = pytest.mark.django_db
# the one left out tells of no call
SCENARIOS = [one.stem for one in sorted(RECORDINGS.glob("[!0]*.jsonl"))]
SCENARIOS += [one.stem for one in sorted(RECORDINGS.glob("0[!7]*.jsonl"))]


def imported(path: Path, rows: list[dict[str, str]]) -> None:
    path.write_bytes(as_csv(rows, [*COLUMNS]))
    call_command("import_cel", path, tenant="acme", timezone="UTC", stdout=StringIO())


def facts(calls: QuerySet[Call]) -> list[tuple[object, ...]]:
    """All but fractions of seconds."""
    return [
        (
            call.direction, call.outcome, call.reason, call.caller_number, call.dialled,
            [moment["kind"] for moment in call.moments],
            sorted(
                # who was first is a matter of less than a second
                (leg.extension, leg.end.replace("elsewhere", "no_answer"), leg.is_caller)
                for leg in call.legs.all()
            ),
        )
        for call in calls.order_by("started_at", "linkedid")
    ]  # fmt: skip


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_events_of_whole_seconds_keep_their_order(tmp_path: Path, scenario: str) -> None:
    acme = make_acme()
    text = (RECORDINGS / f"{scenario}.jsonl").read_text()
    rows = [json.loads(line) for line in text.splitlines()]
    imported(tmp_path / "exact.csv", rows)
    ids = {row[field] for row in rows for field in ("linkedid", "uniqueid") if row[field]}
    for one in ids:
        text = text.replace(f'"{one}"', f'"old-{one}"').replace(f'\\"{one}\\"', f'\\"old-{one}\\"')
    rows = [json.loads(line) for line in text.splitlines()]
    for row in rows:
        row["eventtime"] = row["eventtime"].partition(".")[0]
    imported(tmp_path / "whole.csv", rows)
    with tenant_scope(acme.tenant.pk):
        old = Call.objects.filter(linkedid__startswith="old-")
        exact = facts(Call.objects.exclude(pk__in=old))
        assert facts(old) == exact
        assert exact


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_tables_own_numbers_order_a_second_in_several_files(
    tmp_path: Path, scenario: str
) -> None:
    acme = make_acme()
    rows = [json.loads(line) for line in (RECORDINGS / f"{scenario}.jsonl").open()]
    for number, row in enumerate(rows, 990):
        row |= {"eventtime": row["eventtime"].partition(".")[0], "id": str(number)}
    dice = random.Random(scenario)
    dealt: list[list[dict[str, str]]] = [[], [], []]
    for row in rows:
        dice.choice(dealt).append(row)
    dealt[1].reverse()
    for place, part in enumerate(dealt):
        imported(tmp_path / f"{place}.csv", part)
    with tenant_scope(acme.tenant.pk):
        in_pieces = facts(Call.objects.all())
        order = CelLine.objects.order_by("place").values_list("event", "channel")
        assert [*order] == [(row["eventtype"], row["channame"]) for row in rows]
        for model in (Call, CelLine, LedgerFile):
            model.objects.all().delete()
    imported(tmp_path / "whole.csv", rows)
    with tenant_scope(acme.tenant.pk):
        assert facts(Call.objects.all()) == in_pieces != []


@pytest.mark.parametrize("is_sorted", [True, False], ids=["call after call", "by time"])
def test_phones_and_trunks_of_another_pbx(tmp_path: Path, is_sorted: bool) -> None:
    acme = make_acme()
    rows: list[dict[str, str]] = []
    for number, (first, second, caller, dialled) in enumerate(FOREIGN, 1):
        rows += answered(f"{number}.1", first, second, caller, dialled)
    if not is_sorted:
        rows.sort(key=lambda row: row["eventtime"])
    imported(tmp_path / "cel.csv", rows)
    with tenant_scope(acme.tenant.pk):
        found = Call.objects.order_by("linkedid")
        assert [one.direction for one in found] == ["out", "internal", "in", "out"]
        assert [one.talk_seconds for one in found] == [30] * 4
        assert found[0].dialled == "+44301234567"
        assert [leg.extension for leg in found[1].legs.all()] == ["102", "101"]


FOREIGN = [
    ("SIP/101-00000001", "PJSIP/trunk-00000002", "101", "0301234567"),
    ("PJSIP/102-00000003", "SIP/101-00000004", "102", "101"),
    ("PJSIP/trunk-00000005", "PJSIP/102-00000006", "+49301234567", "3012345"),
    ("IAX2/103-00000007", "DAHDI/i1/030777-00000008", "103", "030777888"),
]


def answered(
    linkedid: str, first: str, second: str, caller: str, dialled: str
) -> list[dict[str, str]]:
    """Rang 4 seconds, talked 30, told in whole seconds as FreePBX's table does."""
    other = f"{linkedid}b"
    extra = json.dumps({"bridge_id": f"of {linkedid}"})
    told = [
        (0, "CHAN_START", first, ""), (1, "CHAN_START", second, ""), (4, "ANSWER", second, ""),
        (4, "ANSWER", first, ""), (4, "BRIDGE_ENTER", second, extra),
        (4, "BRIDGE_ENTER", first, extra), (34, "BRIDGE_EXIT", first, extra),
        (34, "BRIDGE_EXIT", second, extra), (34, "HANGUP", second, "{}"),
        (34, "CHAN_END", second, ""), (34, "HANGUP", first, "{}"), (34, "CHAN_END", first, ""),
        (34, "LINKEDID_END", first, ""),
    ]  # fmt: skip
    return [
        {
            "eventtype": event, "eventtime": f"2025-07-01 12:00:{second_of:02}", "channame": channel,
            "uniqueid": linkedid if channel == first else other, "linkedid": linkedid,
            "num": caller if channel == first else dialled,
            "exten": dialled if channel == first else "", "eventextra": more,
        }
        for second_of, event, channel, more in told
    ]  # fmt: skip
