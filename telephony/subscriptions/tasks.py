"""Clearing old events away, and telling admins and who made a webhook that it stands still."""

from __future__ import annotations

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from callcenter.accounts.models import Membership, Role
from callcenter.accounts.telling import tell_user
from callcenter.audit.services import HELIN_ITSELF
from phonebook.notes.models import Note
from phonebook.notes.services import Subject, write_note
from telephony.subscriptions import carrying
from telephony.subscriptions.models import Webhook, WebhookState

KEEP_EVENTS = timedelta(days=7)
KEEP_DELIVERIES = timedelta(days=14)


@shared_task(cross_tenant=True)
def purge_events() -> int:
    return carrying.purge(timezone.now(), KEEP_EVENTS, KEEP_DELIVERIES)


@shared_task(autoretry_for=(OSError,), retry_backoff=5, retry_backoff_max=600, max_retries=8)
def tell_of_webhook(*, tenant_id: int, webhook_id: int) -> None:
    """A POST-IT to every admin, which the bell shows until it is looked at; mail and a toast to who
    made it. Each in his language; nothing if the webhook is gone or active again.
    """
    webhook = Webhook.objects.select_related("created_by", "tenant").filter(pk=webhook_id).first()
    if webhook is None or webhook.state == WebhookState.ACTIVE:
        return
    members = Membership.objects.filter(is_active=True, user__is_active=True).select_related("user")
    for member in members.filter(role=Role.ADMIN).order_by("pk"):
        with translation.override(member.user.language or webhook.tenant.language):
            text = "\n".join((f"{_heading(webhook)}: {_state(webhook)}", _address(webhook)))
        _stick(text, member.user_id)
    maker = members.filter(user=webhook.created_by).first() if webhook.created_by else None
    if maker is None:
        return
    user = maker.user
    with translation.override(user.language or webhook.tenant.language):
        hello, heading, state = _("Hello"), _heading(webhook), _state(webhook)
        send_mail(
            heading,
            f"{hello} {user.name},\n\n{heading}: {state}. {webhook.words}\n"
            f"{webhook.url}\n\n"
            + _("What happened since is kept for 7 days and sent when you resume it:")
            + f"\n{_address(webhook)}\n",
            settings.DEFAULT_FROM_EMAIL,
            [user.email],
        )
        frame = {"type": "toast", "level": "error", "text": f"{heading}: {state}"}
    tell_user(tenant_id=tenant_id, user_id=user.pk, frame=frame)


def _stick(text: str, user_id: int) -> None:
    """Once, however often the mail is tried: the one that is not looked at yet will do."""
    if not Note.objects.filter(to_id=user_id, by=None, text=text, seen_at=None).exists():
        write_note(
            text=text, subject=Subject(), is_private=True, by=HELIN_ITSELF, at=timezone.now(),
            to_id=user_id,
        )  # fmt: skip


def _heading(webhook: Webhook) -> str:
    return _("The webhook “%(name)s” stands still") % {"name": webhook.name}


def _state(webhook: Webhook) -> str:
    return str(WebhookState(webhook.state).label)


def _address(webhook: Webhook) -> str:
    path = reverse("manage_webhook", args=[webhook.tenant.slug, webhook.pk])
    return f"{settings.PUBLIC_URL}{path}"
