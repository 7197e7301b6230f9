"""Targad koned's notifications: a webhook for a phone or a number, made and taken away by it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.db import transaction

from callcenter.agents.models import Device
from callcenter.audit.services import Actor, record
from callcenter.groups.models import Number
from telephony.compat.models import LinkedNumber
from telephony.subscriptions import services
from telephony.subscriptions.models import About, Webhook, WebhookState
from telephony.subscriptions.vocabulary import TYPES

TOLD = sorted(word for word in TYPES if word.startswith("call."))


def is_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname)


@transaction.atomic
def switch_on(*, of: Device | Number, url: str, by: Actor) -> str | None:
    """From now on calls are told there; the secret of the signatures when it is a new webhook.

    Raises what telephony.subscriptions raises: an address inside, a phone that is nobody's.
    """
    link, _made = LinkedNumber.objects.get_or_create(**_key(of))
    wanted: dict[str, Any] = {
        "name": f"Targad koned {of.extension if isinstance(of, Device) else of.e164}",
        "url": url,
        "by": by,
        "types": TOLD,
        "about": About.PHONE if isinstance(of, Device) else About.NUMBER,
        **_key(of),
    }
    secret = None
    if link.webhook is None:
        link.webhook, secret = services.make_webhook(**wanted)
        link.save(update_fields=["webhook"])
    else:
        services.change_webhook(webhook=link.webhook, **wanted)
        if link.webhook.state != WebhookState.ACTIVE:
            services.resume_webhook(webhook=link.webhook, by=by)
    host = urlsplit(url).hostname
    record(action="targad.notification_on", by=by, about=link, after={"host": host})
    return secret


@transaction.atomic
def switch_off(*, of: Device | Number, by: Actor) -> None:
    link = LinkedNumber.objects.filter(**_key(of)).select_related("webhook").first()
    if link is None or link.webhook is None:
        return
    services.delete_webhook(webhook=link.webhook, by=by)
    record(action="targad.notification_off", by=by, about=link)


def watched() -> set[int]:
    """The ids of the phones whose calls are told now."""
    links = LinkedNumber.objects.filter(webhook__state=WebhookState.ACTIVE)
    found = links.filter(device__isnull=False).select_related("device", "webhook")
    return {link.device_id for link in found if link.device_id and _is_its_own(link)}


def _is_its_own(link: LinkedNumber) -> bool:
    hook: Webhook | None = link.webhook
    return (
        hook is not None and link.device is not None and hook.device_agent == link.device.agent_id
    )


def _key(of: Device | Number) -> dict[str, Any]:
    return {"device": of} if isinstance(of, Device) else {"number": of}
