"""Changing how a company names its callers."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from callcenter.agents.models import Device
from callcenter.audit.services import Actor, record
from callcenter.outbound.addresses import read_address
from callcenter.outbound.sealing import seal
from callcenter.tenants.refusals import Refusal, refusing
from callcenter.tenants.scope import system_scope
from phonebook.naming.answers import asked_url, is_url_with_number
from phonebook.naming.models import (
    DirectoryQuestion,
    ExternalDirectory,
    NamingRules,
    PhoneDirectory,
)
from phonebook.naming.sources import directory_source, known, of_preset

LOG_KEPT = timedelta(days=7)
_HEADER = re.compile(r"[A-Za-z0-9-]{1,60}")
_NOT_OURS = {"host", "content-length", "transfer-encoding", "connection", "cookie"}


class NameTaken(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Another directory has this name already."), "name")


class NumberMissing(Refusal):
    def __init__(self) -> None:
        words = _("The address needs {number} or {digits} after the host, where the number goes.")
        super().__init__(words, "url")


class HeaderNotRead(Refusal):
    def __init__(self) -> None:
        super().__init__(_("This is not the name of a header, as X-Api-Key."), "header")


@transaction.atomic
def change_rules(*, sources: Sequence[str], deadline_ms: int, by: Actor) -> NamingRules:
    """Sources that do not exist are left out; those not named are not asked."""
    rules, _made = NamingRules.objects.get_or_create()
    before = {"sources": rules.sources, "deadline_ms": rules.deadline_ms}
    ids = ExternalDirectory.objects.values_list("pk", flat=True)
    rules.sources = known(sources, ids)
    rules.deadline_ms = max(0, min(deadline_ms, 5000))
    rules.save()
    after = {"sources": rules.sources, "deadline_ms": rules.deadline_ms}
    if before != after:
        record(action="naming.changed", by=by, about=rules, before=before, after=after)
    return rules


def take_preset(*, preset: str, by: Actor) -> NamingRules:
    """KeyError for another word than those of PRESETS."""
    rules = NamingRules.objects.first()
    ids = ExternalDirectory.objects.values_list("pk", flat=True)
    deadline = rules.deadline_ms if rules else 1000
    return change_rules(sources=of_preset(preset, ids), deadline_ms=deadline, by=by)


def create_directory(*, by: Actor, secret: str = "", **wishes: Any) -> ExternalDirectory:
    """Comes last before the name that came with the call. Raises NameTaken, NumberMissing,
    HeaderNotRead, AddressNotRead."""
    _check(wishes)
    with refusing({"external_directory_once": NameTaken()}):
        made = ExternalDirectory.objects.create(secret=seal(secret), **wishes)
        rules, _made = NamingRules.objects.get_or_create()
        source = directory_source(made.pk)
        place = len(rules.sources) - ("carrier" in rules.sources[-1:])
        rules.sources = [*rules.sources[:place], source, *rules.sources[place:]]
        rules.save()
        record(action="directory.created", by=by, about=made, after=wishes)
    return made


def change_directory(
    *, directory: ExternalDirectory, by: Actor, secret: str = "", **wishes: Any
) -> None:
    """An empty secret keeps the one that is there, unless the host changed: it was given for that
    host alone. Raises what `create_directory` raises."""
    _check(wishes)
    before = {name: getattr(directory, name) for name in wishes}
    is_elsewhere = read_address(_filled(directory.url)) != read_address(_filled(wishes["url"]))
    for name, value in wishes.items():
        setattr(directory, name, value)
    if secret or is_elsewhere:
        directory.secret = seal(secret)
    directory.revision += 1
    with refusing({"external_directory_once": NameTaken()}):
        directory.save()
        record(action="directory.changed", by=by, about=directory, before=before, after=wishes)


@transaction.atomic
def delete_directory(*, directory: ExternalDirectory, by: Actor) -> None:
    source = directory_source(directory.pk)
    record(action="directory.deleted", by=by, about=directory)
    for rules in NamingRules.objects.all():
        rules.sources = [one for one in rules.sources if one != source]
        rules.save()
    directory.delete()


def _check(wishes: dict[str, Any]) -> None:
    if not is_url_with_number(wishes["url"]):
        raise NumberMissing
    read_address(_filled(wishes["url"]))
    header = wishes.get("header", "")
    if header and (not _HEADER.fullmatch(header) or header.lower() in _NOT_OURS):
        raise HeaderNotRead


def _filled(url: str) -> str:
    return asked_url(url, "+37250000000")


@transaction.atomic
def make_phone_address(*, device: Device, by: Actor) -> str:
    """The token of this phone's phonebook, kept nowhere: show it now. The one before it ends."""
    token = secrets.token_urlsafe(24)
    PhoneDirectory.objects.filter(device=device).delete()
    made = PhoneDirectory.objects.create(
        device=device, digest=digest_of(token), made_at=timezone.now()
    )
    record(action="phone_directory.made", by=by, about=made)
    return token


@transaction.atomic
def revoke_phone_address(*, device: Device, by: Actor) -> None:
    """Doing it twice changes nothing."""
    for row in PhoneDirectory.objects.filter(device=device):
        record(action="phone_directory.revoked", by=by, about=row)
        row.delete()


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def forget_old_questions() -> int:
    """How many went."""
    with system_scope("the log of questions is cut for all companies"):
        old = DirectoryQuestion.objects.filter(at__lt=timezone.now() - LOG_KEPT)
        return int(old.delete()[0])
