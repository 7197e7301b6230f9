"""The walks along indexes find exactly what a plain query finds, whatever is asked for."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db.models import Q

from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from telephony.calls import listing
from telephony.calls.models import Call, CallConcern, CallOutcome, Direction
from telephony.calls.permissions import CallSight
from telephony.calls.selectors import CallFilter, page_of_calls

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CALLS = 300


@pytest.fixture
def acme() -> Tenant:
    tenant = Tenant.objects.create(slug="acme", name="Acme", country="GB", time_zone="UTC")
    dice = random.Random(7)
    with tenant_scope(tenant.pk):
        rows = []
        for number in range(CALLS):
            digits = f"4420700{dice.randrange(1000):04}"
            rows.append(
                Call(
                    pbx="pbx1",
                    linkedid=f"1.{number}",
                    direction=dice.choice(Direction.values),
                    outcome=dice.choice(CallOutcome.values[:5]),
                    caller_number=f"+{digits}",
                    party_digits=digits,
                    group_ids=sorted(dice.sample([1, 2, 3], dice.randrange(3))),
                    agent_ids=sorted(dice.sample([11, 12, 13, 14], dice.randrange(3))),
                    # some began in the same instant
                    started_at=NOON + timedelta(seconds=dice.randrange(CALLS // 2)),
                )
            )
        Call.objects.bulk_create(rows)
        main = Call.objects.order_by("pk")[0]
        Call.objects.filter(pk__in=Call.objects.order_by("pk")[5:15]).update(part_of=main)
    return tenant


def plain(sight: CallSight, wanted: CallFilter) -> list[int]:
    """What stands in the list, by one plain query over everything."""
    found = Q(part_of=None)
    if sight.group_ids is not None:
        found &= Q(group_ids__overlap=sorted(sight.group_ids)) | Q(
            agent_ids__contains=[sight.agent_id or 0]
        )
    if wanted.since:
        found &= Q(started_at__gte=wanted.since)
    if wanted.until:
        found &= Q(started_at__lt=wanted.until)
    if wanted.group_id:
        found &= Q(group_ids__contains=[wanted.group_id])
    if wanted.agent_id:
        found &= Q(agent_ids__contains=[wanted.agent_id])
    if wanted.direction:
        found &= Q(direction=wanted.direction)
    if wanted.outcomes:
        found &= Q(outcome__in=wanted.outcomes)
    if wanted.number:
        found &= Q(party_digits__endswith=wanted.number)
        if not sight.sees_numbers:
            found &= Q(agent_ids__contains=[sight.agent_id or 0])
    return list(
        Call.objects.filter(found).order_by("-started_at", "-pk").values_list("pk", flat=True)
    )


def walked(sight: CallSight, wanted: CallFilter, side: Any) -> list[int]:
    """Page by page, to the end."""
    found: list[int] = []
    page = page_of_calls(sight, wanted, None, side, size=7)
    while True:
        ids = [call.pk for call in page.calls]
        found = found + ids if side == "older" else ids + found
        cursor = page.older if side == "older" else page.newer
        if cursor is None:
            return found
        page = page_of_calls(sight, wanted, cursor, side, size=7)


SIGHTS = [
    CallSight(None, None, True),
    CallSight(None, 11, False),
    CallSight(frozenset({1, 2}), 12, True),
    CallSight(frozenset({3}), None, True),
    CallSight(frozenset(), 13, False),
    CallSight(frozenset(), None, True),
]


@pytest.mark.parametrize("few", [listing.FEW, 3])
@pytest.mark.parametrize("seed", range(6))
def test_every_filter_on_every_page(
    acme: Tenant, monkeypatch: pytest.MonkeyPatch, seed: int, few: int
) -> None:
    """`few` 3: numbers that many calls end with are looked for along the lists."""
    monkeypatch.setattr(listing, "FEW", few)
    dice = random.Random(seed)
    with tenant_scope(acme.pk):
        for _ in range(25):
            begin = NOON + timedelta(seconds=dice.randrange(CALLS // 2))
            wanted = CallFilter(
                since=dice.choice([None, begin]),
                until=dice.choice([None, begin + timedelta(seconds=60)]),
                group_id=dice.choice([None, None, 1, 2, 99]),
                agent_id=dice.choice([None, None, 11, 12, 99]),
                direction=dice.choice(["", *Direction.values]),
                outcomes=dice.choice([(), ("answered",), ("abandoned", "closed", "overflowed")]),
                number=dice.choice(["", "", "7", "05", "123456"]),
                country="GB",
            )
            sight = dice.choice(SIGHTS)
            expected = plain(sight, wanted)
            assert walked(sight, wanted, "older") == expected, (sight, wanted)
            assert walked(sight, wanted, "newer") == expected, (sight, wanted)


def concerns() -> set[tuple[Any, ...]]:
    return set(
        CallConcern.objects.values_list(
            "call_id", "kind", "ref", "direction", "outcome", "started_at"
        )
    )


def told_by_calls() -> set[tuple[Any, ...]]:
    return {
        (call.pk, kind, ref, call.direction, call.outcome, call.started_at)
        for call in Call.objects.filter(part_of=None)
        for kind, refs in (("g", call.group_ids), ("a", call.agent_ids))
        for ref in refs
    }


def test_whom_a_call_concerns_is_kept_whoever_writes_it(acme: Tenant) -> None:
    with tenant_scope(acme.pk):
        assert concerns() == told_by_calls()
        some = Call.objects.filter(part_of=None).values_list("pk", flat=True)
        Call.objects.filter(pk__in=list(some[:20])).update(
            outcome="answered", agent_ids=[77], group_ids=[]
        )
        Call.objects.filter(pk__in=list(some[20:25])).update(caller_name="nothing of it")
        Call.objects.filter(pk__in=list(some[25:40])).delete()
        Call.objects.exclude(part_of=None).update(part_of=None)
        assert concerns() == told_by_calls()
        assert len(concerns()) > 100
        Call.objects.all().delete()
        assert concerns() == set()


def test_another_company_is_not_listed(acme: Tenant) -> None:
    del acme
    other = Tenant.objects.create(slug="globex", name="Globex")
    with tenant_scope(other.pk):
        for wanted in (CallFilter(), CallFilter(agent_id=11), CallFilter(number="7", country="GB")):
            assert page_of_calls(SIGHTS[0], wanted).calls == []


def test_two_statements_a_page(acme: Tenant, django_assert_num_queries: Any) -> None:
    with tenant_scope(acme.pk):
        for wanted in (
            CallFilter(),
            CallFilter(agent_id=11, direction="in"),
            CallFilter(group_id=1),
        ):
            page_of_calls(SIGHTS[0], wanted)
            with django_assert_num_queries(2):
                page_of_calls(SIGHTS[0], wanted)
