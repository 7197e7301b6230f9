"""From what the PBX has to what it shall have, in as few orders as that takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.pbx.events import Member
from telephony.pbx.orders import (
    AddMember,
    ForgetRoute,
    LoadQueues,
    Order,
    RefreshPhones,
    ReloadParking,
    ReloadQueues,
    RemoveMember,
    SetPenalty,
    StoreRoute,
)
from telephony.provisioning.wanted import (
    Pause,
    Place,
    Route,
    Seat,
    Wanted,
    orders_after,
    orders_at_start,
    reconcile,
)

SALES, HELP = "acme-sales", "acme-help"
DESK, SOFTPHONE = "PJSIP/acme-101", "PJSIP/acme-201"
ALICE, BOB = "acme-a1", "acme-a2"


def member(
    queue: str,
    interface: str,
    name: str,
    *,
    penalty: int = 0,
    paused: bool = False,
    reason: str = "",
) -> Member:
    return Member(queue, name, interface, penalty, paused, reason, "not_inuse", False, None)


def acme(places: dict[Seat, Place]) -> Wanted:
    return Wanted("acme", places=places)


def test_who_sits_right_stays() -> None:
    wanted = acme({(SALES, DESK): Place(ALICE, 2)})
    assert reconcile([wanted], [member(SALES, DESK, ALICE, penalty=2, paused=True)]) == ()


@pytest.mark.parametrize(
    ("places", "seen", "orders"),
    [
        ({(SALES, DESK): Place(ALICE, 1)}, [], [AddMember(SALES, DESK, ALICE, 1)]),
        ({}, [member(SALES, DESK, ALICE)], [RemoveMember(SALES, DESK)]),
        (
            {(SALES, DESK): Place(ALICE, 3)},
            [member(SALES, DESK, ALICE)],
            [SetPenalty(DESK, 3, queue=SALES)],
        ),
        (
            {(SALES, SOFTPHONE): Place(ALICE)},
            [member(SALES, DESK, ALICE, paused=True, reason="lunch")],
            [
                RemoveMember(SALES, DESK),
                AddMember(SALES, SOFTPHONE, ALICE, paused=True, reason="lunch"),
            ],
        ),
        (
            {(SALES, DESK): Place(BOB)},
            [member(SALES, DESK, ALICE, paused=True, reason="lunch")],
            [RemoveMember(SALES, DESK), AddMember(SALES, DESK, BOB)],
        ),
        (
            {(SALES, DESK): Place(ALICE), (HELP, DESK): Place(ALICE)},
            [member(SALES, DESK, ALICE, paused=True, reason="wrap-up")],
            [AddMember(HELP, DESK, ALICE, paused=True, reason="wrap-up")],
        ),
    ],
    ids=["login", "logout", "penalty", "other phone", "other agent", "one more group, paused"],
)
def test_the_difference_is_ordered(
    places: dict[Seat, Place], seen: list[Member], orders: list[Order]
) -> None:
    assert list(reconcile([acme(places)], seen)) == orders


def test_seats_of_others_are_left_alone() -> None:
    assert reconcile([acme({})], [member("other-sales", "PJSIP/other-101", "x")]) == ()
    assert reconcile([acme({})], [member("acmetoo-sales", "PJSIP/acmetoo-101", "x")]) == ()


seats = st.tuples(st.sampled_from([SALES, HELP]), st.sampled_from([DESK, SOFTPHONE]))
places = st.builds(Place, st.sampled_from([ALICE, BOB]), st.integers(0, 2))
seatings = st.dictionaries(seats, places)


@given(before=seatings, after=seatings)
def test_the_orders_lead_there_and_then_there_is_nothing_left_to_order(
    before: dict[Seat, Place], after: dict[Seat, Place]
) -> None:
    def listed(seating: dict[Seat, Place]) -> list[Member]:
        return [
            member(*seat, place.member_name, penalty=place.penalty)
            for seat, place in seating.items()
        ]

    now = dict(before)
    for order in reconcile([acme(after)], listed(before)):
        match order:
            case AddMember(queue, interface, name, penalty):
                assert (queue, interface) not in now, "the PBX would say: already there"
                now[queue, interface] = Place(name, penalty)
            case RemoveMember(queue, interface):
                del now[queue, interface]
            case SetPenalty(interface, penalty, queue):
                assert queue is not None
                now[queue, interface] = Place(now[queue, interface].member_name, penalty)
    assert now == after
    assert reconcile([acme(after)], listed(now)) == ()


# --- changes ------------------------------------------------------------------------------------


def test_a_change_costs_orders_only_for_itself() -> None:
    tenant = Wanted(
        "acme", frozenset({"acme-101"}), {"3726000001": Route(SALES)}, {(SALES, DESK): Place(ALICE)}
    )

    def after(*tables: str) -> list[Order]:
        return list(orders_after(tenant, tenant, tables, {}))

    assert after("callcenter_openinghours", "telephony_outgoingprefix") == []
    assert after("callcenter_device") == [RefreshPhones()]
    assert after("callcenter_queue") == [ReloadQueues()]
    assert after("callcenter_tenant") == [RefreshPhones(), ReloadQueues(), ReloadParking()]


def test_a_new_tenant_and_one_that_moves_away() -> None:
    there = Wanted(
        "acme",
        frozenset({"acme-102", "acme-101"}),
        {"3726000001": Route(SALES, "acme/1-01234567")},
        {(SALES, DESK): Place(ALICE)},
    )
    reloads: list[Order] = [ReloadQueues(), ReloadParking()]
    assert list(orders_after(Wanted("acme"), there, ["callcenter_tenant"], {})) == [
        RefreshPhones(("acme-101", "acme-102")),
        *reloads,
        StoreRoute("3726000001", SALES, "acme/1-01234567"),
        AddMember(SALES, DESK, ALICE),
    ]
    assert list(orders_after(there, Wanted("acme"), ["callcenter_tenant"], {})) == [
        RefreshPhones(),
        *reloads,
        ForgetRoute("3726000001"),
        RemoveMember(SALES, DESK),
    ]


def test_another_phone_keeps_the_pause() -> None:
    before, after = (acme({(SALES, phone): Place(ALICE)}) for phone in (DESK, SOFTPHONE))
    orders = orders_after(before, after, ["callcenter_agent"], {ALICE: Pause("lunch")})
    assert AddMember(SALES, SOFTPHONE, ALICE, paused=True, reason="lunch") in orders


def test_at_the_start_everything_is_told() -> None:
    tenant = Wanted("acme", frozenset({"acme-101"}), {"3726000001": Route(SALES)})
    assert list(orders_at_start([tenant], [member(SALES, DESK, ALICE)])) == [
        RefreshPhones(("acme-101",), everyone=True),
        LoadQueues(),
        ReloadQueues(),
        ReloadParking(),
        StoreRoute("3726000001", SALES),
        RemoveMember(SALES, DESK),
    ]
