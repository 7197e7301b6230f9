"""Keys of web pages and of the browser extension: one person's, only for calling."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.models import Membership
from callcenter.accounts.permissions import Person, Right
from callcenter.accounts.selectors import person_in
from callcenter.audit.services import Actor, record
from callcenter.tenants.refusals import Refusal
from callcenter.tenants.scope import system_scope
from telephony.dialling.models import BrowserKey

EXTENSION = "extension"  # stands among the origins for the browser extension
MOST_KEYS = 20
_SHAPE = re.compile(r"^helinb_([a-f0-9]{10})_([A-Za-z0-9_-]{32})$")
_EXTENSIONS = ("chrome-extension://", "moz-extension://")
_USED_AT_PRECISION = timedelta(minutes=1)


class NotAnOrigin(Refusal):
    def __init__(self, text: str) -> None:
        words = gettext("“%(text)s” is no address of a web site. Write it as https://crm.example.")
        super().__init__(words % {"text": text[:80]}, "origins")


class NoOrigins(Refusal):
    def __init__(self) -> None:
        words = _("Name the web sites that may use the key, or choose the browser extension.")
        super().__init__(words, "origins")


class TooManyKeys(Refusal):
    def __init__(self) -> None:
        super().__init__(_("You have many keys already. Revoke one first."))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls with a key, as he is now."""

    key: BrowserKey
    person: Person
    origin: str = ""


def origin_of(text: str) -> str:
    """`https://crm.example:8443` of any address there. Raises NotAnOrigin."""
    try:
        parts = urlsplit(text.strip())
        port = f":{parts.port}" if parts.port else ""
    except ValueError as problem:
        raise NotAnOrigin(text) from problem
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not re.fullmatch(r"[a-z0-9.-]{1,190}", host):
        raise NotAnOrigin(text)
    return f"{parts.scheme}://{host}{port}"


@transaction.atomic
def create_browser_key(
    *,
    membership: Membership,
    name: str,
    origins: list[str],
    for_extension: bool,
    by: Actor,
    shows_callers: bool = False,
) -> tuple[BrowserKey, str]:
    """The row, and the key itself. Raises NotAnOrigin, NoOrigins, TooManyKeys."""
    wanted = list(dict.fromkeys(origin_of(one) for one in origins if one.strip()))
    if for_extension:
        wanted.append(EXTENSION)
    if not wanted:
        raise NoOrigins
    Membership.objects.select_for_update().get(pk=membership.pk)
    if BrowserKey.objects.filter(membership=membership, revoked_at=None).count() >= MOST_KEYS:
        raise TooManyKeys
    prefix, secret = secrets.token_hex(5), secrets.token_urlsafe(24)
    key = f"helinb_{prefix}_{secret}"
    row = BrowserKey.objects.create(
        membership=membership, name=name, prefix=prefix, digest=_digest(key), origins=wanted,
        shows_callers=shows_callers,
    )  # fmt: skip
    record(
        action="browser_key.created",
        by=by,
        about=row,
        after={"origins": wanted, "shows_callers": shows_callers},
    )
    return row, key


@transaction.atomic
def revoke_browser_key(*, key: BrowserKey, by: Actor, at: datetime) -> None:
    if BrowserKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=at):
        record(action="browser_key.revoked", by=by, about=key)


def is_known_origin(origin: str) -> bool:
    """Whether any key in use may be used there; what a browser asks before it shows the key."""
    with system_scope("a preflight does not say whose key will come"):
        return BrowserKey.objects.filter(
            origins__contains=[_kept(origin)], revoked_at=None
        ).exists()


def caller_with(authorization: str, origin: str, at: datetime) -> Caller | None:
    """None for no key, a wrong or revoked one, one that may not be used there, or one of
    somebody who may not call any more."""
    scheme, _space, text = authorization.partition(" ")
    found = _SHAPE.match(text.strip()) if scheme.lower() == "bearer" else None
    if found is None:
        return None
    with system_scope("the key says which tenant it belongs to"):
        key = (
            BrowserKey.objects.select_related("tenant", "membership__user")
            .filter(prefix=found[1], revoked_at=None)
            .first()
        )
        if key is None or not hmac.compare_digest(_digest(text.strip()), key.digest):
            return None
        if not _is_in_use(key, origin):
            return None
        if key.last_used_at is None or at - key.last_used_at > _USED_AT_PRECISION:
            BrowserKey.objects.filter(pk=key.pk).update(last_used_at=at)
    return _caller(key, origin)


def caller_of_key(key_id: int, origin: str) -> Caller | None:
    """Asked again while a page listens."""
    with system_scope("the key says which tenant it belongs to"):
        keys = BrowserKey.objects.select_related("tenant", "membership__user")
        key = keys.filter(pk=key_id, revoked_at=None).first()
        if key is None or not _is_in_use(key, origin):
            return None
    return _caller(key, origin)


def _is_in_use(key: BrowserKey, origin: str) -> bool:
    member = key.membership
    is_active = key.tenant.is_active and member.is_active and member.user.is_active
    return is_active and _kept(origin) in key.origins


def _caller(key: BrowserKey, origin: str) -> Caller | None:
    person = person_in(key.membership.user, key.tenant)
    if person is None or not person.may(Right.CALLS_MAKE):
        return None
    return Caller(key, person, origin)


def _kept(origin: str) -> str:
    return EXTENSION if origin.startswith(_EXTENSIONS) else origin


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
