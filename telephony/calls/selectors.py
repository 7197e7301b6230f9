"""Reading calls: a page of the list by cursor, one call with its legs, names for what they show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from django.db.models import F, Prefetch, Q
from django.utils.translation import gettext

from callcenter.agents.models import Agent, Device
from callcenter.groups.models import AgentGroup
from phonebook.numbers.e164 import search_digits
from telephony.calls.companies import Companies
from telephony.calls.legs import attempt_of, legs_of_attempts
from telephony.calls.listing import Wish, places
from telephony.calls.models import Call, CallLeg, Direction, QueueVisit
from telephony.calls.permissions import CallSight
from telephony.ledger.models import QueueLogLine
from telephony.live.private import is_private

PAGE = 50
LOG_LENGTH = 99
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"^([0-9]{1,18})-([0-9]{1,18})$")


@dataclass(frozen=True, slots=True)
class CallFilter:
    """What to look for; everything may be left out. [since, until), `country` reads `number`."""

    since: datetime | None = None
    until: datetime | None = None
    group_id: int | None = None
    agent_id: int | None = None
    direction: str = ""
    outcomes: Sequence[str] = ()
    number: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in the list: before or after the call that began then and has this id."""

    started_at: datetime
    id: int

    def __str__(self) -> str:
        return f"{(self.started_at - _EPOCH) // timedelta(microseconds=1)}-{self.id}"

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        """None for what is no cursor."""
        found = _CURSOR.match(text)
        if not found:
            return None
        try:
            return cls(_EPOCH + timedelta(microseconds=int(found[1])), int(found[2]))
        except OverflowError:
            return None

    @classmethod
    def of(cls, call: Call) -> Cursor:
        return cls(call.started_at, call.pk)


@dataclass(frozen=True, slots=True)
class CallPage:
    """Calls, latest first. `older` and `newer` lead on; None where there is nothing."""

    calls: list[Call]
    older: Cursor | None
    newer: Cursor | None


Side = Literal["older", "newer"]


def _wish(sight: CallSight, wanted: CallFilter) -> Wish | None:
    """None where there is nothing to see."""
    number = ""
    agent_id = wanted.agent_id
    if wanted.number:
        digits = search_digits(wanted.number, wanted.country)
        if not digits:
            return None
        # numbers end with what was typed: national and international forms, or the last digits
        number = digits[::-1]
        if not sight.sees_numbers:
            # who may not see a number must not find it out by asking for it either
            if sight.agent_id is None or agent_id not in (None, sight.agent_id):
                return None
            agent_id = sight.agent_id
    return Wish(
        since=wanted.since,
        until=wanted.until,
        group_id=wanted.group_id,
        agent_id=agent_id,
        sight_groups=sight.group_ids,
        sight_agent=sight.agent_id,
        directions=[wanted.direction] if wanted.direction else (),
        outcomes=list(wanted.outcomes),
        number=number,
    )


def page_of_calls(
    sight: CallSight,
    wanted: CallFilter,
    cursor: Cursor | None = None,
    side: Side = "older",
    size: int = PAGE,
) -> CallPage:
    """`size` calls beside the cursor; without one the latest, or the oldest for side `newer`.

    Places along indexes, then these rows.
    """
    wish = _wish(sight, wanted)
    if wish is None:
        return CallPage([], None, None)
    backwards = side == "newer"
    wish.beside = (cursor.started_at, cursor.id) if cursor is not None else None
    ids = [pk for _, pk in places(wish, size=size + 1, backwards=backwards)]
    has_more = len(ids) > size
    found = list(Call.objects.filter(pk__in=ids[:size]).order_by("-started_at", "-pk"))
    if not found:
        return CallPage([], None, None)
    first, last = Cursor.of(found[0]), Cursor.of(found[-1])
    if backwards:
        return CallPage(found, last if cursor else None, first if has_more else None)
    return CallPage(found, last if has_more else None, first if cursor else None)


def count_newer(sight: CallSight, wanted: CallFilter, cursor: Cursor, most: int = 100) -> int:
    """How many calls have come since; at most `most`."""
    wish = _wish(sight, wanted)
    if wish is None:
        return 0
    wish.beside = (cursor.started_at, cursor.id)
    return len(places(wish, size=most, backwards=True))


def group_log(sight: CallSight, group_id: int) -> list[Call]:
    """The last 99 calls into the group and made with its numbers, latest first."""
    return page_of_calls(sight, CallFilter(group_id=group_id), size=LOG_LENGTH).calls


def call_seen(sight: CallSight, call_id: int) -> Call | None:
    """With its legs and visits; None: not there, or not for this person."""
    legs = Prefetch("legs", CallLeg.objects.order_by("started_at", "position"))
    visits = Prefetch("visits", QueueVisit.objects.order_by("entered_at", "stay"))
    wanted = Call.objects.filter(sight.limits, pk=call_id).prefetch_related(legs, visits)
    call = wanted.first()
    if call is not None and not call.legs.all():
        told = legs_from_log(call)
        call._prefetched_objects_cache["legs"] = told  # type: ignore[attr-defined]
    return call


def legs_from_log(call: Call) -> list[CallLeg]:
    """Who was rung, as the queue log says, where there are no channel events; not kept."""
    lines = QueueLogLine.objects.filter(
        pbx=call.pbx, callid=call.linkedid, event__in=("CONNECT", "RINGNOANSWER", "RINGCANCELED")
    ).order_by("at", F("place").asc(nulls_first=True), "id")
    attempts = [
        attempt_of(*line)
        for line in lines.values_list("event", "queue", "agent", "at", "data1", "data3")
    ]
    company = Companies({call.tenant.pk}).at(call.tenant.pk, call.started_at)
    return [
        CallLeg(
            position=leg.position,
            extension=leg.extension,
            agent_id=leg.agent_id,
            name=leg.name,
            started_at=leg.started_at,
            answered_at=leg.answered_at,
            ended_at=leg.ended_at,
            ring_seconds=leg.ring_seconds,
            talk_seconds=leg.talk_seconds,
            end=leg.end,
        )
        for leg in legs_of_attempts(attempts, list(call.visits.all()), company)
    ]


@dataclass(frozen=True, slots=True)
class Names:
    """What to call groups and agents, by id; those that are gone have no name. `own`: extensions
    of the person who looks, where a call was between colleagues. `paths`: see paths_of."""

    groups: dict[int, str]
    agents: dict[int, str]
    private: frozenset[str] = frozenset()  # linkedids of calls that are their agents' own affair
    own: frozenset[str] = frozenset()
    paths: Mapping[int, Sequence[int]] = field(default_factory=dict)

    def groups_of(self, call: Call) -> Iterator[str]:
        """In the order in which the call came to them, where that is known."""
        for one in self.paths.get(call.pk, call.group_ids):
            yield self.groups.get(one, gettext("(removed)"))


def names_for(calls: Iterable[Call], agent_ids: Iterable[int] = (), me: int | None = None) -> Names:
    """Two queries, however many calls; one more where agent `me` had a call with a colleague, and
    one where a call had several groups."""
    found = list(calls)
    groups = {group_id for call in found for group_id in call.group_ids}
    agents = {agent_id for call in found for agent_id in call.agent_ids}
    agents.update(agent_ids)
    return Names(
        dict(AgentGroup.objects.filter(pk__in=groups).values_list("pk", "name")),
        dict(Agent.objects.filter(pk__in=agents).values_list("pk", "name")),
        private_of(found),
        paths=paths_of(found),
        own=_extensions_of(me)
        if any(one.direction == Direction.INTERNAL for one in found)
        else frozenset(),
    )


def paths_of(calls: Iterable[Call]) -> dict[int, list[int]]:
    """Groups in the order in which a call came to their queues, those without a queue last; by the
    id of each call with several groups. One query at most."""
    wanted = {call.pk: call for call in calls if len(call.group_ids) > 1}
    if not wanted:
        return {}
    entered: dict[int, dict[int, None]] = {pk: {} for pk in wanted}
    visits = QueueVisit.objects.filter(call_id__in=wanted).order_by("entered_at", "stay")
    for call_id, group_id in visits.values_list("call_id", "group_id"):
        if call_id is not None and group_id is not None:
            entered[call_id][group_id] = None
    return {pk: list(dict.fromkeys([*entered[pk], *call.group_ids])) for pk, call in wanted.items()}


def _extensions_of(agent_id: int | None) -> frozenset[str]:
    if agent_id is None:
        return frozenset()
    return frozenset(Device.objects.filter(agent_id=agent_id).values_list("extension", flat=True))


def agents_dialled(call: Call) -> dict[str, int]:
    """Whose the extensions were that the call was sent to and where no phone rang."""
    dialled = {told["exten"] for told in call.moments if told["to"] is None and told["exten"]}
    if not dialled:
        return {}
    company = Companies({call.tenant.pk}).at(call.tenant.pk, call.started_at)
    owners = {extension: company.agent_of_phone(extension) for extension in dialled}
    return {extension: owner for extension, owner in owners.items() if owner is not None}


def private_of(calls: Iterable[Call]) -> frozenset[str]:
    """The linkedids of those that were made as private calls."""
    return frozenset(call.linkedid for call in calls if is_private(call.linkedid))


def hide_private(calls: Sequence[Call]) -> None:
    """For programs, which are nobody: whom a private call was with is not said. Do not save them."""
    private = private_of(calls)
    for call in calls:
        if call.linkedid in private:
            call.dialled = call.party_digits = ""
            for leg in getattr(call, "_prefetched_objects_cache", {}).get("legs", ()):
                if not leg.extension:
                    leg.number = leg.name = ""


def groups_to_choose(sight: CallSight) -> list[tuple[int, str]]:
    groups = AgentGroup.objects.all()
    if sight.group_ids is not None:
        groups = groups.filter(pk__in=sight.group_ids)
    return list(groups.values_list("pk", "name"))


def agents_to_choose(sight: CallSight) -> list[tuple[int, str]]:
    agents = Agent.objects.all()
    if sight.group_ids is not None:
        agents = agents.filter(
            Q(memberships__group_id__in=sight.group_ids) | Q(pk=sight.agent_id)
        ).distinct()
    return list(agents.values_list("pk", "name"))
