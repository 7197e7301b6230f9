"""Keeping lost calls and promises up with the calls: whatever number a changed call touches is
looked at again from all its calls, so a late line repairs, and looking twice changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import system_scope, tenant_scope
from phonebook.numbers.kinds import NumberKind, identify
from telephony.callbacks.due_times import DueTimes
from telephony.callbacks.models import (
    Callback,
    CallbackState,
    CallTouch,
    LostCall,
    NeverCallBack,
)
from telephony.callbacks.promises import (
    CallKey,
    Contact,
    GivingUp,
    Lost,
    Promise,
    first_contacts,
    promises_of,
)
from telephony.calls.models import Call, Direction, QueueVisit

TOUCHES_AT_ONCE = 500
LOST = ("abandoned", "overflowed", "closed", "no_answer", "busy", "failed")
NEAR = timedelta(seconds=5)
_TAKEN_UP = ("state", "closed_at", "closed_by", "closed_pbx", "closed_linkedid")
_TOLD = (
    "pbx", "linkedid", "key", "number", "name", "group", "group_ids", "first_lost_at", "last_lost_at", "lost_count",
    "longest_wait_seconds", "outcome", "reason", *_TAKEN_UP,
    "assigned_to", "assigned_at", "snoozed_until", "snoozed_at",
    "given_up_at", "given_up_seen_at", "given_up_by", "given_up_reason",
)  # fmt: skip
_LOST_FIELDS = (
    "callback", "party_digits", "group", "began_at", "lost_at", "wait_seconds", "outcome", "reason",
    "visit_callid", "visit_stay", "called_back_at", "contacted_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """`groups`: of what changed, by tenant. `is_all`: nothing more is waiting to be looked at."""

    groups: dict[int, frozenset[int]]
    is_all: bool


def keep_callbacks() -> Kept:
    """Looks at the numbers of the next touched calls, of every tenant, each in one transaction."""
    with system_scope("the ledger looks which companies' calls changed"):
        tenant_ids = list(
            CallTouch.objects.order_by("tenant_id").values_list("tenant_id", flat=True).distinct()
        )
    groups: dict[int, frozenset[int]] = {}
    is_all = True
    for tenant_id in tenant_ids:
        with tenant_scope(tenant_id):
            changed, is_done = _keep_next(tenant_id)
        if changed is not None:
            groups[tenant_id] = changed
        is_all = is_all and is_done
    return Kept(groups, is_all)


def look_again(*, tenant: Tenant, digits: Collection[str]) -> None:
    """At these numbers' calls: what decides about them changed. In the tenant's scope."""
    with transaction.atomic():
        take_turn(tenant.pk)
        _Look(tenant, set(digits), set()).keep()


def take_turn(tenant_id: int) -> None:
    """One at a time in a company: two who add up the same calls would promise twice.

    To be called before any promise is locked, in its transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('callbacks'), %s)", [tenant_id])


def _keep_next(tenant_id: int) -> tuple[frozenset[int] | None, bool]:
    """The groups whose promises changed, None where none did; whether that was all."""
    with transaction.atomic():
        take_turn(tenant_id)
        touches = list(CallTouch.objects.order_by("id")[:TOUCHES_AT_ONCE])
        if not touches:
            return None, True
        tenant = Tenant.objects.filter(pk=tenant_id).first()
        changed: set[int] | None = None
        if tenant is not None:
            digits = {one.party_digits for one in touches if one.party_digits}
            nameless = {(one.pbx, one.linkedid) for one in touches if not one.party_digits}
            changed = _Look(tenant, digits, nameless).keep()
        CallTouch.objects.filter(pk__in=[one.pk for one in touches]).delete()
    return (None if changed is None else frozenset(changed)), len(touches) < TOUCHES_AT_ONCE


@dataclass(slots=True)
class _Known:
    """What one number's calls say; `calls` are the lost ones."""

    calls: dict[CallKey, Call] = field(default_factory=dict)
    contacts: list[Contact] = field(default_factory=list)

    @property
    def lost(self) -> list[Lost]:
        return [Lost(key, _lost_at(call)) for key, call in self.calls.items()]


def _lost_at(call: Call) -> Any:
    return call.ended_at or call.started_at


@dataclass(slots=True)
class _Look:
    """At some numbers of a company (`digits`), and some calls without a number (`nameless`)."""

    tenant: Tenant
    digits: set[str]
    nameless: set[CallKey]
    changed: set[int] = field(default_factory=set)
    has_changed: bool = False
    new: list[Callback] = field(default_factory=list)
    altered: list[Callback] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    of_call: dict[CallKey, Callback] = field(default_factory=dict)

    def keep(self) -> set[int] | None:
        """The groups concerned; None where nothing changed."""
        known = self._known()
        rows: defaultdict[str, list[Callback]] = defaultdict(list)
        keys = {self._key_of(digits, one): digits for digits, one in known.items() if digits}
        every = {key for key in keys if key} | {f"+{digits}" for digits in self.digits}
        locked = Callback.objects.filter(key__in=every).order_by("pk").select_for_update()
        for row in locked:
            rows[row.key].append(row)
        blocked = dict(NeverCallBack.objects.filter(key__in=every).values_list("key", "created_at"))
        for key, digits in keys.items():
            self._one_number(key, known[digits], rows.pop(key, []), blocked.get(key))
        for left in rows.values():
            self._without_promise(left, {})
        self._nameless(known.get("", _Known()))
        self._write()
        self._write_lost(known)
        return self.changed if self.has_changed else None

    # --- reading --------------------------------------------------------------------------------
    def _known(self) -> dict[str, _Known]:
        found: dict[str, _Known] = {digits: _Known() for digits in self.digits}
        calls = Call.objects.filter(part_of__isnull=True).only(
            "pbx", "linkedid", "direction", "caller_number", "caller_name", "party_digits", "group_id",
            "agent_id", "started_at", "answered_at", "ended_at", "wait_seconds", "outcome", "reason",
            "tenant_id",
        )  # fmt: skip
        backwards = [digits[::-1] for digits in self.digits]
        if backwards:
            wanted = calls.filter(
                party_backwards__in=backwards, direction__in=(Direction.IN, Direction.OUT)
            )
            for call in wanted:
                self._sort_in(found.setdefault(call.party_digits, _Known()), call)
        if self.nameless:
            ids = {linkedid for _, linkedid in self.nameless}
            for call in calls.filter(linkedid__in=ids, party_digits="", direction=Direction.IN):
                if (call.pbx, call.linkedid) in self.nameless:
                    self._sort_in(found.setdefault("", _Known()), call)
        return found

    def _sort_in(self, known: _Known, call: Call) -> None:
        key = (call.pbx, call.linkedid)
        if call.direction == Direction.IN and call.ended_at and call.outcome in LOST:
            known.calls[key] = call
        elif call.answered_at is not None and call.reason != "service":
            is_outgoing = call.direction == Direction.OUT
            known.contacts.append(Contact(key, call.answered_at, is_outgoing, call.agent_id))

    def _key_of(self, digits: str, known: _Known) -> str:
        """What the phonebook calls the number; "" for one that says nobody."""
        if not digits:
            return ""
        for call in known.calls.values():
            identity = identify(call.caller_number, self.tenant.country)
            if identity.kind not in (NumberKind.ANONYMOUS, NumberKind.UNREADABLE):
                return identity.key
        return f"+{digits}"

    # --- deciding -------------------------------------------------------------------------------
    def _one_number(self, key: str, known: _Known, rows: list[Callback], blocked_at: Any) -> None:
        # another PBX's history makes figures, and no work for anybody
        own = [one for one in known.lost if not one.call[0].startswith("@")]
        given_up = [
            GivingUp(row.given_up_seen_at, row.given_up_at)
            for row in rows
            if row.given_up_at and row.given_up_seen_at
        ]
        promises = promises_of(own, known.contacts, given_up, blocked_at)
        left = {(row.pbx, row.linkedid): row for row in rows}
        unmatched: list[Promise] = []
        for promise in promises:
            row = left.pop(promise.first.call, None)
            if row is None:
                unmatched.append(promise)
            else:
                self._take_up(row, promise, key, known)
        for promise in unmatched:
            near = _near(promise, left.values())
            if near is not None:
                del left[(near.pbx, near.linkedid)]
            self._take_up(near or self._made(promise), promise, key, known)
        self._without_promise(left.values(), known.calls)

    def _made(self, promise: Promise) -> Callback:
        row = Callback(due_at=promise.first.lost_at, tenant=self.tenant)
        self.new.append(row)
        return row

    def _take_up(self, row: Callback, promise: Promise, key: str, known: _Known) -> None:
        calls = [known.calls[one.call] for one in promise.lost]
        last = calls[-1]
        groups = sorted({one.group_id for one in calls if one.group_id is not None})
        contact = promise.contact
        said: dict[str, Any] = {
            "pbx": promise.first.call[0],
            "linkedid": promise.first.call[1],
            "key": key,
            "number": last.caller_number,
            "name": next((one.caller_name for one in reversed(calls) if one.caller_name), ""),
            "group_id": next((one.group_id for one in reversed(calls) if one.group_id), None),
            "group_ids": groups,
            "first_lost_at": promise.first.lost_at,
            "last_lost_at": promise.lost[-1].lost_at,
            "lost_count": len(calls),
            "longest_wait_seconds": max(one.wait_seconds for one in calls),
            "outcome": last.outcome,
            "reason": last.reason,
            "state": promise.closed_as
            or (CallbackState.OPEN if key else CallbackState.ANONYMOUS).value,
            "closed_at": promise.closed_at,
            "closed_by_id": contact.agent_id if contact else None,
            "closed_pbx": contact.call[0] if contact else "",
            "closed_linkedid": contact.call[1] if contact else "",
        }
        self._set(row, said)
        for one in promise.lost:
            self.of_call[one.call] = row

    def _set(self, row: Callback, said: dict[str, Any]) -> None:
        if row.pk is not None and all(getattr(row, name) == value for name, value in said.items()):
            return
        self.has_changed = True
        self.changed.update(row.group_ids, said["group_ids"])
        for name, value in said.items():
            setattr(row, name, value)
        if row.pk is not None:
            self.altered.append(row)

    def _without_promise(self, rows: Iterable[Callback], calls: dict[CallKey, Call]) -> None:
        """Its first call turned out to be answered, or to be part of an earlier promise."""
        for row in rows:
            heir = self.of_call.get((row.pbx, row.linkedid))
            if heir is not None and row.has_work and not heir.has_work:
                for name in ("assigned_to_id", "assigned_at", "snoozed_until", "snoozed_at"):
                    setattr(heir, name, getattr(row, name))
                if heir.pk is not None and heir not in self.altered:
                    self.altered.append(heir)
            elif heir is None and row.has_work and (row.pbx, row.linkedid) not in calls:
                continue  # its calls are away while all are built anew
            self.gone.append(row.pk)
            self.changed.update(row.group_ids)
            self.has_changed = True

    def _nameless(self, known: _Known) -> None:
        """Each by itself: nobody knows whether two of them are one."""
        old = (
            {
                (row.pbx, row.linkedid): row
                for row in Callback.objects.filter(
                    key="", linkedid__in=[linkedid for _, linkedid in self.nameless]
                )
            }
            if self.nameless
            else {}
        )
        for one in known.lost:
            if one.call[0].startswith("@"):
                continue
            promise = Promise([one])
            row = old.pop(one.call, None) or self._made(promise)
            self._take_up(row, promise, "", known)
        self.gone += [row.pk for key, row in old.items() if key in self.nameless]

    # --- writing --------------------------------------------------------------------------------
    def _write(self) -> None:
        if self.gone:
            Callback.objects.filter(pk__in=self.gone).delete()
        if self.new:
            times = DueTimes(self.tenant)
            for row in self.new:
                row.due_at = times.due_at(row.group_id, row.first_lost_at)
        Callback.objects.bulk_update(self.altered, _TOLD, batch_size=500)
        Callback.objects.bulk_create(self.new, batch_size=500)

    def _write_lost(self, known: dict[str, _Known]) -> None:
        keep: list[LostCall] = []
        visits = self._visits(known)
        for digits, one in known.items():
            contacts = first_contacts(one.lost, one.contacts)
            for key, call in one.calls.items():
                visit = visits.get(call.pk)
                back, met = contacts.get(key, (None, None)) if digits else (None, None)
                keep.append(
                    LostCall(
                        tenant=self.tenant,
                        pbx=call.pbx,
                        linkedid=call.linkedid,
                        callback=self.of_call.get(key),
                        party_digits=digits,
                        group_id=call.group_id,
                        began_at=call.started_at,
                        lost_at=_lost_at(call),
                        wait_seconds=call.wait_seconds,
                        outcome=call.outcome,
                        reason=call.reason,
                        visit_callid=visit[0] if visit else "",
                        visit_stay=visit[1] if visit else 0,
                        called_back_at=back,
                        contacted_at=met,
                    )
                )
        self._drop_others(keep)
        LostCall.objects.bulk_create(
            keep,
            update_conflicts=True,
            unique_fields=["pbx", "linkedid"],
            update_fields=_LOST_FIELDS,
            batch_size=500,
        )

    def _drop_others(self, keep: list[LostCall]) -> None:
        still = {(one.pbx, one.linkedid) for one in keep}
        before = LostCall.objects.filter(party_digits__in=self.digits)
        rows = list(before.values_list("pk", "pbx", "linkedid"))
        if self.nameless:
            ids = [linkedid for _, linkedid in self.nameless]
            nameless = LostCall.objects.filter(linkedid__in=ids)
            rows += nameless.values_list("pk", "pbx", "linkedid")
        gone = [pk for pk, pbx, linkedid in rows if (pbx, linkedid) not in still]
        if gone:
            LostCall.objects.filter(pk__in=gone).delete()

    def _visits(self, known: dict[str, _Known]) -> dict[int, tuple[str, int]]:
        """The last stay in a queue of each lost call."""
        ids = [call.pk for one in known.values() for call in one.calls.values()]
        found = QueueVisit.objects.filter(call_id__in=ids).order_by("entered_at", "stay", "pk")
        rows = found.values_list("call_id", "callid", "stay")
        return {call_id: (callid, stay) for call_id, callid, stay in rows if call_id is not None}


def _near(promise: Promise, rows: Iterable[Callback]) -> Callback | None:
    """A call may get another name when its channel events come; it is still that promise."""
    first, last = promise.first.lost_at - NEAR, promise.lost[-1].lost_at + NEAR
    return next((row for row in rows if first <= row.first_lost_at <= last), None)
