"""The facts of one PBX on their way to the screens of its tenants."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from telephony.listener.routing import Router
from telephony.live.broadcast import Layer, TenantBroadcast
from telephony.live.directory import Directory
from telephony.live.naming import note_key
from telephony.live.reducer import carry_over, decide, decide_all, name_calls, settle
from telephony.live.state import Change, Document, Entity, Put, apply, difference
from telephony.live.store import LiveStore
from telephony.live.streams import stream_plan
from telephony.pbx.events import PbxEvent

log = logging.getLogger(__name__)


@dataclass(slots=True)
class LiveTenant:
    """`synced`: the document stems from the PBX, not from what an earlier listener left."""

    directory: Directory
    document: Document
    broadcast: TenantBroadcast
    synced: bool = False


@dataclass(slots=True)
class Counters:
    """For the health page. Instants in epoch seconds."""

    link: str = "stale"
    link_since: float = 0.0
    events: int = 0
    last_event_at: float = 0.0
    lag_seconds: float = 0.0
    unknown_events: int = 0
    broken_events: int = 0
    resyncs: int = 0
    orders: int = 0
    refused_orders: int = 0


@dataclass(slots=True)
class Touched:
    """Agents of whom anything changed, by tenant: what is shown, or what is noted of them; and the
    linkedids of calls that changed."""

    agents: dict[str, dict[int, None]] = field(default_factory=dict)
    calls: dict[str, dict[str, None]] = field(default_factory=dict)

    def add(self, slug: str, changes: Iterable[Change]) -> None:
        for change in changes:
            kind, _, name = change.key.partition(":")
            if kind in {"agent", "_agent"}:
                self.agents.setdefault(slug, {})[int(name)] = None
            elif kind == "call":
                self.calls.setdefault(slug, {})[name] = None


Witness = Callable[[Directory, Document, Sequence[Change], float], None]
"""Sees every change before it is applied, with the instant (epoch seconds); must not raise."""


class Pipeline:
    """Holds the live documents; everything that changes them goes through here, in one task."""

    def __init__(
        self,
        *,
        store: LiveStore,
        layer: Layer,
        simulated: bool = False,
        clock: Callable[[], float] = time.time,
        witness: Witness | None = None,
    ) -> None:
        self.tenants: dict[str, LiveTenant] = {}
        self.counters = Counters(link_since=clock())
        self._store = store
        self._layer = layer
        self._simulated = simulated
        self._clock = clock
        self._witness = witness
        self._router = Router()

    # --- tenants ------------------------------------------------------------------------------
    def know(self, directories: Iterable[Directory], left: dict[str, Document]) -> Touched:
        """The tenants of this PBX as the company data says now.

        `left`: what an earlier listener left in the store of tenants that are new here.
        """
        touched = Touched()
        wanted = {directory.slug: directory for directory in directories}
        for slug in self.tenants.keys() - wanted.keys():
            del self.tenants[slug]
        for slug, directory in wanted.items():
            tenant = self.tenants.get(slug)
            if tenant is None:
                self._add(directory, left.get(slug, {}))
            elif tenant.directory != directory:
                self._refresh(tenant, directory, touched)
        self._router.know(wanted.values())
        return touched

    def _add(self, directory: Directory, left: Document) -> None:
        document = dict(left)
        apply(document, [self._pbx()])
        broadcast = TenantBroadcast(
            directory, document, store=self._store, layer=self._layer, clock=self._clock
        )
        self.tenants[directory.slug] = LiveTenant(directory, document, broadcast)

    def _refresh(self, tenant: LiveTenant, directory: Directory, touched: Touched) -> None:
        is_same_plan = stream_plan(tenant.directory) == stream_plan(directory)
        tenant.directory = directory
        changes: tuple[Change, ...] = ()
        if tenant.synced:
            changes = settle(tenant.document, directory, self._clock())
            touched.add(directory.slug, changes)
            # a wish of an agent may have changed without the entity
            touched.agents.setdefault(directory.slug, {}).update(dict.fromkeys(directory.agents))
        self._show(tenant, changes, self._clock())
        if is_same_plan:
            tenant.broadcast.directory = directory
            tenant.broadcast.mark(changes)
        apply(tenant.document, changes)
        if not is_same_plan:
            tenant.broadcast.replace(tenant.document, directory)

    # --- facts --------------------------------------------------------------------------------
    def take(self, batch: Sequence[PbxEvent]) -> Touched:
        """The facts in the order of the PBX."""
        touched = Touched()
        facts: dict[str, list[PbxEvent]] = {}
        for event in batch:
            for slug, fact in self._router.route(event):
                facts.setdefault(slug, []).append(fact)
        for slug, told in facts.items():
            tenant = self.tenants.get(slug)
            if tenant is None:
                continue
            changes = self._decide(tenant.document, tenant.directory, told)
            if changes:
                self._show(tenant, changes, told[-1].at)
                tenant.broadcast.mark(changes)
                apply(tenant.document, changes)
                touched.add(slug, changes)
        self._count(batch)
        return touched

    def name_calls(self, slug: str, notes: Mapping[str, Entity]) -> None:
        """Names were found for calls (telephony/live/naming.py); a call that is over has none."""
        tenant = self.tenants.get(slug)
        if tenant is None:
            return
        changes = name_calls(tenant.document, tenant.directory, notes, self._clock())
        if not changes:
            return
        tenant.broadcast.mark((*changes, *self._unchanged(tenant.document, notes, changes)))
        self._show(tenant, changes, self._clock())
        apply(tenant.document, changes)

    @staticmethod
    def _unchanged(
        document: Document, notes: Iterable[str], changes: Iterable[Change]
    ) -> list[Change]:
        """Calls that stay as they are: people's own names change what only they are sent."""
        changed = {change.key for change in changes}
        keys = [f"call:{linkedid}" for linkedid in notes if note_key(linkedid) in changed]
        return [Put(key, document[key]) for key in keys if key in document and key not in changed]

    def resync(self, told: Sequence[PbxEvent]) -> Touched:
        """All that the PBX lists: the documents are made anew, and only what differs is sent."""
        now = self._clock()
        touched = Touched()
        self._set_link("live", now)
        for slug, facts in self._router.route_snapshot(told).items():
            tenant = self.tenants.get(slug)
            if tenant is None:
                continue
            fresh = self._rebuild(tenant, facts, now)
            fresh["pbx"] = self._pbx().entity
            changes = difference(tenant.document, fresh)
            self._show(tenant, changes, now)
            tenant.broadcast.mark(changes)
            apply(tenant.document, changes)
            tenant.synced = True
            touched.agents[slug] = dict.fromkeys(tenant.directory.agents)
        self.counters.resyncs += 1
        return touched

    def _decide(
        self, document: Document, directory: Directory, told: Sequence[PbxEvent]
    ) -> tuple[Change, ...]:
        """As `decide_all`; a fact that breaks the reducer is counted and left out."""
        try:
            return decide_all(document, directory, told)
        except Exception:
            log.exception("A fact about %s broke the reducer.", directory.slug)
        scratch = dict(document)
        changes: list[Change] = []
        for fact in told:
            try:
                found = decide(scratch, directory, fact)
            except Exception:
                self.counters.broken_events += 1
                log.error("Left out: %r", fact)
                continue
            apply(scratch, found)
            changes += found
        return tuple(changes)

    def _rebuild(self, tenant: LiveTenant, facts: Sequence[PbxEvent], now: float) -> Document:
        fresh: Document = {}
        apply(fresh, self._decide(fresh, tenant.directory, facts))
        try:
            return carry_over(tenant.document, dict(fresh), tenant.directory, now)
        except Exception:
            # what another version of Helin left in the store may have another shape
            log.exception("What was known of %s before cannot be used.", tenant.directory.slug)
            return carry_over({}, fresh, tenant.directory, now)

    def lose_link(self) -> None:
        """The PBX is not heard: what is shown stays, marked as old."""
        now = self._clock()
        if self.counters.link == "stale":
            return
        self._set_link("stale", now)
        for tenant in self.tenants.values():
            changes = (self._pbx(),)
            self._show(tenant, changes, now)
            tenant.broadcast.mark(changes)
            apply(tenant.document, changes)

    def _show(self, tenant: LiveTenant, changes: Sequence[Change], at: float) -> None:
        if self._witness is not None and changes:
            self._witness(tenant.directory, tenant.document, changes, at)

    def _set_link(self, link: str, now: float) -> None:
        if self.counters.link != link:
            self.counters.link, self.counters.link_since = link, now

    def _pbx(self) -> Put:
        return Put(
            "pbx",
            {
                "link": self.counters.link,
                "since": self.counters.link_since,
                "simulated": self._simulated,
            },
        )

    def _count(self, batch: Sequence[PbxEvent]) -> None:
        if batch:
            counters = self.counters
            counters.events += len(batch)
            counters.last_event_at = batch[-1].at
            counters.lag_seconds = max(0.0, self._clock() - batch[-1].at)
