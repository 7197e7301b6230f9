"""Imports and sources, in workers."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.models import Contact, ContactImport
from phonebook.contacts.services.importing import run_import

KEPT_DAYS = 30


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
