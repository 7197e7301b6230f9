"""Changing what opens when somebody calls."""

from __future__ import annotations

import re
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from callcenter.audit.services import Actor, record
from callcenter.groups.models import AgentGroup
from callcenter.outbound.addresses import read_address
from callcenter.outbound.sealing import seal
from callcenter.tenants.refusals import Refusal, refusing
from phonebook.cards.drawing import check_template
from phonebook.cards.links import is_link
from phonebook.cards.models import CustomCard, GroupLink, PopupChoice

_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")
_NOT_OURS = {"host", "content-length", "transfer-encoding", "connection", "cookie"}
_MARKS = ("{number}", "{digits}")


class LinkNotRead(Refusal):
    def __init__(self) -> None:
        words = _(
            "This is not a complete address that begins with https:// or http://, "
            "with $CALLER_... only behind the host."
        )
        super().__init__(words, "link")


class CardNameTaken(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Another card has this name already."), "name")


class CardNumberMissing(Refusal):
    def __init__(self) -> None:
        words = _("The address needs {number} or {digits} after the host, where the number goes.")
        super().__init__(words, "url")


class CardHeaderNotRead(Refusal):
    def __init__(self) -> None:
        super().__init__(_("This is not the name of a header, as X-Api-Key."), "header")


def change_popup(*, user_id: int, **wishes: Any) -> PopupChoice:
    """A person's own choice; not audited. Raises LinkNotRead."""
    if wishes.get("link") and not is_link(wishes["link"]):
        raise LinkNotRead
    choice, _made = PopupChoice.objects.update_or_create(user_id=user_id, defaults=wishes)
    return choice


@transaction.atomic
def change_group_link(*, group: AgentGroup, link: str, link_when: str, by: Actor) -> None:
    """An empty link takes it away. Raises LinkNotRead."""
    if link and not is_link(link):
        raise LinkNotRead
    if link:
        GroupLink.objects.update_or_create(
            group=group, defaults={"link": link, "link_when": link_when}
        )
    else:
        GroupLink.objects.filter(group=group).delete()
    record(action="card.group_link", by=by, about=group, after={"link": link, "when": link_when})


def create_card(*, by: Actor, secret: str = "", **wishes: Any) -> CustomCard:
    """Raises CardNameTaken, CardNumberMissing, CardHeaderNotRead, AddressNotRead, TemplateBroken."""
    _check(wishes)
    with refusing({"custom_card_once": CardNameTaken()}):
        made = CustomCard.objects.create(secret=seal(secret), **wishes)
        record(action="card.created", by=by, about=made, after=_told(wishes))
    return made


def change_card(*, card: CustomCard, by: Actor, secret: str = "", **wishes: Any) -> None:
    """An empty secret keeps the one that is there, unless the host changed. Raises as `create_card`."""
    _check(wishes)
    before = {name: getattr(card, name) for name in wishes}
    is_elsewhere = _host(card.url) != _host(wishes["url"])
    for name, value in wishes.items():
        setattr(card, name, value)
    if secret or is_elsewhere:
        card.secret = seal(secret)
    with refusing({"custom_card_once": CardNameTaken()}):
        card.save()
        record(action="card.changed", by=by, about=card, before=_told(before), after=_told(wishes))


@transaction.atomic
def delete_card(*, card: CustomCard, by: Actor) -> None:
    record(action="card.deleted", by=by, about=card)
    card.delete()


def _told(wishes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in wishes.items() if name != "template"}


def _host(url: str) -> tuple[str, str, int]:
    return read_address(url.replace("{number}", "0").replace("{digits}", "0"))


def _check(wishes: dict[str, Any]) -> None:
    scheme, _mark, rest = wishes["url"].partition("://")
    host, _slash, path = rest.partition("/")
    if not any(mark in path for mark in _MARKS) or any(mark in scheme + host for mark in _MARKS):
        raise CardNumberMissing
    _host(wishes["url"])
    header = wishes.get("header", "")
    if header and (not _HEADER.fullmatch(header) or header.lower() in _NOT_OURS):
        raise CardHeaderNotRead
    check_template(wishes["template"])
