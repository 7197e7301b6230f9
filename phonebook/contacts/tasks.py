"""Imports and sources, in workers."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.models import Contact, ContactImport, ContactSource
from phonebook.contacts.services.importing import run_import
from phonebook.contacts.services.sourcing import follow_source

KEPT_DAYS = 30
AT_ONCE = 50  # sources handed out per tick


@shared_task
def follow_contact_source(*, tenant_id: int, source_id: int) -> None:  # noqa: ARG001
    follow_source(source_id=source_id)


@shared_task(cross_tenant=True)
def follow_due_sources() -> None:
    """Hands out what is due; the next tick takes the rest."""
    due = ContactSource.objects.filter(
        is_active=True, next_at__lte=timezone.now(), tenant__is_active=True
    ).order_by("next_at")
    for source in due[:AT_ONCE]:
        follow_contact_source.delay(tenant_id=source.tenant_id, source_id=source.pk)


@shared_task
def import_contacts(*, tenant_id: int, import_id: int) -> None:  # noqa: ARG001 - opens the scope
    run_import(job_id=import_id)


@shared_task(cross_tenant=True)
def forget_deleted_contacts() -> None:
    """What was deleted 30 days ago cannot be restored any more; nor are its imports kept."""
    before = timezone.now() - timedelta(days=KEPT_DAYS)
    for tenant in Tenant.objects.all():
        with tenant_scope(tenant.pk):
            Contact.objects.filter(deleted_at__lt=before).delete()
            ContactImport.objects.filter(created_at__lt=before).delete()
