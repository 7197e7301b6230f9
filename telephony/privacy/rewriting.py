"""Rewriting calls: their lines in the ledger, and then the calls anew from these lines.

One transaction each time, so that a call is never half rewritten; done twice it changes nothing.
In a system scope, because lines of restarts, which calls are built with, are no company's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from callcenter.tenants.models import Tenant
from telephony.calls.history import build_some
from telephony.calls.models import BuildProgress, Call, CallLeg
from telephony.calls.services import build_these
from telephony.calls.visits import EVENTS
from telephony.ledger.models import CelLine, QueueLogLine
from telephony.ledger.owners import is_import
from telephony.privacy.lines import (
    CEL_FIELDS,
    QUEUE_FIELDS,
    changed_cel_line,
    changed_queue_line,
    names_beside,
)
from telephony.privacy.matching import Matcher

LINES_AT_ONCE = 20_000
CALLS_AT_ONCE = 200
Line = type[QueueLogLine] | type[CelLine]
FIELDS: Mapping[Line, tuple[str, ...]] = {QueueLogLine: QUEUE_FIELDS, CelLine: CEL_FIELDS}


@dataclass(slots=True)
class Concerned:
    """Calls, by PBX: linkedids of channel events, callids of queue lines."""

    linkedids: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    callids: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))


@dataclass(slots=True)
class Rewritten:
    calls: int = 0
    lines: int = 0


def last_line(model: Line) -> int:
    """In a system scope."""
    return model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def concerned_by(
    model: Line, *, tenant: Tenant, after: int, until: int, before: datetime, pattern: str,
    matcher: Matcher,
) -> Concerned:  # fmt: skip
    """The calls whose lines after..until, older than `before`, hold a number of the matcher's.

    `pattern`: narrows down what is looked at, on digits alone; "" looks at every line.
    """
    names = FIELDS[model]
    columns = ", ".join(names)
    table = model._meta.db_table
    key = "callid" if model is QueueLogLine else "linkedid"
    narrow = f"AND regexp_replace(concat_ws(' ', {columns}), '[^0-9]', '', 'g') ~ %s"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT pbx, {key}, event, {columns} FROM {table} "  # noqa: S608 - our own words
            f"WHERE id > %s AND id <= %s AND tenant_id = %s AND at < %s {narrow if pattern else ''}",
            [after, until, tenant.pk, before, *([pattern] if pattern else [])],
        )
        rows = cursor.fetchall()
    found = Concerned()
    target = found.callids if model is QueueLogLine else found.linkedids
    for pbx, call, event, *values in rows:
        line = dict(zip(names, values, strict=True))
        changes = (
            changed_queue_line(event, line, matcher)
            if model is QueueLogLine
            else changed_cel_line(line, matcher, names_beside([line], matcher))
        )
        if changes:
            target[pbx].add(call)
    return found


def rewrite(
    *, tenant: Tenant, concerned: Concerned, matcher: Matcher,
    on_channels: Callable[[str, Collection[str]], object] = lambda _pbx, _channels: None,
) -> Rewritten:  # fmt: skip
    """In a transaction. `on_channels` hears of each PBX's channels of these calls."""
    done = Rewritten()
    for pbx in sorted(set(concerned.linkedids) | set(concerned.callids)):
        # who builds this PBX's calls waits for us, and we for him
        BuildProgress.objects.select_for_update().get_or_create(pbx=pbx)
        linkedids = concerned.linkedids[pbx] | _calls_of(pbx, concerned.callids[pbx])
        linkedids |= _parts(tenant, pbx, linkedids)
        cel = _cel_lines(tenant, pbx, linkedids)
        channels = {row["uniqueid"] for row in cel} | concerned.callids[pbx] | linkedids
        queue = _queue_lines(tenant, pbx, channels)
        names = names_beside(cel, matcher)
        done.lines += _write(
            CelLine, {row["pk"]: changed_cel_line(row, matcher, names) for row in cel}, cel
        )
        done.lines += _write(
            QueueLogLine,
            {row["pk"]: changed_queue_line(row["event"], row, matcher) for row in queue},
            queue,
        )
        callids = {row["callid"] for row in queue if row["event"] in EVENTS}
        if is_import(pbx):
            build_some(tenant=tenant, callids=callids, linkedids=linkedids)
        else:
            build_these(pbx, callids, linkedids)
        on_channels(pbx, channels)
        done.calls += len(linkedids | (callids - channels))
    return done


def portions(concerned: Concerned) -> Iterable[Concerned]:
    """The same in parts, each small enough for one transaction."""
    for kind in ("linkedids", "callids"):
        for pbx, calls in getattr(concerned, kind).items():
            ordered = sorted(calls)
            for first in range(0, len(ordered), CALLS_AT_ONCE):
                part = Concerned()
                getattr(part, kind)[pbx] = set(ordered[first : first + CALLS_AT_ONCE])
                yield part


def _calls_of(pbx: str, callids: Collection[str]) -> set[str]:
    if not callids:
        return set()
    legs = CallLeg.objects.filter(uniqueid__in=callids, call__pbx=pbx)
    return set(legs.values_list("call__linkedid", flat=True)) | set(callids)


def _parts(tenant: Tenant, pbx: str, linkedids: Collection[str]) -> set[str]:
    """The calls that these are parts of, and the other parts of those."""
    calls = Call.objects.filter(tenant_id=tenant.pk, pbx=pbx)
    here = calls.filter(linkedid__in=linkedids)
    roots = set(here.values_list("pk", flat=True))
    roots |= set(here.filter(part_of__isnull=False).values_list("part_of_id", flat=True))
    return set(
        calls.filter(Q(pk__in=roots) | Q(part_of_id__in=roots)).values_list("linkedid", flat=True)
    )


def _mine(tenant: Tenant) -> Q:
    """Lines that tell of nobody belong to their call; another company's are never touched."""
    return Q(tenant_id=tenant.pk) | Q(tenant_id=None)


def _cel_lines(tenant: Tenant, pbx: str, linkedids: Collection[str]) -> list[dict[str, Any]]:
    lines = CelLine.objects.filter(_mine(tenant), pbx=pbx, linkedid__in=linkedids)
    return list(lines.order_by("pk").values("pk", "uniqueid", "event", *CEL_FIELDS))


def _queue_lines(tenant: Tenant, pbx: str, callids: Collection[str]) -> list[dict[str, Any]]:
    lines = QueueLogLine.objects.filter(_mine(tenant), pbx=pbx, callid__in=callids)
    return list(lines.order_by("pk").values("pk", "callid", "event", *QUEUE_FIELDS))


def _write(
    model: Line, changes: Mapping[int, Mapping[str, str]], rows: Sequence[Mapping[str, Any]]
) -> int:
    """One statement; returns how many lines changed."""
    names = FIELDS[model]
    changed = [{**row, **changes[row["pk"]]} for row in rows if changes[row["pk"]]]
    if not changed:
        return 0
    table = model._meta.db_table
    sets = ", ".join(f"{name} = new.{name}" for name in names)
    arrays = ", ".join("%s::text[]" for _ in names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} line SET {sets} "  # noqa: S608 - our own words
            f"FROM unnest(%s::bigint[], {arrays}) AS new (id, {', '.join(names)}) "
            "WHERE line.id = new.id",
            [
                [row["pk"] for row in changed],
                *([row[name] for row in changed] for name in names),
            ],
        )
    return len(changed)
