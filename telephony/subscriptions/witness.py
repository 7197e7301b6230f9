"""Stands beside the live documents, derives facts from their changes, and hands them on.

Runs in the listener's loop, after the screens (deferring.py); writing is another thread's.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence

from telephony.live.directory import Directory
from telephony.live.state import Change, Entity, Put
from telephony.subscriptions.deriving import events_of, instant, remember
from telephony.subscriptions.vocabulary import GAP, LINK_BACK, OutEvent

log = logging.getLogger(__name__)

Take = Callable[[int, Sequence[OutEvent]], None]


class Witness:
    """`take` gets the tenant's id with its facts, in order; it must not wait and not raise."""

    def __init__(self, pbx: str, take: Take) -> None:
        self._pbx = pbx
        self._take = take
        self._met: dict[int, dict[str, tuple[int, ...]]] = {}
        self._heard: set[int] = set()
        self.broken = 0

    def look_at(
        self,
        directory: Directory,
        before: Mapping[str, Entity],
        changes: Sequence[Change],
        at: float,
    ) -> None:
        """`before` as it is until the changes are applied. Never raises: screens come first."""
        try:
            self._tell(directory, before, changes, at)
        except Exception:
            self.broken += 1
            log.exception("Changes of %s could not be told outward.", directory.slug)

    def _tell(
        self,
        directory: Directory,
        before: Mapping[str, Entity],
        changes: Sequence[Change],
        at: float,
    ) -> None:
        met = self._met.get(directory.tenant_id)
        if met is None:
            met = self._met[directory.tenant_id] = {}
            remember(met, [Put(key, entity) for key, entity in before.items()])
        found = events_of(before, changes, directory, at, pbx=self._pbx, met=met)
        remember(met, changes)
        if any(event.type == LINK_BACK for event in found):
            found = self._with_gap(directory.tenant_id, found, at)
        if found:
            self._take(directory.tenant_id, found)

    def _with_gap(self, tenant_id: int, found: list[OutEvent], at: float) -> list[OutEvent]:
        """While nobody listened calls may have come and gone; only what differs now is told."""
        (back,) = (event for event in found if event.type == LINK_BACK)
        is_first = tenant_id not in self._heard
        self._heard.add(tenant_id)
        since = None if is_first else back.data["lost_at"]
        gap = {
            "reason": "restart" if is_first else "pbx",
            "from": since,
            "until": instant(at),
            "dropped": None,
        }
        rest = [event for event in found if event is not back]
        return [back, OutEvent(GAP, at, gap, for_all=True), *rest]
