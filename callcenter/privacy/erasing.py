"""Carrying an erasure out: portion by portion, from where a killed worker stopped."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from callcenter.audit.services import HELIN_ITSELF, Actor, record
from callcenter.privacy.selectors import holds_on
from callcenter.privacy.steps import STEPS, Erasure
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import current_tenant_id
from telephony.privacy.models import CaseState, PrivacyCase
from telephony.recordings.storage.sealed import SealedStore

LEASE = timedelta(minutes=5)  # no portion takes that long


def erase(*, case_id: int, store: SealedStore, now: Callable[[], datetime]) -> bool:
    """All that is left to do; False where somebody else does it, or a hold stops it.

    In the tenant's scope. Raises StorageFailed: then somebody takes it up again after the lease.
    """
    worker = uuid.uuid4()
    mine = PrivacyCase.objects.filter(pk=case_id, state=CaseState.ERASING)
    free = mine.filter(Q(working_until=None) | Q(working_until__lte=now()))
    if not free.update(worker=worker, working_until=now() + LEASE):
        return False
    tenant = Tenant.objects.get(pk=current_tenant_id())
    while True:
        is_over = _portion(case_id, worker, tenant, store, now())
        if is_over is not None:
            return is_over


def _portion(
    case_id: int, worker: uuid.UUID, tenant: Tenant, store: SealedStore, at: datetime
) -> bool | None:
    """None: there is more to do."""
    with transaction.atomic():
        rows = PrivacyCase.objects.select_for_update()
        case = rows.filter(pk=case_id, state=CaseState.ERASING, worker=worker).first()
        if case is None:
            return False
        hold = holds_on(case).first()
        if hold is not None:
            case.state, case.worker, case.working_until = CaseState.STOPPED, None, None
            case.save()
            record(action="privacy.erasure_stopped", by=HELIN_ITSELF, about=case,
                   after={"reason": hold.reason})  # fmt: skip
            return False
        _name, step = STEPS[case.step]
        if step(Erasure(case, tenant, store, at)):
            case.step, case.cursor = case.step + 1, {}
        case.working_until = at + LEASE
        if case.step < len(STEPS):
            case.save()
            return None
        case.state, case.erased_at, case.worker, case.working_until = (
            CaseState.ERASED, at, None, None,
        )  # fmt: skip
        case.save()
        record(
            action="privacy.erased",
            by=Actor(case.asked_by_name, case.asked_by_id),
            about=case,
            after=case.done,
        )
    return True


def unfinished(at: datetime, most: int = 50) -> list[tuple[int, int]]:
    """(tenant, case) of erasures that nobody works at. In a system scope."""
    lost = PrivacyCase.objects.filter(state=CaseState.ERASING)
    lost = lost.filter(Q(working_until=None) | Q(working_until__lte=at))
    return list(lost.values_list("tenant_id", "pk")[:most])
