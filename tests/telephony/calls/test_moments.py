"""What was done to a call: transfers, parks, pickups, conferences; told in the drawer's words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from callcenter.tenants.scope import tenant_scope
from telephony.calls import selectors, wording
from telephony.calls.building import build_call
from telephony.calls.conversation import CelRow, follow
from telephony.calls.models import Call
from telephony.calls.permissions import CallSight
from telephony.calls.shapes import Company as ShapedCompany
from telephony.calls.steps import steps_of
from tests.telephony.calls.company import append, make_acme, play, read_all

ALL = CallSight(group_ids=None, agent_id=None, sees_numbers=True)
NOBODY = CallSight(group_ids=None, agent_id=None, sees_numbers=False)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def words_of(call: Call, sight: CallSight = ALL) -> list[str]:
    found = selectors.call_seen(sight, call.pk)
    assert found is not None
    names = selectors.names_for([found], (leg.agent_id or 0 for leg in found.legs.all()))
    legs = wording.leg_rows(found, names, sight, "GB", timezone.now())
    return [
        step.moment.words if step.moment else f"[{step.leg.title}]" if step.leg else ""
        for step in steps_of(found, legs)
    ]


CALLER = "[Erika Mustermann · +49 15112345]"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("05a", ["Agent 101 transferred the call to Agent 103"]),
        ("05b", ["Agent 101 transferred the call to Agent 103"]),
        ("05c", ["Agent 101 transferred the call to Agent 103 after asking"]),
        ("05d", ["Agent 101 transferred the call to Agent 103 after asking"]),
        ("05e", []),
        ("40_", ["Agent 101 transferred the call to Agent 102 after asking"]),
        ("06_", ["Agent 101 parked {caller}", "Agent 103 fetched {caller} from the parking lot"]),
        ("21_", ["Agent 103 picked up the call that rang at Agent 101"]),
        ("01_", []),
    ],
)
def test_recordings(tmp_path: Path, name: str, told: list[str]) -> None:
    acme = make_acme()
    play(tmp_path, name)
    with tenant_scope(acme.tenant.pk):
        words = words_of(Call.objects.get(part_of=None))
        hidden = words_of(Call.objects.get(part_of=None), NOBODY)
    caller = next(one for one in words if "Erika" in one or "+49" in one).strip("[]")
    assert [one for one in words if not one.startswith("[")] == [
        one.format(caller=caller) for one in told
    ]
    assert not any("15112345" in one for one in hidden)


def rows(text: str) -> list[CelRow]:
    """`second EVENT channel extra` a line; the channel's uniqueid is its name."""
    found = []
    for line in text.strip().splitlines():
        second, event, channel, *extra = line.split(None, 3)
        at = NOON + timedelta(seconds=float(second))
        found.append(CelRow(at, event, channel, channel, extra=extra[0] if extra else ""))
    return found


BRIDGE = '{"bridge_id":"b","bridge_technology":"softmix"}'
THREE = f"""
0 CHAN_START PJSIP/carrier-00000001
1 CHAN_START PJSIP/acme-101-00000002
2 BRIDGE_ENTER PJSIP/acme-101-00000002 {BRIDGE}
2 BRIDGE_ENTER PJSIP/carrier-00000001 {BRIDGE}
5 CHAN_START PJSIP/acme-102-00000003
6 BRIDGE_ENTER PJSIP/acme-102-00000003 {BRIDGE}
{{end}} BRIDGE_EXIT PJSIP/acme-101-00000002 {BRIDGE}
"""


@pytest.mark.parametrize(("end", "kinds"), [("9", ["three_way"]), ("6.2", [])])
def test_three_in_a_bridge_are_a_conference_but_not_for_a_moment(
    end: str, kinds: list[str]
) -> None:
    call = follow("PJSIP/carrier-00000001", rows(THREE.replace("{end}", end)))
    assert [one.kind for one in call.moments] == kinds


def test_a_line_that_was_dialled_does_not_keep_a_name_of_ours() -> None:
    at = NOON
    told = [
        CelRow(at, "CHAN_START", "PJSIP/carrier-00000001", "PJSIP/carrier-00000001", name="Erika"),
        CelRow(
            at, "CHAN_START", "PJSIP/acme-101-00000002", "PJSIP/acme-101-00000002", name="Anna Tamm"
        ),
        CelRow(
            at, "CHAN_START", "PJSIP/carrier-00000003", "PJSIP/carrier-00000003", name="Anna Tamm"
        ),
        CelRow(at, "CHAN_START", "PJSIP/carrier-00000004", "PJSIP/carrier-00000004", name="Doctor"),
    ]
    company = ShapedCompany("acme", "EE", lambda _phone: None, lambda _number: None)
    call = build_call("PJSIP/carrier-00000001", told, (), company)
    assert call is not None
    assert [leg.name for leg in call.legs] == ["Erika", "Anna Tamm", "", "Doctor"]


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        ("ParkedCallUnparked", "fetched"),
        ("ParkedCallTimeOut", "park_ended"),
        ("ParkedCallGiveUp", "park_left"),
    ],
)
def test_how_parking_ends(reason: str, kind: str) -> None:
    text = f"""
0 CHAN_START PJSIP/carrier-00000001
3 PARK_START PJSIP/carrier-00000001 {{"parker_dial_string":"PJSIP/acme-101","parking_lot":"acme"}}
9 PARK_END PJSIP/carrier-00000001 {{"reason":"{reason}"}}
"""
    call = follow("PJSIP/carrier-00000001", rows(text))
    assert [one.kind for one in call.moments] == ["parked", kind]
    assert call.moments[0].by == "PJSIP/acme-101"


@pytest.mark.django_db
def test_without_channel_events_the_queue_log_says_who_was_rung(tmp_path: Path) -> None:
    acme = make_acme()
    ledger = play(tmp_path, "07")
    text = """
1795300020|17.1|acme-support|NONE|ENTERQUEUE||+4915112345|1
1795300024|17.1|acme-support|Grace Hopper|RINGNOANSWER|3000
1795300028|17.1|acme-support|acme-a1|CONNECT|8|17.2|3
1795300058|17.1|acme-support|acme-a1|COMPLETECALLER|8|30|1
"""
    append(tmp_path / "queue_log", text.lstrip().encode())
    read_all(ledger)
    with tenant_scope(acme.tenant.pk):
        call = selectors.call_seen(ALL, Call.objects.get().pk)
        assert call is not None
        assert [
            (leg.name, leg.agent_id, leg.ring_seconds, leg.talk_seconds, leg.end)
            for leg in call.legs.all()
        ] == [("Grace Hopper", None, 3, 0, "no_answer"), ("acme-a1", 1, 3, 30, "answered")]
        assert words_of(call) == ["[Grace Hopper]", "[Agent 101]"]
