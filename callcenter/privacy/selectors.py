"""Where a case's person stands: calls, recordings, notes, contacts, reports. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, Max, Min, OuterRef, Q, QuerySet

from callcenter.audit.models import AuditEntry
from phonebook.contacts.models import Contact, ContactNumber
from phonebook.notes.models import Note, Work
from reports.schedules.catalogue import CATALOGUE
from reports.schedules.models import ReportEdition, ReportRun
from telephony.calls.models import Call, CallLeg, QueueVisit
from telephony.privacy.matching import digits_of
from telephony.privacy.models import PrivacyCase
from telephony.recordings.models import LegalHold, Recording

SHOWN = 10  # of each kind on the page; the copy has all
PAGE = 50
LISTED = tuple(kind.key for kind in CATALOGUE.values() if kind.lists_calls)
AHEAD = tuple(kind.key for kind in CATALOGUE.values() if kind.looks_ahead)


@dataclass(frozen=True, slots=True)
class Some:
    """How many there are, and the latest of them."""

    count: int
    rows: list[object]


@dataclass(frozen=True, slots=True)
class Known:
    calls: Some
    recordings: Some
    notes: Some
    work: Some
    contacts: Some
    reports: Some
    first_at: datetime | None
    last_at: datetime | None

    @property
    def is_empty(self) -> bool:
        every = (self.calls, self.recordings, self.notes, self.work, self.contacts, self.reports)
        return not any(one.count for one in every)


def known_of(case: PrivacyCase) -> Known:
    """Counts, and the latest of each."""
    calls = calls_of(case)
    span = calls.aggregate(first=Min("started_at"), last=Max("started_at"))
    return Known(
        calls=_some(calls.order_by("-started_at", "-pk")),
        recordings=_some(recordings_of(case).defer("peaks").order_by("-started_at", "-pk")),
        notes=_some(notes_of(case).order_by("-created_at", "-pk")),
        work=_some(work_of(case).order_by("-began_at", "-pk")),
        contacts=_some(contacts_of(case).select_related("book__owner", "book__group")),
        reports=_some(reports_of(case).order_by("-due_at", "-pk")),
        first_at=span["first"],
        last_at=span["last"],
    )


def _some(rows: QuerySet) -> Some:  # type: ignore[type-arg]
    found = list(rows[: SHOWN + 1])
    return Some(len(found) if len(found) <= SHOWN else rows.count(), found[:SHOWN])


def backwards(case: PrivacyCase) -> list[str]:
    """What `party_backwards` says of the person: an index is on it."""
    return [digits_of(form)[:32][::-1] for form in case.numbers]


def calls_of(case: PrivacyCase) -> QuerySet[Call]:
    """Conversations that the person had with the company, without the parts of others."""
    return Call.objects.filter(party_backwards__in=backwards(case), part_of__isnull=True)


def _linkedids(case: PrivacyCase) -> QuerySet[Call, str]:
    return calls_of(case).values_list("linkedid", flat=True)


def legs_of(case: PrivacyCase) -> QuerySet[CallLeg]:
    return CallLeg.objects.filter(call__in=calls_of(case))


def visits_of(case: PrivacyCase) -> QuerySet[QueueVisit]:
    return QueueVisit.objects.filter(call__in=calls_of(case))


def recordings_of(case: PrivacyCase) -> QuerySet[Recording]:
    return every_recording_of(case).filter(going_at=None)


def every_recording_of(case: PrivacyCase) -> QuerySet[Recording]:
    """Those on their way too: not yet fetched from the PBX, or about to be cleared."""
    channels = legs_of(case).values("uniqueid")
    return Recording.objects.filter(
        Q(party_backwards__in=backwards(case)) | Q(party_digits="", uniqueid__in=channels)
    )


def contacts_of(case: PrivacyCase) -> QuerySet[Contact]:
    """In every book, also personal ones, and those in the bin."""
    numbers = ContactNumber.objects.filter(key__in=case.numbers)
    return Contact.objects.filter(pk__in=numbers.values("contact_id"))


def _about(case: PrivacyCase) -> Q:
    return (
        Q(key__in=case.numbers)
        | Q(contact__in=contacts_of(case).values("pk"))
        | Q(call_linkedid__in=_linkedids(case))
    )


def notes_of(case: PrivacyCase) -> QuerySet[Note]:
    """Everybody's, private ones and POST-ITs too."""
    return Note.objects.filter(_about(case))


def work_of(case: PrivacyCase) -> QuerySet[Work]:
    return Work.objects.filter(_about(case))


def reports_of(case: PrivacyCase) -> QuerySet[ReportRun]:
    """Runs that list single calls or recordings, and were made of a time in which there were some
    of the person's. Their files may name the person; those of sums alone cannot."""
    calls = Call.objects.filter(
        tenant_id=OuterRef("tenant_id"),
        party_backwards__in=backwards(case),
        started_at__gte=OuterRef("since"),
        started_at__lt=OuterRef("until"),
    )
    first = calls_of(case).order_by("started_at").values_list("started_at", flat=True).first()
    ahead = Q(kind__in=AHEAD, due_at__gte=first) if first else Q(pk__in=())
    return ReportRun.objects.filter(
        Exists(ReportEdition.objects.filter(run=OuterRef("pk"))),
        ahead | Q(Exists(calls), kind__in=LISTED),
    )


def who_heard(case: PrivacyCase) -> QuerySet[AuditEntry]:
    """Who listened to, downloaded, noted or kept the person's recordings."""
    ids = [str(pk) for pk in every_recording_of(case).values_list("pk", flat=True)]
    return AuditEntry.objects.filter(about_type="recording", about_id__in=ids).order_by("at", "pk")


# --- cases ------------------------------------------------------------------------------------
def page_of_cases(before: int | None) -> tuple[list[PrivacyCase], int | None]:
    """Latest first; the second value leads on to older ones."""
    rows = PrivacyCase.objects.order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: PAGE + 1])
    page = found[:PAGE]
    held = holds_by_case(page)
    for case in page:
        case.is_held = bool(held.get(case.pk))  # type: ignore[attr-defined]
    return page, page[-1].pk if len(found) > PAGE else None


def holds_by_case(cases: Iterable[PrivacyCase]) -> dict[int, bool]:
    held = LegalHold.objects.filter(case__in=list(cases), released_at=None)
    return dict.fromkeys(held.values_list("case_id", flat=True), True)


def holds_on(case: PrivacyCase) -> QuerySet[LegalHold]:
    """In force on any of the case's numbers, whichever case they were put on for."""
    digits = [digits_of(form)[:32] for form in case.numbers]
    return LegalHold.objects.filter(released_at=None, party_digits__in=digits)


def every_hold_of(case: PrivacyCase) -> QuerySet[LegalHold]:
    return LegalHold.objects.filter(case=case).order_by("created_at", "pk")
