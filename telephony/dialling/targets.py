"""What may be called by a click, by the rules that a phone's own dialling meets in the PBX."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.agents.models import Agent, Device
from callcenter.groups.models import Number
from callcenter.tenants.models import Tenant
from callcenter.tenants.refusals import Refusal
from phonebook.numbers.e164 import LONGEST, display
from phonebook.numbers.emergency import emergency_numbers
from phonebook.numbers.kinds import Identity, NumberKind, identify
from phonebook.numbers.pasted import read_pasted
from telephony.provisioning.models import OutgoingPrefix


class DialRefused(Refusal):
    """Nothing was dialled. `code` is the same in every language, for programs."""

    code = "refused"


class Unreadable(DialRefused):
    code = "unreadable"

    def __init__(self, text: str) -> None:
        words = gettext("“%(text)s” is no number that can be called.")
        super().__init__(words % {"text": text.strip()[:LONGEST]}, "number")


class SeveralNumbers(DialRefused):
    code = "several_numbers"

    def __init__(self, numbers: list[str]) -> None:
        words = gettext("There are several numbers: %(numbers)s. Choose one.")
        super().__init__(words % {"numbers": ", ".join(numbers[:5])}, "number")


class OwnNumber(DialRefused):
    code = "own_number"

    def __init__(self) -> None:
        super().__init__(_("This is your own phone."), "number")


class NoSuchExtension(DialRefused):
    code = "no_such_extension"

    def __init__(self, extension: str) -> None:
        words = gettext("Nobody has the extension %(extension)s.")
        super().__init__(words % {"extension": extension}, "number")


class NotAllowed(DialRefused):
    code = "not_allowed"

    def __init__(self, number: str) -> None:
        words = gettext(
            "Calls to %(number)s are not allowed. A manager can allow it under Management, "
            "Outgoing calls."
        )
        super().__init__(words % {"number": number}, "number")


@dataclass(frozen=True, slots=True)
class Target:
    """`number` is what the PBX is told to dial: E.164, an extension, or a number for help."""

    number: str
    shown: str
    is_inside: bool = False


def target_of(text: str, tenant: Tenant) -> Target:
    """The number that a person typed, pasted or clicked. Raises Unreadable, SeveralNumbers,
    NoSuchExtension, NotAllowed."""
    identity = _one_of(text, tenant.country)
    key = identity.key
    if identity.kind in (NumberKind.SERVICE, NumberKind.EXTENSION):
        if key in emergency_numbers(tenant.country):
            return Target(key, key)
        if Device.objects.filter(extension=key, is_active=True).exists():
            return Target(key, key, is_inside=True)
        if identity.kind is NumberKind.EXTENSION:
            raise NoSuchExtension(key)
        raise NotAllowed(key)
    shown = display(key, tenant.country)
    if Number.objects.filter(e164=key).exists():
        return Target(key, shown, is_inside=True)
    # as asterisk.route_outbound decides it once more, when the phone has been picked up
    beginnings = [key[:length] for length in range(2, len(key) + 1)]
    if not OutgoingPrefix.objects.filter(prefix__in=beginnings).exists():
        raise NotAllowed(shown)
    return Target(key, shown)


def _one_of(text: str, country: str) -> Identity:
    dialable = {NumberKind.TELEPHONE, NumberKind.EXTENSION, NumberKind.SERVICE}
    whole = identify(text, country)
    if whole.kind in dialable:
        return whole
    found = {
        one.identity.key: one.identity
        for one in read_pasted(text[:400], country).found
        if one.identity.kind in dialable
    }
    if len(found) > 1:
        raise SeveralNumbers([display(key, country) for key in found])
    if not found:
        raise Unreadable(text)
    return next(iter(found.values()))


def check_not_own(target: Target, agent: Agent) -> None:
    """Raises OwnNumber for any phone of the agent's."""
    if target.is_inside and agent.devices.filter(extension=target.number).exists():
        raise OwnNumber
