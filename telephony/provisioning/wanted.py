"""What a tenant's part of the PBX shall be, and the orders that lead there. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

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
from telephony.provisioning.names import tenant_of

# which tables a change of makes the PBX read what again
_OF_PHONES = {
    "callcenter_device", "callcenter_agent", "callcenter_tenant",
    "callcenter_number",  # what a call for help shows
}  # fmt: skip
_OF_QUEUES = {"callcenter_queue", "callcenter_agentgroup", "callcenter_tenant"}
_OF_PARKING = {"callcenter_tenant"}

Seat = tuple[str, str]
"""A queue and the interface of a phone in it: what the PBX holds once."""


@dataclass(frozen=True, slots=True)
class Place:
    """Who sits on a seat."""

    member_name: str
    penalty: int = 0


@dataclass(frozen=True, slots=True)
class Pause:
    """That a member is paused, and why."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Route:
    """To which queue a number leads, after which clip (below the PBX's clip folder, or none)."""

    queue: str
    greeting: str = ""


@dataclass(frozen=True)
class Wanted:
    """One tenant's part of a PBX; the empty one of a tenant that is not at home there (any more).

    `phones` are endpoint ids, `routes` go by the number's digits.
    """

    slug: str
    phones: frozenset[str] = frozenset()
    routes: Mapping[str, Route] = field(default_factory=dict)
    places: Mapping[Seat, Place] = field(default_factory=dict)


def orders_after(
    before: Wanted, after: Wanted, tables: Iterable[str], pauses: Mapping[str, Pause]
) -> tuple[Order, ...]:
    """What the PBX must be told when rows of these tables changed.

    `pauses`: by member name, who is paused now: an agent who changes the phone stays paused.
    """
    changed = set(tables)
    orders: list[Order] = []
    if changed & _OF_PHONES or before.phones != after.phones:
        orders.append(RefreshPhones(tuple(sorted(after.phones - before.phones))))
    if changed & _OF_QUEUES:
        orders.append(ReloadQueues())
    if changed & _OF_PARKING:
        orders.append(ReloadParking())
    orders += _routes(before.routes, after.routes)
    orders += _seats(before.places, after.places, pauses)
    return tuple(orders)


def orders_at_start(wanted: Iterable[Wanted], members: Iterable[Member]) -> tuple[Order, ...]:
    """What a PBX must be told of which nobody knows what it has heard; `members` is who sits in
    its queues. Seats in queues of tenants that are not among `wanted` are left alone."""
    tenants = list(wanted)
    phones = sorted(phone for tenant in tenants for phone in tenant.phones)
    orders: list[Order] = [
        RefreshPhones(tuple(phones), everyone=True),
        LoadQueues(),
        ReloadQueues(),
        ReloadParking(),
    ]
    for tenant in tenants:
        orders += _routes({}, tenant.routes)
    return (*orders, *reconcile(tenants, members))


def reconcile(wanted: Iterable[Wanted], members: Iterable[Member]) -> tuple[Order, ...]:
    """From the seats as they are to those that are wanted. A member who sits somewhere paused is
    paused on every new seat too: a pause is the agent's, not the phone's."""
    tenants = {one.slug: one for one in wanted}
    ours = [member for member in members if tenant_of(member.queue) in tenants]
    seen = {(one.queue, one.interface): Place(one.name, one.penalty) for one in ours}
    pauses = {one.name: Pause(one.reason) for one in ours if one.paused}
    places = {seat: place for one in tenants.values() for seat, place in one.places.items()}
    return _seats(seen, places, pauses)


def _routes(before: Mapping[str, Route], after: Mapping[str, Route]) -> tuple[Order, ...]:
    forgotten = (ForgetRoute(number) for number in sorted(before.keys() - after.keys()))
    stored = (
        StoreRoute(number, route.queue, route.greeting)
        for number, route in sorted(after.items())
        if before.get(number) != route
    )
    return (*forgotten, *stored)


def _seats(
    before: Mapping[Seat, Place], after: Mapping[Seat, Place], pauses: Mapping[str, Pause]
) -> tuple[Order, ...]:
    orders: list[Order] = []
    for seat, place in sorted(before.items()):
        new = after.get(seat)
        # another member on the same phone: the name of a seat cannot be changed
        if new is None or new.member_name != place.member_name:
            orders.append(RemoveMember(*seat))
        elif new.penalty != place.penalty:
            orders.append(SetPenalty(seat[1], new.penalty, queue=seat[0]))
    for seat, place in sorted(after.items()):
        old = before.get(seat)
        if old is None or old.member_name != place.member_name:
            orders.append(_taking(seat, place, pauses.get(place.member_name)))
    return tuple(orders)


def _taking(seat: Seat, place: Place, pause: Pause | None) -> AddMember:
    queue, interface = seat
    return AddMember(
        queue,
        interface,
        place.member_name,
        place.penalty,
        paused=pause is not None,
        reason=pause.reason if pause else "",
    )
