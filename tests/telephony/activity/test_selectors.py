"""Sums and stretches of activity rows, as groups see them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from telephony.activity.models import AgentActivity
from telephony.activity.selectors import activity_of, activity_sums, agents_known, sessions_of

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
ALICE, BOB = 71, 72
SALES, SUPPORT = 5, 6


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def row(agent_id: int, since: float, until: float | None, state: str, **more: Any) -> None:
    values = {
        "is_logged_in": bool(more.get("group_ids")),
        "memory": {},
        "pbx": "pbx1",
        "reason": "",
        **more,
    }
    AgentActivity.objects.create(
        agent_id=agent_id,
        state=state,
        since=at(since),
        until=None if until is None else at(until),
        **values,
    )


@pytest.fixture
def acme() -> Tenant:
    return Tenant.objects.create(slug="acme", name="Acme", time_zone="UTC")


@pytest.fixture
def alice_and_bob(acme: Tenant) -> Tenant:
    """Alice: both groups, paused for support alone for a while. Bob: one call of his own."""
    both = [SALES, SUPPORT]
    with tenant_scope(acme.pk):
        row(ALICE, 0, 100, "logged_out")
        row(ALICE, 100, 160, "available", group_ids=both)
        row(ALICE, 160, 170, "ringing", group_ids=both, linkedid="1.1", call_group_id=SALES)
        row(ALICE, 170, 230, "in_call", group_ids=both, linkedid="1.1", call_group_id=SALES)
        row(ALICE, 230, 250, "wrapping_up", group_ids=both)
        row(ALICE, 250, 300, "available", group_ids=both, pauses={str(SUPPORT): "lunch"})
        row(ALICE, 300, 340, "paused", reason="tea", group_ids=both)
        row(ALICE, 340, None, "available", group_ids=[SALES])
        row(BOB, 0, 30, "in_call", linkedid="1.2")
        row(BOB, 30, None, "logged_out")
    return acme


def test_sums_over_all_groups(alice_and_bob: Tenant) -> None:
    with tenant_scope(alice_and_bob.pk):
        sums = activity_sums(None, at(50), at(400))
    alice, bob = sums[ALICE], sums[BOB]
    assert alice.logged_in == {
        ("available", ""): 60 + 50 + 60,
        ("ringing", ""): 10,
        ("in_call", ""): 60,
        ("wrapping_up", ""): 20,
        ("paused", "tea"): 40,
    }
    assert alice.logged_out == {("logged_out", ""): 50}
    assert alice.login_seconds == 300
    assert alice.pauses == {"tea": 40}
    assert alice.in_calls_of_groups == 0
    assert (bob.logged_in, bob.logged_out) == ({}, {("logged_out", ""): 350})


def test_groups_see_their_own_pauses_and_count_nobody_twice(alice_and_bob: Tenant) -> None:
    with tenant_scope(alice_and_bob.pk):
        support = activity_sums([ALICE], at(0), at(400), [SUPPORT])[ALICE]
        sales = activity_sums([ALICE], at(0), at(400), [SALES])[ALICE]
        both = activity_sums([ALICE], at(0), at(400), [SALES, SUPPORT])[ALICE]
    assert support.pauses == {"lunch": 50, "tea": 40}
    assert support.login_seconds == 240
    assert support.logged_out == {("logged_out", ""): 160}
    assert support.in_calls_of_groups == 0
    assert sales.pauses == both.pauses == {"tea": 40}
    assert sales.login_seconds == both.login_seconds == 300
    assert sales.in_calls_of_groups == both.in_calls_of_groups == 60


def test_stretches_are_clipped_and_open_ones_said_to_be(alice_and_bob: Tenant) -> None:
    with tenant_scope(alice_and_bob.pk):
        found = activity_of([ALICE], at(225), at(360), [SUPPORT])
        assert [(one.state, one.reason, one.seconds) for one in found] == [
            ("in_call", "", 5),
            ("wrapping_up", "", 20),
            ("paused", "lunch", 50),
            ("paused", "tea", 40),
            ("logged_out", "", 20),
        ]
        assert [one.is_open for one in found] == [False] * 4 + [True]
        assert (found[0].linkedid, found[0].call_group_id) == ("1.1", SALES)
        assert [(one.since, one.until, one.is_open) for one in sessions_of(ALICE, NOON, at(400))] \
            == [(at(100), at(400), True)]  # fmt: skip
        assert [one.until for one in sessions_of(ALICE, NOON, at(400), [SUPPORT])] == [at(340)]
        assert agents_known() == [ALICE, BOB]


def test_another_company_sees_nothing(alice_and_bob: Tenant) -> None:
    del alice_and_bob
    other = Tenant.objects.create(slug="globex", name="Globex")
    with tenant_scope(other.pk):
        assert activity_sums(None, NOON, at(400)) == {}
        assert activity_of([ALICE], NOON, at(400)) == []


def test_one_statement_however_many_agents(
    alice_and_bob: Tenant, django_assert_num_queries: Any
) -> None:
    with tenant_scope(alice_and_bob.pk):
        for agents in ([ALICE], [ALICE, BOB, *range(1000, 1100)]):
            activity_sums(agents, NOON, at(400))
            with django_assert_num_queries(1):
                activity_sums(agents, NOON, at(400))
