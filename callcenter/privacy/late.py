"""Lines that come into the ledger after an erasure and tell of calls before it.

A PBX was away, an old history is imported: what is older than the erasure is rewritten too, with
the same pseudonyms. What the person does afterwards is new data and stays as it is.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from callcenter.privacy.steps import Erasure, remove_sounds
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import system_scope, tenant_scope
from telephony.ledger.models import CelLine, QueueLogLine
from telephony.privacy.digests import digest_of
from telephony.privacy.matching import Matcher
from telephony.privacy.models import CaseState, LateWatch, PrivacyCase
from telephony.privacy.rewriting import (
    LINES_AT_ONCE,
    Line,
    concerned_by,
    last_line,
    portions,
    rewrite,
)
from telephony.recordings.models import Recording
from telephony.recordings.storage.sealed import SealedStore


def watch_everybody(*, at: datetime, store: SealedStore) -> int:
    """Outside any tenant's scope; returns how many lines were rewritten."""
    with system_scope("companies that have erased somebody"):
        ids = list(LateWatch.objects.values_list("tenant_id", flat=True))
    return sum(_watch(tenant_id, at, store) for tenant_id in ids)


def _watch(tenant_id: int, at: datetime, store: SealedStore) -> int:
    lines = 0
    while True:
        with tenant_scope(tenant_id), transaction.atomic():
            watch = LateWatch.objects.select_for_update(skip_locked=True).first()
            if watch is None:
                return lines
            tenant = Tenant.objects.get(pk=tenant_id)
            queue_line, some = _look(QueueLogLine, tenant, watch.queue_line, at, store)
            cel_line, more = _look(CelLine, tenant, watch.cel_line, at, store)
            is_all = (queue_line, cel_line) == (watch.queue_line, watch.cel_line)
            watch.queue_line, watch.cel_line = queue_line, cel_line
            watch.save(update_fields=["queue_line", "cel_line"])
        lines += some + more
        if is_all:
            return lines


def _look(
    model: Line, tenant: Tenant, after: int, at: datetime, store: SealedStore
) -> tuple[int, int]:
    with system_scope("the ledger's last lines are anybody's"):
        until = min(after + LINES_AT_ONCE, max(last_line(model), after))
    if until == after:
        return after, 0
    lines = 0
    cases = PrivacyCase.objects.filter(
        state__in=(CaseState.ERASING, CaseState.STOPPED, CaseState.ERASED), asked_at__isnull=False
    )
    # the first erasure that a line is older than has the say
    for case in cases.order_by("asked_at", "pk"):
        known = dict(case.erased.values_list("digest", "pseudonym"))
        matcher = Matcher(
            lambda form, known=known: known.get(digest_of(tenant.pk, form)),  # type: ignore[misc]
            tenant.country,
        )
        heard: dict[str, set[str]] = {}

        def remember(
            pbx: str, channels: Collection[str], heard: dict[str, set[str]] = heard
        ) -> None:
            heard.setdefault(pbx, set()).update(channels)

        with system_scope("lines of restarts are no company's"):
            found = concerned_by(
                model, tenant=tenant, after=after, until=until,
                before=case.asked_at or at, pattern="", matcher=matcher,
            )  # fmt: skip
            for part in portions(found):
                done = rewrite(tenant=tenant, concerned=part, matcher=matcher, on_channels=remember)
                lines += done.lines
        for pbx, channels in heard.items():
            work = Erasure(case, tenant, store, at)
            sounds = Recording.objects.filter(pbx=pbx, uniqueid__in=channels)
            while not remove_sounds(work, sounds):
                pass
    return until, lines
