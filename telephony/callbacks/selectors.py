"""Reading promises: a page of them by cursor, one with its lost calls, who is at it now."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from callcenter.accounts.models import Membership
from callcenter.accounts.permissions import Right, rights_of
from callcenter.agents.models import Agent
from callcenter.groups.models import AgentGroup
from phonebook.numbers.kinds import identify
from telephony.callbacks.models import Callback, CallbackState, LostCall
from telephony.callbacks.permissions import CallbackSight
from telephony.calls.models import Call
from telephony.live.selectors import live_snapshot
from telephony.live.streams import TENANT

PAGE = 50
LOST_CALLS_SHOWN = 50
MOST_COUNTED = 100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR = re.compile(r"^(-?[0-9]{1,18})-([0-9]{1,18})$")
# name: the column, whether its greatest comes first
SORTS = {
    "newest": ("last_lost_at", True),
    "oldest": ("last_lost_at", False),
    "due": ("due_at", False),
    "calls": ("lost_count", True),
    "wait": ("longest_wait_seconds", True),
}
HANDLED = ("reached", "called_in", "given_up", "blocked")


@dataclass(frozen=True, slots=True)
class CallbackFilter:
    """Everything may be left out. [since, until) is of the last lost call. `shown`: open, handled,
    snoozed or "" for all; open ones that are snoozed at `at` are not among the open.
    """

    at: datetime
    since: datetime | None = None
    until: datetime | None = None
    shown: str = ""
    group_id: int | None = None
    assigned_to: int | None = None
    number: str = ""
    country: str = ""
    sort: str = "newest"


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a sorted list: after the row with this value and id."""

    value: int
    id: int

    def __str__(self) -> str:
        return f"{self.value}-{self.id}"

    @classmethod
    def read(cls, text: str) -> Cursor | None:
        found = _CURSOR.match(text)
        return cls(int(found[1]), int(found[2])) if found else None

    @classmethod
    def of(cls, row: Callback, sort: str) -> Cursor:
        value = getattr(row, SORTS[sort][0])
        if isinstance(value, datetime):
            return cls((value - _EPOCH) // timedelta(microseconds=1), row.pk)
        return cls(round(value * 1000), row.pk)

    def value_for(self, sort: str) -> Any:
        """Raises OverflowError for an instant that there is not."""
        if SORTS[sort][0].endswith("_at"):
            return _EPOCH + timedelta(microseconds=self.value)
        return self.value / 1000


@dataclass(frozen=True, slots=True)
class CallbackPage:
    rows: list[Callback]
    older: Cursor | None


def snoozed_at(at: datetime) -> Q:
    """Asked to wait until later, and not called by in vain since; see Callback."""
    return Q(state=CallbackState.OPEN, snoozed_until__gt=at, snoozed_at__gte=F("last_lost_at"))


def is_snoozed(row: Callback, at: datetime) -> bool:
    return bool(
        row.is_open
        and row.snoozed_until
        and row.snoozed_at
        and row.snoozed_until > at
        and row.snoozed_at >= row.last_lost_at
    )


def callbacks_seen(sight: CallbackSight) -> QuerySet[Callback]:
    return Callback.objects.filter(sight.limits).select_related("assigned_to", "leased_by")


def _wanted(sight: CallbackSight, wanted: CallbackFilter) -> QuerySet[Callback]:
    found = callbacks_seen(sight)
    if wanted.since is not None:
        found = found.filter(last_lost_at__gte=wanted.since)
    if wanted.until is not None:
        found = found.filter(last_lost_at__lt=wanted.until)
    if wanted.shown == "open":
        found = found.filter(state=CallbackState.OPEN).exclude(snoozed_at(wanted.at))
    elif wanted.shown == "snoozed":
        found = found.filter(snoozed_at(wanted.at))
    elif wanted.shown == "handled":
        found = found.filter(state__in=HANDLED)
    if wanted.group_id is not None:
        found = found.filter(group_ids__contains=[wanted.group_id])
    if wanted.assigned_to is not None:
        found = found.filter(assigned_to=wanted.assigned_to)
    if wanted.number:
        key = identify(wanted.number, wanted.country).key
        # who may not see a number must not find it out by asking for it either
        found = found.filter(key=key) if key and sight.sees_numbers else found.none()
    return found


def page_of_callbacks(
    sight: CallbackSight, wanted: CallbackFilter, cursor: Cursor | None = None, size: int = PAGE
) -> CallbackPage:
    """`size` promises after the cursor, in the wanted order. One query."""
    column, is_falling = SORTS[wanted.sort]
    found = _wanted(sight, wanted)
    if cursor is not None:
        try:
            value = cursor.value_for(wanted.sort)
        except OverflowError:
            return CallbackPage([], None)
        side = "lt" if is_falling else "gt"
        beyond = Q(**{f"{column}__{side}": value}) | Q(**{column: value, f"pk__{side}": cursor.id})
        found = found.filter(beyond)
    sign = "-" if is_falling else ""
    rows = list(found.order_by(f"{sign}{column}", f"{sign}pk")[: size + 1])
    older = Cursor.of(rows[size - 1], wanted.sort) if len(rows) > size else None
    return CallbackPage(rows[:size], older)


def count_of(sight: CallbackSight, wanted: CallbackFilter) -> int:
    """At most MOST_COUNTED."""
    return len(_wanted(sight, wanted).values_list("pk")[:MOST_COUNTED])


def count_open(sight: CallbackSight, wanted: CallbackFilter) -> int:
    """Those of a list that are to be called back now; at most MOST_COUNTED."""
    if wanted.shown in ("handled", "snoozed"):
        return 0
    return count_of(sight, replace(wanted, shown="open"))


def callback_seen(sight: CallbackSight, pk: int) -> Callback | None:
    return callbacks_seen(sight).filter(pk=pk).first()


def due_callbacks(sight: CallbackSight, at: datetime, most: int = 8) -> list[Callback]:
    """What the person should do next: his own and what nobody was given, the longest due first."""
    mine = Q(assigned_to__isnull=True) | Q(assigned_to=sight.user_id)
    found = callbacks_seen(sight).filter(mine, state=CallbackState.OPEN)
    return list(found.exclude(snoozed_at(at)).order_by("due_at", "pk")[:most])


@dataclass(frozen=True, slots=True)
class LostCallLine:
    """`call_id` None: the call is away, as while all are built anew."""

    lost: LostCall
    call_id: int | None
    caller_number: str


def lost_calls_of(callback: Callback) -> list[LostCallLine]:
    """Latest first, at most LOST_CALLS_SHOWN. Two queries."""
    rows = list(
        LostCall.objects.filter(callback=callback).order_by("-lost_at", "-pk")[:LOST_CALLS_SHOWN]
    )
    calls = calls_named([(row.pbx, row.linkedid) for row in rows])
    return [
        LostCallLine(row, call.pk if call else None, call.caller_number if call else "")
        for row in rows
        for call in [calls.get((row.pbx, row.linkedid))]
    ]


def calls_named(names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Call]:
    wanted = set(names)
    if not wanted:
        return {}
    pbxes, linkedids = {pbx for pbx, _ in wanted}, {linkedid for _, linkedid in wanted}
    found = Call.objects.filter(pbx__in=pbxes, linkedid__in=linkedids)
    return {
        (call.pbx, call.linkedid): call for call in found if (call.pbx, call.linkedid) in wanted
    }


def names_of_groups(rows: Iterable[Callback]) -> dict[int, str]:
    ids = {group_id for row in rows for group_id in row.group_ids}
    return dict(AgentGroup.objects.filter(pk__in=ids).values_list("pk", "name"))


def names_of_agents(rows: Iterable[Callback]) -> dict[int, str]:
    ids = {row.closed_by_id for row in rows if row.closed_by_id}
    return dict(Agent.objects.filter(pk__in=ids).values_list("pk", "name"))


def groups_to_choose(sight: CallbackSight) -> list[tuple[int, str]]:
    groups = AgentGroup.objects.all()
    if sight.group_ids is not None:
        groups = groups.filter(pk__in=sight.group_ids)
    return list(groups.values_list("pk", "name"))


def colleagues() -> list[tuple[int, str]]:
    """Who works on callbacks, by name."""
    members = Membership.objects.select_related("user").filter(is_active=True)
    found = [
        (one.user_id, str(one.user.name or one.user.email))
        for one in members
        if Right.CALLBACKS in rights_of(one.role, one.extra_rights, one.denied_rights)
    ]
    return sorted(found, key=lambda one: one[1].casefold())


def talking_with(
    callback: Callback, *, tenant_id: int, pbx: str, country: str, but: int | None
) -> str:
    """Who is in a call with the number now, ringing it, or rung by it; "" if nobody is known to be.

    `but`: an agent who does not count, the one who asks. What is stale says nothing.
    """
    if not callback.key:
        return ""
    view = live_snapshot(tenant_id, [TENANT], pbx)
    if not view.is_live:
        return ""
    for key, entity in view.document.items():
        if not key.startswith("call:") or not _is_with(entity, callback.key, country):
            continue
        agents = [
            one for one in (*entity.get("agents", ()), *entity.get("ringing", ())) if one != but
        ]
        names = [view.document.get(f"agent:{one}", {}).get("name", "") for one in agents]
        if any(names):
            return ", ".join(filter(None, names))
        if entity.get("direction") == "in":
            return str(entity.get("queue") or "–")
    return ""


def _is_with(entity: dict[str, Any], key: str, country: str) -> bool:
    if entity.get("direction") == "out":
        return identify(str(entity.get("dialled") or ""), country).key == key
    number = (entity.get("caller") or {}).get("number") or ""
    return entity.get("direction") == "in" and identify(str(number), country).key == key
