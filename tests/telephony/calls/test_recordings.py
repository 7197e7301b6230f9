"""What real Asterisk 22 wrote about each scenario, and the call that must come of it."""

from pathlib import Path

import pytest

from callcenter.tenants.scope import system_scope, tenant_scope
from telephony.calls.models import Call, CallLeg, QueueVisit
from telephony.calls.services import build_new_calls, forget_calls
from telephony.ledger.models import CelLine, QueueLogLine, UnreadableLine
from tests.telephony.calls.company import append, make_acme, make_globex, play, read_all

pytestmark = pytest.mark.django_db

# direction, outcome, reason, groups, agents, talked seconds (rounded), who rang and what came of it
A, B, C, D = 1, 2, 3, 4  # the agents of phones 101 to 104
SCENARIOS = {
    "01_": ("in", "answered", "", ["support"], [A], 3, [("101", "answered")]),
    "01b": ("in", "answered", "", ["support"], [A], 2, [("101", "answered")]),
    "02_": ("in", "abandoned", "", ["support"], [], 0, []),
    "02b": ("in", "short_abandoned", "", ["support"], [], 0, [("101", "given_up")]),
    "02c": ("in", "overflowed", "timeout", ["support"], [], 0, []),
    "02d": ("in", "closed", "", ["support"], [], 0, []),
    "03_": (
        "in", "answered", "", ["support"], [B], 2, [("101", "no_answer"), ("102", "answered")],
    ),
    "03b": ("in", "answered", "", ["support"], [B], 2, [("101", "busy"), ("102", "answered")]),
    "04_": ("out", "answered", "", ["support"], [A], 2, [("", "answered")]),
    "04b": ("out", "busy", "", ["support"], [A], 0, [("", "busy")]),
    "04c": ("out", "no_answer", "own_phone", [], [A], 0, []),
    "05a": (
        "in", "answered", "", ["support"], [A, C], 2, [("101", "answered"), ("103", "answered")],
    ),
    "05b": (
        "in", "answered", "", ["support"], [A, C], 3, [("101", "answered"), ("103", "answered")],
    ),
    "05c": (
        "in", "answered", "", ["support"], [A, C], 5,
        [("101", "answered"), ("101", "answered"), ("103", "answered")],
    ),
    "40_": (
        "in", "answered", "", ["support"], [A, B], 1,
        [("101", "answered"), ("101", "answered"), ("102", "answered")],
    ),
    "05d": (
        "in", "answered", "", ["support"], [A, C], 6, [("101", "answered"), ("103", "answered")],
    ),
    "05e": (
        "in", "answered", "", ["support"], [A, C], 6, [("101", "answered"), ("103", "answered")],
    ),
    "05f": ("in", "answered", "", ["support"], [A], 4, [("101", "answered")]),
    "06_": (
        "in", "answered", "", ["support"], [A, C], 3, [("101", "answered"), ("103", "answered")],
    ),
    "13_": ("internal", "answered", "", [], [A, C], 1, [("103", "answered")]),
    "14_": ("out", "answered", "", ["support"], [A], 1, [("", "answered")]),
    "19_": (
        "in", "answered", "", ["support"], [A, C], 2, [("101", "answered"), ("103", "answered")],
    ),
    "21_": (
        "in", "answered", "", ["support"], [C], 1, [("101", "elsewhere"), ("103", "answered")],
    ),
    "31_": ("in", "overflowed", "no_agents", ["vip"], [], 0, []),
    "32_": ("in", "abandoned", "before_queue", ["support"], [], 0, []),
    "36_": ("in", "answered", "", ["support"], [A], 1, [("101", "answered")]),
    "11_": ("internal", "no_answer", "voicemail", [], [D], 0, []),
}  # fmt: skip


@pytest.mark.parametrize("name", SCENARIOS)
def test_scenario(name: str, tmp_path: Path) -> None:
    direction, outcome, reason, groups, agents, talked, rang = SCENARIOS[name]
    acme = make_acme()
    play(tmp_path, name)
    with tenant_scope(acme.tenant.pk):
        call = Call.objects.get(part_of=None)
        assert (call.direction, call.outcome, call.reason) == (direction, outcome, reason)
        assert call.group_ids == [acme.groups[group].pk for group in groups]
        assert call.agent_ids == agents
        assert round(call.talk_seconds) == talked
        assert call.ended_at is not None
        legs = [leg for leg in call.legs.all() if not leg.is_caller]
        assert [(leg.extension, leg.end) for leg in legs] == rang


def test_every_visit_ends_as_exactly_one_outcome(tmp_path: Path) -> None:
    acme = make_acme()
    make_globex()
    play(tmp_path, "")
    with tenant_scope(acme.tenant.pk):
        visits = QueueVisit.objects.all()
        assert visits.filter(outcome="waiting").count() == 0
        found = {(visit.queue_name, visit.outcome, visit.reason) for visit in visits}
        assert {
            ("acme-sales", "overflowed", "key"),
            ("acme-sales", "overflowed", "full"),
            ("acme-vip", "overflowed", "no_agents"),
            ("acme-support", "overflowed", "closed"),
            ("acme-support", "overflowed", "timeout"),
            ("acme-support", "abandoned", ""),
            ("acme-support", "short_abandoned", ""),
            ("acme-support", "answered", ""),
        } <= found
        assert not visits.filter(call=None).exists()
        assert {visit.group_id for visit in visits} == {group.pk for group in acme.groups.values()}
        assert {visit.short_abandon_seconds for visit in visits} == {2}


def test_two_tenants_at_once_see_their_own(tmp_path: Path) -> None:
    acme, globex = make_acme(), make_globex()
    play(tmp_path, "37")
    for company, agents in ((acme, [1]), (globex, [8])):
        with tenant_scope(company.tenant.pk):
            assert [call.agent_ids for call in Call.objects.all()] == [agents]
            assert QueueVisit.objects.count() == 1
            assert CallLeg.objects.count() == 2
            slugs = {company.tenant.slug}
            assert {line.queue.partition("-")[0] for line in QueueLogLine.objects.all()} == slugs


def test_a_call_to_nobodys_number_is_seen_by_nobody(tmp_path: Path) -> None:
    acme = make_acme()
    play(tmp_path, "33")
    with tenant_scope(acme.tenant.pk):
        assert (Call.objects.count(), CelLine.objects.count()) == (0, 0)
    with system_scope("the lines are kept all the same"):
        assert CelLine.objects.count() == 4


def test_consultations_and_retrievals_are_parts_of_their_call(tmp_path: Path) -> None:
    acme = make_acme()
    play(tmp_path, "05c", "06", "21")
    with tenant_scope(acme.tenant.pk):
        assert Call.objects.filter(part_of=None).count() == 3
        assert Call.objects.exclude(part_of=None).count() == 3


def test_who_picked_a_call_up_answered_it(tmp_path: Path) -> None:
    acme = make_acme()
    play(tmp_path, "21")
    with tenant_scope(acme.tenant.pk):
        visit = QueueVisit.objects.get()
        assert (visit.agent_id, visit.outcome) == (C, "answered")
    with system_scope("built anew"):
        forget_calls(pbx=acme.tenant.pbx)
        while not build_new_calls(pbx=acme.tenant.pbx).is_all:
            pass
    with tenant_scope(acme.tenant.pk):
        assert QueueVisit.objects.get().agent_id == C


def test_a_hostile_name_is_kept_as_text_on_one_line(tmp_path: Path) -> None:
    acme = make_acme()
    play(tmp_path, "36")
    with tenant_scope(acme.tenant.pk):
        name = Call.objects.get().caller_name
    assert name.startswith("<script>alert(1)</script> gnp \U0001f600 AAAA")
    assert "\u202e" not in name
    assert len(name) <= 120


def snapshot() -> list[tuple[object, ...]]:
    """Everything built, without the database's own numbers."""
    rows: list[tuple[object, ...]] = []
    for model, joins in ((Call, ("part_of__linkedid",)), (CallLeg, ("call__linkedid",)),
                         (QueueVisit, ("call__linkedid",))):  # fmt: skip
        names = [
            field.attname
            for field in model._meta.concrete_fields
            if field.name not in {"id", "call", "part_of"}
        ]
        rows += sorted(model.objects.values_list(*joins, *names), key=repr)
    return rows


def test_rebuilding_gives_the_same_to_the_last_digit(tmp_path: Path) -> None:
    make_acme()
    make_globex()
    waiting = b"1795310000|cut-off|acme-support|NONE|ENTERQUEUE||+37255512345|1\n"
    ledger = play(tmp_path, "")
    append(tmp_path / "queue_log", waiting)
    read_all(ledger)
    append(tmp_path / "queue_log", b"1795310010|NONE|NONE|NONE|QUEUESTART|\n")
    read_all(ledger)
    with system_scope("all calls are compared"):
        before = snapshot()
        assert QueueVisit.objects.get(callid="cut-off").reason == "restart"
        assert Call.objects.filter(reason="restart").count() == 1
        assert len(before) > 100
        assert UnreadableLine.objects.count() == 0
        forget_calls(pbx="pbx1")
        assert snapshot() == []
        while not build_new_calls(pbx="pbx1").is_all:
            pass
        assert snapshot() == before
