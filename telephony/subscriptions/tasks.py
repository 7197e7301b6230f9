"""Clearing old events away, and telling who made a webhook that it stands still."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from callcenter.accounts.models import Membership
from callcenter.accounts.telling import tell_user
from telephony.subscriptions import carrying
from telephony.subscriptions.models import Webhook, WebhookState

KEEP_EVENTS = timedelta(days=7)
KEEP_DELIVERIES = timedelta(days=14)


@shared_task(cross_tenant=True)
def purge_events() -> int:
    return carrying.purge(timezone.now(), KEEP_EVENTS, KEEP_DELIVERIES)


@shared_task(autoretry_for=(OSError,), retry_backoff=5, retry_backoff_max=600, max_retries=8)
def tell_of_webhook(*, tenant_id: int, webhook_id: int) -> None:
    """Mail and a toast to who made it, in his language; nothing if it is gone or active again."""
    webhook = Webhook.objects.select_related("created_by", "tenant").filter(pk=webhook_id).first()
    if webhook is None or webhook.created_by is None or webhook.state == WebhookState.ACTIVE:
        return
    user = webhook.created_by
    if not user.is_active or not Membership.objects.filter(user=user, is_active=True).exists():
        return
    with translation.override(user.language or webhook.tenant.language):
        heading = _("The webhook “%(name)s” stands still") % {"name": webhook.name}
        state = WebhookState(webhook.state).label
        path = reverse("manage_webhook", args=[webhook.tenant.slug, webhook.pk])
        send_mail(
            heading,
            f"{_('Hello')} {user.name},\n\n{heading}: {state}. {webhook.words}\n"
            f"{webhook.url}\n\n"
            + _("What happened since is kept for 7 days and sent when you resume it:")
            + f"\n{settings.PUBLIC_URL}{path}\n",
            settings.DEFAULT_FROM_EMAIL,
            [user.email],
        )
        frame = {"type": "toast", "level": "error", "text": f"{heading}: {state}"}
    tell_user(tenant_id=tenant_id, user_id=user.pk, frame=frame)
