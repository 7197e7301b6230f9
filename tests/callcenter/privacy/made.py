"""A company's ledger as a real PBX wrote it, and everything else that names the caller of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

from django.core.management import call_command
from django.db import models

from callcenter.audit.services import Actor
from callcenter.privacy import erasing, services
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import system_scope, tenant_scope
from reports.statistics.figures import FIGURES
from reports.statistics.selection import Selection
from reports.statistics.selectors import total_of
from telephony.activity.services import build_new_activity
from telephony.calls.models import Call, CallLeg, QueueVisit
from telephony.ledger.models import CelLine, QueueLogLine
from telephony.privacy.models import PrivacyCase
from telephony.recordings.storage.sealed import SealedStore

CALLER = "+4915112345"
CALLED = "+4930998877"
OTHER = "+4915199999"
AT = datetime(2026, 12, 1, tzinfo=UTC)
ALICE = Actor("Alice")
ALL = Selection(
    since=datetime(2026, 1, 1, tzinfo=UTC), until=datetime(2027, 1, 1, tzinfo=UTC), zone="UTC",
    group_ids=None, agent_ids=None,
)  # fmt: skip


def order(
    tenant: Tenant, numbers: str, *, notes: str = "redact", contacts: str = "delete",
    at: datetime = AT,
) -> PrivacyCase:  # fmt: skip
    """In the tenant's scope."""
    case = services.open_case(
        numbers=numbers, reference="F-1", tenant=tenant, by=ALICE, at=at - timedelta(hours=1)
    )
    services.order_erasure(
        case=case, on_notes=notes, on_contacts=contacts, tenant=tenant, by=ALICE, at=at
    )
    return case


def erase(
    tenant: Tenant, store: SealedStore, numbers: str, at: datetime = AT, **wants: str
) -> PrivacyCase:
    with tenant_scope(tenant.pk):
        case = order(tenant, numbers, at=at, **wants)
        assert erasing.erase(case_id=case.pk, store=store, now=lambda: at)
        case.refresh_from_db()
        assert case.state == "erased"
        return case


def build_everything(tenant: Tenant) -> None:
    with system_scope("a test"):
        while not build_new_activity(pbx="pbx1").is_all:
            pass


def rebuild(tenant: Tenant) -> None:
    call_command("rebuild_figures", tenant=tenant.slug, stdout=StringIO())


def figures(tenant: Tenant) -> Any:
    """Every sum, and how many had to call again."""
    with tenant_scope(tenant.pk):
        return total_of(ALL, tuple(FIGURES))


def rows(
    tenant: Tenant, model: type[models.Model], *, without: tuple[str, ...] = ()
) -> list[dict[str, Any]]:
    """Everything but the keys that a rebuild gives anew."""
    keys = {"id", "call", "part_of", *without}
    with tenant_scope(tenant.pk):
        found = model._default_manager.all()
        names = [field.name for field in model._meta.concrete_fields if field.name not in keys]
        return sorted(found.values(*names), key=repr)


WHO = ("caller_number", "caller_name", "dialled", "party_digits", "party_backwards")


def story(tenant: Tenant, *, with_people: bool) -> list[Any]:
    """What calls, legs and visits say; without people: what must stay as it is."""
    return [
        rows(tenant, Call, without=() if with_people else (*WHO, "moments")),
        rows(tenant, CallLeg, without=() if with_people else ("number", "name", "channel")),
        rows(tenant, QueueVisit, without=() if with_people else ("caller_number",)),
    ]


def ledger_text(tenant_id: int | None = None) -> str:
    """All that the lines of a company say, and those of nobody."""
    with system_scope("a test"):
        text = ""
        for model in (QueueLogLine, CelLine):
            lines = model.objects.all()
            if tenant_id is not None:
                lines = lines.filter(tenant_id=tenant_id)
            text += repr(list(lines.order_by("pk").values()))
        return text
