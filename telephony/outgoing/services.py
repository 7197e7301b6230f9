"""Where the tenant's phones may call to: an allow-list, empty at first (toll fraud)."""

from __future__ import annotations

import re

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.audit.services import Actor, record
from callcenter.tenants.refusals import Refusal, refusing
from telephony.provisioning.models import OutgoingPrefix

_PREFIX = re.compile(r"^\+[1-9][0-9]{0,13}$")
_SEPARATORS = re.compile(r"[\s().\-/]+")


class NotAPrefix(Refusal):
    def __init__(self) -> None:
        words = _("Type + and the country code, and further digits if you want, as +372 or +3725.")
        super().__init__(words, "begins")


class AllowedAlready(Refusal):
    def __init__(self, prefix: str) -> None:
        words = gettext("Numbers that begin with %(prefix)s are allowed already.")
        super().__init__(words % {"prefix": prefix}, "begins")


def allow_prefix(*, prefix: str, by: Actor, note: str = "") -> OutgoingPrefix:
    """Phones may call numbers that begin so, as "+372" or "00372 5". Raises NotAPrefix,
    AllowedAlready.
    """
    digits = _SEPARATORS.sub("", prefix)
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if not _PREFIX.match(digits):
        raise NotAPrefix
    with refusing({"outgoing_prefix_once": AllowedAlready(digits)}):
        row = OutgoingPrefix.objects.create(prefix=digits, note=note.strip())
        after = {"prefix": row.prefix, "note": row.note}
        record(action="outgoing.allowed", by=by, about=row, after=after)
    return row


def forbid_prefix(*, prefix: OutgoingPrefix, by: Actor) -> None:
    with transaction.atomic():
        before = {"prefix": prefix.prefix, "note": prefix.note}
        record(action="outgoing.forbidden", by=by, about=prefix, before=before)
        prefix.delete()
