"""The steps of an erasure. Each does a portion and says whether there is nothing more to do.

The portion and how far it went are one transaction, so a worker that is killed leaves no half of
it; what is done outside the database (objects in storage) is done first, and may be done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, models
from django.db.models import Q

from callcenter.audit.models import AuditEntry
from callcenter.privacy import selectors
from callcenter.privacy.tables import sweep_rows, swept
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import system_scope
from phonebook.contacts.models import Contact, ContactNumber, ContactPhoto
from phonebook.contacts.services.rows import next_change
from phonebook.notes.models import Note, Work, WorkKind
from reports.mail import outbox
from reports.schedules.models import ReportDelivery, ReportEdition
from reports.statistics.services import sum_days
from telephony.calls.models import Call, CallLeg, QueueVisit
from telephony.ledger.models import CelLine, QueueLogLine, UnreadableLine
from telephony.privacy.digests import digest_of
from telephony.privacy.matching import Matcher, digits_of, new_pseudonym, rough_pattern
from telephony.privacy.models import (
    ContactsChoice,
    ErasedFile,
    ErasedNumber,
    LateWatch,
    NotesChoice,
    PrivacyCase,
)
from telephony.privacy.rewriting import (
    LINES_AT_ONCE,
    Line,
    concerned_by,
    last_line,
    portions,
    rewrite,
)
from telephony.recordings.models import ExportState, LegalHold, Recording, RecordingExport
from telephony.recordings.services.removal import remove_chosen
from telephony.recordings.storage.port import key_of
from telephony.recordings.storage.sealed import SealedStore

ROWS_AT_ONCE = 200
NAMELESS = "–"  # a deleted contact until programs that read along have heard of it


@dataclass(slots=True)
class Erasure:
    """One portion's surroundings. `case` is locked, and saved by whoever calls the steps."""

    case: PrivacyCase
    tenant: Tenant
    store: SealedStore
    at: datetime

    @property
    def matcher(self) -> Matcher:
        return matcher_of(self.case, self.tenant)

    @property
    def pattern(self) -> str:
        return rough_pattern(self.case.numbers)

    def add(self, code: str, count: int) -> None:
        if count:
            self.case.done[code] = self.case.done.get(code, 0) + count


Step = Callable[[Erasure], bool]


def matcher_of(case: PrivacyCase, tenant: Tenant) -> Matcher:
    known = dict(case.erased.values_list("digest", "pseudonym"))
    return Matcher.of(
        {
            form: known[digest]
            for form in case.numbers
            if (digest := digest_of(tenant.pk, form)) in known
        },
        tenant.country,
    )


def name_anew(work: Erasure) -> bool:
    """Pseudonyms, once; and from where on lines come late."""
    for form in work.case.numbers:
        ErasedNumber.objects.get_or_create(
            case=work.case,
            digest=digest_of(work.tenant.pk, form),
            defaults={"pseudonym": new_pseudonym()},
        )
    with system_scope("the ledger's last lines are anybody's"):
        last = {"queue_line": last_line(QueueLogLine), "cel_line": last_line(CelLine)}
    LateWatch.objects.get_or_create(tenant_id=work.tenant.pk, defaults=last)
    work.case.done["numbers"] = len(work.case.numbers)
    return True


def remove_recordings(work: Erasure) -> bool:
    """Also marked as kept, unfinished, and on the PBX's disk."""
    rows = selectors.every_recording_of(work.case).order_by("pk")
    return remove_sounds(work, rows)


def remove_sounds(work: Erasure, rows: models.QuerySet[Recording]) -> bool:
    found = list(rows.values_list("pk", "pbx", "name")[:ROWS_AT_ONCE])
    if not found:
        return True
    ids = [pk for pk, _, _ in found]
    ErasedFile.objects.bulk_create(
        [ErasedFile(tenant_id=work.tenant.pk, pbx=pbx, name=name) for _, pbx, name in found],
        ignore_conflicts=True,
    )
    exports = RecordingExport.objects.filter(recording_ids__overlap=ids)
    secrets = list(exports.values_list("secret", flat=True))
    exports.update(state=ExportState.ERASED)
    work.store.remove(key_of(work.tenant.pk, one, "zip") for one in secrets)
    _forget_words("recording", ids)
    Recording.objects.filter(pk__in=ids).update(going_at=work.at)
    work.add("recordings", remove_chosen(store=work.store, recording_ids=ids))
    work.add("zips", len(secrets))
    return False


def drop_reports(work: Erasure) -> bool:
    """What was made of single calls; the same report can be made again, of what is there then."""
    ids = list(selectors.reports_of(work.case).values_list("pk", flat=True)[:ROWS_AT_ONCE])
    if not ids:
        return True
    sent = ReportDelivery.objects.filter(run_id__in=ids)
    for token in sent.values_list("token", flat=True):
        outbox.forget(work.tenant.slug, token)
    ReportEdition.objects.filter(run_id__in=ids).delete()
    work.add("reports", len(ids))
    return False


def empty_notes(work: Erasure) -> bool:
    return _empty(work, selectors.notes_of(work.case), "notes")


def empty_work(work: Erasure) -> bool:
    return _empty(work, selectors.work_of(work.case), "work")


def _empty(work: Erasure, rows: models.QuerySet[Note] | models.QuerySet[Work], code: str) -> bool:
    """By keys that grow: an emptied row may still belong to one of the person's calls."""
    after = work.case.cursor.get("after", 0)
    found = list(rows.filter(pk__gt=after).order_by("pk")[:ROWS_AT_ONCE])
    if not found:
        return True
    matcher, last = work.matcher, found[-1].pk
    for row in found:
        is_time = isinstance(row, Work) and row.kind == WorkKind.TIME
        if work.case.on_notes == NotesChoice.DELETE and not is_time:
            row.delete()
            continue
        row.text = ""
        row.key = matcher.whole(row.key) or row.key
        if work.case.on_contacts == ContactsChoice.DELETE:
            row.contact = None
        fields = ["text", "key", "contact"]
        if isinstance(row, Work):
            row.subject = ""
            fields.append("subject")
        row.save(update_fields=fields)
    work.case.cursor = {"after": last}
    work.add(code, len(found))
    return False


def remove_contacts(work: Erasure) -> bool:
    """What is left of one is an empty row in the bin, for programs that read changes along."""
    if work.case.on_contacts == ContactsChoice.KEEP:
        return True
    ids = list(selectors.contacts_of(work.case).values_list("pk", flat=True)[:ROWS_AT_ONCE])
    if not ids:
        return True
    ContactPhoto.objects.filter(contact_id__in=ids).delete()
    ContactNumber.objects.filter(contact_id__in=ids).delete()
    blank = dict.fromkeys(
        ("company", "job_title", "email", "web", "address", "note", "external_id", "search_text",
         "search_digits", "sort_name"), "",
    )  # fmt: skip
    Contact.objects.filter(pk__in=ids).update(
        **blank, name=NAMELESS, custom={}, deleted_at=work.at, change=next_change()
    )
    Note.objects.filter(contact_id__in=ids).update(contact=None)
    Work.objects.filter(contact_id__in=ids).update(contact=None)
    _forget_words("contact", ids)
    work.add("contacts", len(ids))
    return False


def _forget_words(about: str, ids: Collection[int]) -> None:
    """Who did what and when stays in the audit log; what was said, and to whom, goes."""
    entries = AuditEntry.objects.filter(about_type=about, about_id__in=[str(pk) for pk in ids])
    entries.update(about_name=NAMELESS, before={}, after={})


def rewrite_queue_lines(work: Erasure) -> bool:
    return _rewrite_lines(work, QueueLogLine)


def rewrite_channel_lines(work: Erasure) -> bool:
    return _rewrite_lines(work, CelLine)


def _rewrite_lines(work: Erasure, model: Line) -> bool:
    cursor = work.case.cursor
    after = int(cursor.get("after", 0))
    with system_scope("lines of restarts are no company's"):
        end = int(cursor["end"]) if "end" in cursor else last_line(model)
        until = min(after + LINES_AT_ONCE, end)
        found = concerned_by(
            model, tenant=work.tenant, after=after, until=until,
            before=work.case.asked_at or work.at, pattern=work.pattern, matcher=work.matcher,
        )  # fmt: skip
        for part in portions(found):
            done = rewrite(tenant=work.tenant, concerned=part, matcher=work.matcher)
            work.add("calls", done.calls)
            work.add("lines", done.lines)
    work.case.cursor = {"after": until, "end": end}
    return until >= end


def rewrite_rows(work: Erasure) -> bool:
    """Calls whose lines are no more: what is built is all that there is of them."""
    matcher = work.matcher
    before = work.case.asked_at or work.at
    calls = Call.objects.filter(
        party_backwards__in=selectors.backwards(work.case),
        started_at__lt=before,
        pk__gt=work.case.cursor.get("after", 0),
    )
    found = list(calls.order_by("pk")[:ROWS_AT_ONCE])
    for call in found:
        is_caller = matcher.whole(call.caller_number) is not None
        call.caller_number = matcher.whole(call.caller_number) or call.caller_number
        call.dialled = matcher.whole(call.dialled) or call.dialled
        call.party_digits = digits_of(call.caller_number if is_caller else call.dialled)
        call.caller_name = "" if is_caller else call.caller_name
        call.save(update_fields=["caller_number", "dialled", "party_digits", "caller_name"])
    for leg in CallLeg.objects.filter(call__in=found).exclude(number=""):
        if pseudonym := matcher.whole(leg.number):
            CallLeg.objects.filter(pk=leg.pk).update(number=pseudonym, name="")
    for visit in QueueVisit.objects.filter(call__in=found):
        if pseudonym := matcher.whole(visit.caller_number):
            QueueVisit.objects.filter(pk=visit.pk).update(caller_number=pseudonym)
    work.add("calls", len(found))
    if found:
        work.case.cursor = {"after": found[-1].pk}
    return not found


def empty_unreadable(work: Erasure) -> bool:
    """Lines that nobody could understand are emptied whole; that there was one stays known."""
    with system_scope("what cannot be read tells of no company"), connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {UnreadableLine._meta.db_table} SET content = ''::bytea "  # noqa: S608
            "WHERE content <> ''::bytea "
            "AND regexp_replace(encode(content, 'escape'), '[^0-9]', '', 'g') ~ %s "
            "AND (tenant_id = %s OR tenant_id IS NULL AND pbx = %s "
            "     AND position(%s IN encode(content, 'escape')) > 0)",
            [work.pattern, work.tenant.pk, work.tenant.pbx, work.tenant.slug],
        )
        work.add("unreadable", cursor.rowcount)
    return True


def sweep_tables(work: Erasure) -> bool:
    models_left = swept(with_contacts=work.case.on_contacts == ContactsChoice.DELETE)
    here = str(work.case.cursor.get("table", ""))
    model = next((one for one in models_left if one._meta.label >= here), None)
    if model is None:
        return True
    after = str(work.case.cursor.get("after", "")) if model._meta.label == here else ""
    last, changed = sweep_rows(
        model=model, tenant_id=work.tenant.pk, after=after, pattern=work.pattern,
        matcher=work.matcher,
    )  # fmt: skip
    work.add("texts", changed)
    # a space sorts before every name: the next table
    label = model._meta.label
    work.case.cursor = {"table": label, "after": last} if last else {"table": f"{label} "}
    return False


def sum_again(work: Erasure) -> bool:
    sum_days(tenant_id=work.tenant.pk, at=work.at)
    return True


def forget_case(work: Erasure) -> bool:
    """Copies of this person's data, other cases about the same numbers, and the numbers here."""
    case = work.case
    digits = selectors.backwards(case)
    for other in PrivacyCase.objects.filter(pk__gt=0):
        if set(other.numbers) & set(case.numbers):
            for copy in other.exports.all():
                work.store.remove([key_of(work.tenant.pk, copy.secret, "zip")])
                copy.delete()
            rest = [form for form in other.numbers if form not in case.numbers]
            if other.pk != case.pk:
                PrivacyCase.objects.filter(pk=other.pk).update(numbers=rest)
    old = Q(party_digits__in=[one[::-1] for one in digits], released_at__isnull=False)
    LegalHold.objects.filter(old).update(party_digits="")
    case.left = ["backups", "pbx_files", "mails"]
    if case.on_contacts == ContactsChoice.KEEP and selectors.contacts_of(case).exists():
        case.left.append("contacts")
    case.numbers = []
    return True


# code of the step as it is shown, and what it does; a case keeps the place in this list
STEPS: tuple[tuple[str, Step], ...] = (
    ("numbers", name_anew),
    ("recordings", remove_recordings),
    ("reports", drop_reports),
    ("notes", empty_notes),
    ("work", empty_work),
    ("contacts", remove_contacts),
    ("queue_lines", rewrite_queue_lines),
    ("channel_lines", rewrite_channel_lines),
    ("rows", rewrite_rows),
    ("unreadable", empty_unreadable),
    ("texts", sweep_tables),
    ("figures", sum_again),
    ("case", forget_case),
)
