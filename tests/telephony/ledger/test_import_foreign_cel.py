"""Channel events as FreePBX keeps them: whole seconds, phones called by their extension alone."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db.models import QuerySet

from callcenter.tenants.scope import tenant_scope
from telephony.calls.models import Call
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
