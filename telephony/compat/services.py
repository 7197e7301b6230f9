"""Opening and closing the doors, and who may come in. Every no sounds the same outside."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.audit.services import Actor, record
from callcenter.tenants.refusals import Refusal
from telephony.compat.models import CallInitDoor, TargadDoor

MOST_FAILURES = 10
LOCKED = timedelta(minutes=15)
SHORTEST_PASSWORD = 12


class NotANetwork(Refusal):
    def __init__(self, text: str) -> None:
        words = gettext("“%(text)s” is no network. Write it as 192.0.2.0/24 or 192.0.2.7.")
        super().__init__(words % {"text": text[:60]}, "networks")


class NoNetworks(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Name the networks that may come in."), "networks")


class NoUser(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Give the main user a name."), "main_user")


class PasswordTooShort(Refusal):
    def __init__(self) -> None:
        words = gettext("Choose a password of at least %(least)d characters.")
        super().__init__(words % {"least": SHORTEST_PASSWORD}, "password")


def call_init_door() -> CallInitDoor:
    return CallInitDoor.objects.first() or CallInitDoor()


def targad_door() -> TargadDoor:
    return TargadDoor.objects.first() or TargadDoor()


@transaction.atomic
def set_call_init(
    *, is_open: bool, networks: list[str], new_token: bool, by: Actor
) -> tuple[CallInitDoor, str]:
    """The door, and its token if a new one was made. Raises NotANetwork, NoNetworks."""
    wanted = []
    for text in networks:
        try:
            wanted.append(str(ip_network(text.strip(), strict=False)))
        except ValueError as problem:
            raise NotANetwork(text) from problem
    if is_open and not wanted:
        raise NoNetworks
    door, token = call_init_door(), ""
    if new_token or (is_open and not door.token_digest):
        token = secrets.token_urlsafe(32)
        door.token_digest = _digest(token)
    before = {"is_open": door.is_open, "networks": door.networks}
    door.is_open, door.networks = is_open, wanted
    door.save()
    after = {"is_open": is_open, "networks": wanted, "new_token": bool(token)}
    record(action="call_init.changed", by=by, about=door, before=before, after=after)
    return door, token


def may_call_init(address: str, token: str) -> bool:
    """From one of the networks AND with the token."""
    door = call_init_door()
    if not door.is_open or not token:
        return False
    try:
        caller = ip_address(address)
    except ValueError:
        return False
    networks = (ip_network(one) for one in door.networks)
    is_near = any(caller.version == one.version and caller in one for one in networks)
    return is_near and hmac.compare_digest(_digest(token), door.token_digest)


@transaction.atomic
def set_targad(*, is_open: bool, main_user: str, password: str, by: Actor) -> TargadDoor:
    """An empty password keeps the one there is. Raises NoUser, PasswordTooShort."""
    door = targad_door()
    name = main_user.strip()
    if is_open and not name:
        raise NoUser
    if password or (is_open and not door.password):
        if len(password) < SHORTEST_PASSWORD:
            raise PasswordTooShort
        door.password = make_password(password)
    before = {"is_open": door.is_open, "main_user": door.main_user}
    door.is_open, door.main_user = is_open, name
    door.failures, door.locked_until = 0, None
    door.save()
    after = {"is_open": is_open, "main_user": name, "new_password": bool(password)}
    record(action="targad.changed", by=by, about=door, before=before, after=after)
    return door


def may_targad(user: str, password: str, at: datetime) -> bool:
    """After ten wrong attempts in a row nobody comes in for a quarter of an hour."""
    door = targad_door()
    if not door.is_open or (door.locked_until and door.locked_until > at):
        return False
    is_right = check_password(password, door.password) and hmac.compare_digest(
        user.encode(), door.main_user.encode()
    )
    mine = TargadDoor.objects.filter(pk=door.pk)
    if is_right:
        if door.failures:
            mine.update(failures=0, locked_until=None)
        return True
    mine.update(failures=F("failures") + 1)
    mine.filter(failures__gte=MOST_FAILURES).update(failures=0, locked_until=at + LOCKED)
    return False


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
