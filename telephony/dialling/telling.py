"""Telling whoever clicked that nobody is there, in every tab that is open."""

from __future__ import annotations

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.telling import tell_user
from callcenter.tenants.scope import system_scope
from phonebook.numbers.e164 import display
from telephony.dialling.failures import Failure
from telephony.dialling.models import PlacedCall

WORDS = {
    Failure.OWN_NO_ANSWER: _("You did not pick up your phone. %(number)s was not called."),
    Failure.OWN_BUSY: _("Your phone is busy or refused the call. %(number)s was not called."),
    Failure.OWN_UNREACHABLE: _("Your phone could not be reached. %(number)s was not called."),
    Failure.BUSY: _("%(number)s is busy."),
    Failure.NO_ANSWER: _("%(number)s did not answer."),
    Failure.UNREACHABLE: _("%(number)s could not be reached."),
}
ECHO_WORDS = {
    Failure.OWN_NO_ANSWER: _("You did not pick up your phone."),
    Failure.OWN_BUSY: _("Your phone is busy or refused the call."),
    Failure.OWN_UNREACHABLE: _("Your phone could not be reached."),
}


def tell_of_failure(call_id: str, failure: Failure) -> bool:
    """Whether there was anybody to tell: not for a call that is not ours, or by a program."""
    with system_scope("a call's id says which company it belongs to"):
        placed = (
            PlacedCall.objects.select_related("tenant", "requested_by")
            .filter(call_id=call_id)
            .first()
        )
    if placed is None or placed.requested_by is None:
        return False
    reader, tenant = placed.requested_by, placed.tenant
    with translation.override(reader.language or tenant.language):
        if placed.number:
            words = WORDS[failure] % {"number": display(placed.number, tenant.country)}
        else:
            words = str(ECHO_WORDS.get(failure, ECHO_WORDS[Failure.OWN_NO_ANSWER]))
    frame = {"type": "toast", "level": "refused", "text": words, "about": "dial"}
    tell_user(tenant_id=tenant.pk, user_id=reader.pk, frame=frame)
    return True
