"""Webhooks as people and programs make, change and steer them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.agents.models import Device
from callcenter.audit.services import Actor, record
from callcenter.groups.models import AgentGroup, Number
from callcenter.outbound.sealing import seal
from callcenter.tenants.refusals import Refusal, refusing
from callcenter.tenants.scope import current_tenant_id
from telephony.subscriptions import selectors
from telephony.subscriptions.models import About, Webhook, WebhookState
from telephony.subscriptions.posting import pin_receiver
from telephony.subscriptions.signing import new_secret
from telephony.subscriptions.vocabulary import TYPES
from telephony.subscriptions.writing import notify

MOST_WEBHOOKS = 100
MOST_OF_PHONES = 300


class NameTaken(Refusal):
    def __init__(self) -> None:
        super().__init__(_("There is a webhook of this name."), "name")


class TooMany(Refusal):
    def __init__(self, most: int) -> None:
        words = gettext("A company can have %(most)d webhooks of this kind.")
        super().__init__(words % {"most": most})


class NothingToWatch(Refusal):
    def __init__(self, field: str) -> None:
        super().__init__(_("Choose which one."), field)


class UnknownType(Refusal):
    def __init__(self) -> None:
        super().__init__(_("There is no event of that type."), "types")


class IsUnlinked(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Its number, phone or group is gone. Choose another first."))


@transaction.atomic
def make_webhook(
    *,
    name: str,
    url: str,
    by: Actor,
    about: str = About.TENANT,
    group: AgentGroup | None = None,
    number: Number | None = None,
    device: Device | None = None,
    types: Sequence[str] = (),
) -> tuple[Webhook, str]:
    """With its secret, which is told this once. It gets what happens from now on.

    Raises NameTaken, TooMany, NothingToWatch, UnknownType, and what `pin_receiver` raises.
    """
    # phones are many, and each is told of little
    most = MOST_OF_PHONES if about == About.PHONE else MOST_WEBHOOKS
    same = Q(about=About.PHONE) if about == About.PHONE else ~Q(about=About.PHONE)
    if Webhook.objects.filter(same).count() >= most:
        raise TooMany(most)
    pin_receiver(url)
    secret = new_secret()
    with refusing({"webhook_name_once": NameTaken()}):
        webhook = Webhook.objects.create(
            name=name,
            url=url.strip(),
            secret=seal(secret),
            types=_checked_types(types),
            cursor=selectors.latest_cursor(),
            created_by_id=by.user_id,
            **_place(about, group, number, device),
        )
    record(action="webhook.created", by=by, about=webhook, after=_shown(webhook))
    return webhook, secret


@transaction.atomic
def change_webhook(
    *,
    webhook: Webhook,
    name: str,
    url: str,
    by: Actor,
    about: str = About.TENANT,
    group: AgentGroup | None = None,
    number: Number | None = None,
    device: Device | None = None,
    types: Sequence[str] = (),
) -> None:
    """Raises as `make_webhook`."""
    pin_receiver(url)
    before = _shown(webhook)
    webhook.name, webhook.url, webhook.types = name, url.strip(), _checked_types(types)
    for field, value in _place(about, group, number, device).items():
        setattr(webhook, field, value)
    if webhook.state == WebhookState.UNLINKED:
        webhook.state, webhook.words = WebhookState.PAUSED, ""
    fields = ["name", "url", "types", "about", "group", "number", "number_group", "e164", "device",
              "device_agent", "state", "words"]  # fmt: skip
    with refusing({"webhook_name_once": NameTaken()}):
        webhook.save(update_fields=fields)
    _move(webhook)
    record(action="webhook.changed", by=by, about=webhook, before=before, after=_shown(webhook))


def _place(
    about: str, group: AgentGroup | None, number: Number | None, device: Device | None
) -> dict[str, Any]:
    if about == About.GROUP and group is None:
        raise NothingToWatch("group")
    if about == About.NUMBER and number is None:
        raise NothingToWatch("number")
    if about == About.PHONE and (device is None or device.agent_id is None):
        raise NothingToWatch("device")
    watched = number if about == About.NUMBER else None
    phone = device if about == About.PHONE else None
    return {
        "about": about,
        "group": group if about == About.GROUP else None,
        "number": watched,
        "number_group": watched.queue.group_id if watched else None,
        "e164": watched.e164 if watched else "",
        "device": phone,
        "device_agent": phone.agent_id if phone else None,
    }


def _checked_types(types: Sequence[str]) -> list[str]:
    if not set(types) <= TYPES.keys():
        raise UnknownType
    return sorted(set(types))


def _shown(webhook: Webhook) -> dict[str, Any]:
    return {
        "name": webhook.name,
        "url": webhook.url,
        "about": webhook.about,
        "group": str(webhook.group or ""),
        "number": webhook.e164,
        "phone": webhook.device.extension if webhook.device else "",
        "types": webhook.types,
    }


@transaction.atomic
def delete_webhook(*, webhook: Webhook, by: Actor) -> None:
    record(action="webhook.deleted", by=by, about=webhook, before=_shown(webhook))
    webhook.delete()


@transaction.atomic
def renew_secret(*, webhook: Webhook, by: Actor) -> str:
    """The old one ends at once."""
    secret = new_secret()
    _move(webhook, secret=seal(secret))
    record(action="webhook.secret_renewed", by=by, about=webhook)
    return secret


@transaction.atomic
def pause_webhook(*, webhook: Webhook, by: Actor) -> None:
    _move(webhook, state=WebhookState.PAUSED, words="")
    record(action="webhook.paused", by=by, about=webhook)


@transaction.atomic
def resume_webhook(*, webhook: Webhook, by: Actor) -> None:
    """It goes on where it stood, at once. Raises IsUnlinked."""
    if selectors.has_moved(webhook):
        raise IsUnlinked
    _move(webhook, state=WebhookState.ACTIVE, words="", **_FRESH)
    record(action="webhook.resumed", by=by, about=webhook)


@transaction.atomic
def replay_webhook(
    *, webhook: Webhook, by: Actor, cursor: int | None = None, since: datetime | None = None
) -> int:
    """Sends again all after `cursor`, or all that happened since an instant; the new cursor.

    Also forward: what lies between is left out. What is purged cannot be sent again.
    """
    if cursor is None:
        cursor = selectors.cursor_at(since) if since else selectors.latest_cursor()
    cursor = min(max(cursor, 0), selectors.latest_cursor())
    _move(webhook, cursor=cursor, **_FRESH)
    record(action="webhook.replayed", by=by, about=webhook, after={"cursor": cursor})
    return cursor


@transaction.atomic
def ask_test(*, webhook: Webhook, by: Actor) -> None:
    """A test event goes out beside the others, also while the webhook is paused."""
    Webhook.objects.filter(pk=webhook.pk).update(test_asked_at=timezone.now())
    record(action="webhook.tested", by=by, about=webhook)
    notify([current_tenant_id()])


_FRESH: dict[str, Any] = {"attempts": 0, "failing_since": None, "next_try_at": None}


def _move(webhook: Webhook, **fields: Any) -> None:
    """Takes it out of the hands of whoever carries it; he finds his turn over."""
    Webhook.objects.filter(pk=webhook.pk).update(
        turn=F("turn") + 1, lease_owner="", lease_until=None, **fields
    )
    webhook.refresh_from_db()
    notify([cast(int, webhook.tenant_id)])
