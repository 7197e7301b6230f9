"""A file into a book: looked at, its columns chosen, read a thousand at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.audit.services import Actor, record
from callcenter.tenants.refusals import Refusal
from phonebook.contacts.drafts import ContactDraft, tidy
from phonebook.contacts.files.columns import TARGETS, draft_of_row, guess_targets
from phonebook.contacts.files.reading import FileNotRead, Shape, rows_of, shape_of
from phonebook.contacts.files.vcards import (
    Card,
    CardNotRead,
    cards_of,
    draft_of_card,
    photo_of_card,
)
from phonebook.contacts.models import (
    BookKind,
    ContactImport,
    FileKind,
    JobStatus,
    OnMatch,
    Phonebook,
    Visibility,
)
from phonebook.contacts.photo import PhotoNotRead, PhotoTooLarge, as_jpeg
from phonebook.contacts.services.matching import Taken, take_drafts
from phonebook.contacts.services.photos import put_photos
from phonebook.contacts.services.rows import own_country

AT_ONCE = 1000
MOST_FAILURES = 1000
PREVIEW_ROWS = 6
_COUNTS = ("read", "created", "changed", "unchanged", "skipped", "failed")


class NoNameColumn(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Say which column holds the name or the company."))


class ImportNotWaiting(Refusal):
    def __init__(self) -> None:
        super().__init__(_("This import has been started already."))


@dataclass(slots=True)
class _Sheet:
    """What one reading of a file has come to."""

    drafts: list[tuple[int, ContactDraft]] = field(default_factory=list)
    photos: dict[int, bytes] = field(default_factory=dict)  # place among the drafts -> JPEG
    failures: list[list[object]] = field(default_factory=list)
    notes: list[list[object]] = field(default_factory=list)  # of rows that were taken all the same


def upload_import(*, book: Phonebook, name: str, data: bytes, by: Actor) -> ContactImport:
    """Keeps the file and guesses how it is to be read. Raises FileNotRead, FileTooLarge."""
    shape = shape_of(data, name, own_country())
    job = ContactImport(
        book=book,
        by_id=by.user_id,
        by_name=by.name[:150],
        file_name=name[-200:] or "?",
        file_kind=shape.kind,
        encoding=shape.encoding,
        delimiter=shape.delimiter,
        content=data,
        size=len(data),
    )
    if shape.kind != FileKind.VCARD:
        first = next(rows_of(data, shape), None)
        if first is None:
            raise FileNotRead(_("The file is empty."), "file")
        targets = guess_targets(first.cells)
        job.has_header = any(targets)
        job.mapping = {str(at): target for at, target in enumerate(targets) if target}
    job.save()
    return job


def preview(job: ContactImport) -> list[list[str]]:
    """The first rows of a table, with the heading if it has one."""
    found = []
    for row in rows_of(bytes(job.content), _shape(job)):
        found.append(row.cells)
        if len(found) >= PREVIEW_ROWS:
            break
    return found


def cards_preview(job: ContactImport) -> list[ContactDraft]:
    found = []
    for card in cards_of(bytes(job.content), job.encoding):
        try:
            found.append(tidy(draft_of_card(card.text)))
        except CardNotRead:
            continue
        if len(found) >= PREVIEW_ROWS:
            break
    return found


def start_import(
    *,
    job: ContactImport,
    mapping: dict[int, str],
    has_header: bool,
    on_match: OnMatch,
    visibility: Visibility,
    by: Actor,
) -> ContactImport:
    """Queues it; the door hands it to a worker. Raises NoNameColumn, ImportNotWaiting."""
    with transaction.atomic():
        job = ContactImport.objects.select_for_update().defer("content").get(pk=job.pk)
        if job.status != JobStatus.WAITING:
            raise ImportNotWaiting
        chosen = {str(at): target for at, target in mapping.items() if target in TARGETS and target}
        named = {"name", "first_name", "last_name", "company"} & set(chosen.values())
        if job.file_kind != FileKind.VCARD and not named:
            raise NoNameColumn
        job.mapping, job.has_header, job.on_match = chosen, has_header, on_match
        is_personal = job.book.kind == BookKind.PERSONAL
        job.visibility = Visibility.PUBLIC if is_personal else visibility
        job.status = JobStatus.QUEUED
        job.save(update_fields=["mapping", "has_header", "on_match", "visibility", "status"])
        after = {"file": job.file_name, "on_match": job.on_match}
        record(action="phonebook.imported", by=by, about=job.book, after=after)
    return job


def run_import(*, job_id: int) -> None:
    """The worker's part. Run once more after a kill it does no harm: what is there is matched."""
    job = _take(job_id)
    if job is None:
        return
    try:
        for row, sheet in _sheets(job):
            _keep(job, row, sheet)
        job.status = JobStatus.DONE
    except Refusal as refusal:
        job.status, job.words = JobStatus.FAILED, str(refusal)[:500]
    except Exception:
        job.status = JobStatus.FAILED
        job.words = gettext("Something went wrong in Helin; what was taken until then is kept.")
        raise
    finally:
        job.content, job.finished_at = b"", timezone.now()
        job.save()


def _take(job_id: int) -> ContactImport | None:
    with transaction.atomic():
        job = ContactImport.objects.select_for_update().filter(pk=job_id).first()
        if job is None or job.status not in (JobStatus.QUEUED, JobStatus.RUNNING):
            return None
        if job.status == JobStatus.RUNNING and job.on_match == OnMatch.ADD:
            job.status, job.content = JobStatus.FAILED, b""
            job.words = gettext("The worker was stopped midway; what was taken until then is kept.")
            job.finished_at = timezone.now()
            job.save()
            return None
        for name in _COUNTS:
            setattr(job, name, 0)
        job.numbers_unread, job.failures = 0, []
        job.status, job.started_at = JobStatus.RUNNING, timezone.now()
        job.save()
    return job


def _sheets(job: ContactImport) -> Iterator[tuple[int, _Sheet]]:
    """(bytes read, a thousand drafts) until the end of the file."""
    sheet, read = _Sheet(), 0
    for number, draft, photo, read in _drafts(job):
        if isinstance(draft, str):
            sheet.failures.append([number, draft])
        else:
            sheet.drafts.append((number, draft))
            if isinstance(photo, str):
                sheet.notes.append([number, photo])
            elif photo:
                sheet.photos[len(sheet.drafts) - 1] = photo
        if len(sheet.drafts) + len(sheet.failures) >= AT_ONCE:
            yield read, sheet
            sheet = _Sheet()
    yield job.size, sheet


def _drafts(job: ContactImport) -> Iterator[tuple[int, ContactDraft | str, bytes | str, int]]:
    """(row, what it says or why it says nothing, its picture as a JPEG or why not, bytes read)."""
    data = bytes(job.content)
    nameless = gettext("no name and no company")
    if job.file_kind == FileKind.VCARD:
        for card in cards_of(data, job.encoding):
            try:
                draft = tidy(draft_of_card(card.text))
            except CardNotRead as problem:
                words = gettext("the card cannot be read: %(why)s") % {"why": problem}
                yield card.number, words, b"", card.read_bytes
                continue
            kept = draft if draft.shown_name else nameless
            yield card.number, kept, _photo(card), card.read_bytes
        return
    targets = {int(at): target for at, target in job.mapping.items()}
    headings: list[str] = []
    for row in rows_of(data, _shape(job)):
        if job.has_header and not headings:
            headings = row.cells
            continue
        draft = tidy(draft_of_row(row.cells, targets, headings))
        yield row.number, draft if draft.shown_name else nameless, b"", row.read_bytes


def _photo(card: Card) -> bytes | str:
    """Small at once: a thousand cards with photos of two megabytes are never held together."""
    try:
        data = photo_of_card(card.text)
        return as_jpeg(data) if data else b""
    except (CardNotRead, PhotoNotRead, PhotoTooLarge):
        return gettext("the photo cannot be read")


def _keep(job: ContactImport, read_bytes: int, sheet: _Sheet) -> None:
    drafts: Sequence[ContactDraft] = [
        replace(draft, visibility=job.visibility) for _number, draft in sheet.drafts
    ]
    taken: Taken = take_drafts(
        job.book, drafts, on_match=OnMatch(job.on_match), creator_id=job.by_id
    )
    put_photos(
        {taken.kept_as[at]: jpeg for at, jpeg in sheet.photos.items() if at in taken.kept_as}
    )
    unread = [
        [sheet.drafts[at][0], gettext("not a number: %(number)s") % {"number": number}]
        for at, number in taken.unread
    ]
    job.read += len(sheet.drafts) + len(sheet.failures)
    job.read_bytes = read_bytes
    job.created += taken.created
    job.changed += taken.changed
    job.unchanged += taken.unchanged
    job.skipped += taken.skipped
    job.failed += len(sheet.failures)
    job.numbers_unread += len(unread)
    room = MOST_FAILURES - len(job.failures)
    job.failures = [*job.failures, *[*sheet.failures, *sheet.notes, *unread][: max(0, room)]]
    job.save(update_fields=[*_COUNTS, "read_bytes", "numbers_unread", "failures"])


def _shape(job: ContactImport) -> Shape:
    return Shape(job.file_kind, job.encoding, job.delimiter)
