"""Cases: opened, held, released; erasures and copies ordered."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.audit.services import Actor, record
from callcenter.groups.models import Number
from callcenter.privacy.selectors import holds_on
from callcenter.tenants.models import Tenant
from callcenter.tenants.refusals import Refusal
from phonebook.numbers.e164 import normalise
from phonebook.numbers.pasted import read_pasted
from telephony.ledger.models import CompanyFact
from telephony.privacy.matching import PREFIX, SHORTEST, digits_of, own_digits
from telephony.privacy.models import (
    CaseState,
    ContactsChoice,
    NotesChoice,
    PrivacyCase,
    PrivacyExport,
)
from telephony.recordings.models import ExportState, LegalHold

MOST_NUMBERS = 20
LIFETIME = timedelta(hours=24)
UNFINISHED = (ExportState.WAITING, ExportState.RUNNING)


class NoNumber(Refusal):
    def __init__(self, text: str = "") -> None:
        words = gettext("There is no telephone number in “%(text)s”.") % {"text": text[:80]}
        super().__init__(words, "numbers")


class TooManyNumbers(Refusal):
    def __init__(self) -> None:
        words = gettext("One case is about one person: at most %(most)d numbers.")
        super().__init__(words % {"most": MOST_NUMBERS}, "numbers")


class NumberOfOurs(Refusal):
    def __init__(self, number: str) -> None:
        words = gettext("%(number)s belongs to the company itself or to one of its agents.")
        super().__init__(words % {"number": number}, "numbers")


class ReferenceTells(Refusal):
    def __init__(self) -> None:
        words = _("The reference stays when all else is erased: no number may stand in it.")
        super().__init__(words, "reference")


class UnderHold(Refusal):
    def __init__(self, hold: LegalHold) -> None:
        words = gettext("%(name)s has put a legal hold on it: “%(reason)s”. Nothing is erased.")
        super().__init__(words % {"name": hold.by_name, "reason": hold.reason})


class NotOpen(Refusal):
    def __init__(self) -> None:
        super().__init__(_("This case is being erased, or has been."))


class ReasonMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Give a reason: others will read it."), "reason")


class CopyUnderWay(Refusal):
    def __init__(self) -> None:
        super().__init__(_("A copy of this case is being made. Wait for it."))


def forms_of(text: str, country: str) -> list[str]:
    """The numbers of a text, as calls have them. Raises NoNumber, TooManyNumbers."""
    pasted = read_pasted(text, country)
    written = [one.identity.key for one in pasted.found] + list(pasted.unread)
    forms = list(dict.fromkeys(normalise(one, country) for one in written))
    for form in forms:
        if len(digits_of(form)) < SHORTEST or form.startswith(PREFIX):
            raise NoNumber(form)
    if not forms:
        raise NoNumber(text)
    if len(forms) > MOST_NUMBERS:
        raise TooManyNumbers
    return forms


def open_case(
    *, numbers: str, reference: str, tenant: Tenant, by: Actor, at: datetime
) -> PrivacyCase:
    """Looks a person up: who did, and when, is written down. Raises the refusals above."""
    forms = forms_of(numbers, tenant.country)
    for form in forms:
        _refuse_ours(form)
    words = " ".join(reference.split())[:60]
    if any(own_digits(form) in digits_of(words) for form in forms):
        raise ReferenceTells
    with transaction.atomic():
        case = PrivacyCase.objects.create(
            reference=words,
            numbers=forms,
            number_count=len(forms),
            opened_by_name=by.name[:150],
            opened_at=at,
        )
        record(
            action="privacy.searched",
            by=by,
            about=case,
            after={"reference": words, "count": len(forms)},
        )
    return case


def _refuse_ours(form: str) -> None:
    digits, own = digits_of(form), own_digits(form)
    facts = CompanyFact.objects.filter(
        Q(kind="number", name__in=[digits, f"+{digits}"])
        | Q(kind__in=["oldagent", "phone"], name__contains=own)
    )
    if facts.exists() or Number.objects.filter(e164=form).exists():
        raise NumberOfOurs(form)


# --- legal hold -------------------------------------------------------------------------------
@transaction.atomic
def put_on_hold(*, case: PrivacyCase, reason: str, by: Actor) -> None:
    """Nothing of the case's numbers is erased or cleared until it is released. An erasure under
    way stops before its next step. Raises ReasonMissing, NotOpen."""
    words = " ".join(reason.split())[:200]
    if not words:
        raise ReasonMissing
    row = _locked(case)
    if row.state == CaseState.ERASED:
        raise NotOpen
    for form in row.numbers:
        LegalHold.objects.create(
            party_digits=digits_of(form)[:32], reason=words, by_name=by.name[:150], case=row
        )
    record(action="privacy.held", by=by, about=row, after={"reason": words})


@transaction.atomic
def release(*, case: PrivacyCase, by: Actor, at: datetime) -> None:
    """Takes this case's hold off; one that another case has put on the number stays."""
    row = _locked(case)
    mine = LegalHold.objects.filter(case=row, released_at=None)
    reason = mine.values_list("reason", flat=True).first()
    if not mine.update(released_at=at, released_by_name=by.name[:150]):
        return
    record(action="privacy.released", by=by, about=row, before={"reason": reason})


# --- erasing ----------------------------------------------------------------------------------
@transaction.atomic
def order_erasure(
    *, case: PrivacyCase, on_notes: str, on_contacts: str, tenant: Tenant, by: Actor, at: datetime
) -> None:
    """A worker does it. Raises UnderHold, NotOpen."""
    from callcenter.privacy.tasks import erase_person

    row = _locked(case)
    if row.state not in (CaseState.OPEN, CaseState.STOPPED):
        raise NotOpen
    hold = holds_on(row).first()
    if hold is not None:
        raise UnderHold(hold)
    if row.state == CaseState.OPEN:
        row.asked_at = at
        row.on_notes, row.on_contacts = NotesChoice(on_notes), ContactsChoice(on_contacts)
    row.state = CaseState.ERASING
    row.asked_by_id, row.asked_by_name = by.user_id, by.name[:150]
    row.worker, row.working_until = None, at
    row.save()
    record(
        action="privacy.erasure_ordered",
        by=by,
        about=row,
        after={"count": row.number_count, "notes": row.on_notes, "contacts": row.on_contacts},
    )
    transaction.on_commit(
        lambda: erase_person.delay(tenant_id=tenant.pk, case_id=row.pk), robust=True
    )


# --- copies -----------------------------------------------------------------------------------
@transaction.atomic
def order_copy(*, case: PrivacyCase, tenant: Tenant, by: Actor, at: datetime) -> PrivacyExport:
    """Everything about the person as a zip. Raises NotOpen, CopyUnderWay."""
    from callcenter.privacy.tasks import make_copy

    row = _locked(case)
    if row.state not in (CaseState.OPEN, CaseState.STOPPED):
        raise NotOpen
    if row.exports.filter(state__in=UNFINISHED).exists():
        raise CopyUnderWay
    copy = PrivacyExport.objects.create(
        case=row,
        requested_by_id=by.user_id,
        requested_by_name=by.name[:150],
        created_at=at,
        expires_at=at + LIFETIME,
    )
    record(action="privacy.copy_ordered", by=by, about=row)
    transaction.on_commit(
        lambda: make_copy.delay(tenant_id=tenant.pk, copy_id=str(copy.pk)), robust=True
    )
    return copy


def note_fetched(*, copy: PrivacyExport, by: Actor) -> None:
    record(action="privacy.copy_fetched", by=by, about=copy.case)


def _locked(case: PrivacyCase) -> PrivacyCase:
    return PrivacyCase.objects.select_for_update().get(pk=case.pk)
