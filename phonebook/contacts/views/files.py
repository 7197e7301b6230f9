"""Import with preview, columns and progress; export."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from callcenter.accounts.doors import actor_of, carried_out, needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.audit.services import record
from callcenter.formats.spreadsheets import BYTE_ORDER_MARK, csv_text
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts import selectors, services
from phonebook.contacts.drafts import ContactDraft
from phonebook.contacts.files import writing
from phonebook.contacts.files.reading import MOST_BYTES
from phonebook.contacts.forms.files import ExportForm, MappingForm, UploadForm
from phonebook.contacts.models import (
    ContactImport,
    FileKind,
    JobStatus,
    OnMatch,
    Phonebook,
    Visibility,
)
from phonebook.contacts.permissions import Reader, reader_of
from phonebook.contacts.services import importing
from phonebook.contacts.tasks import import_contacts

GET_POST = ["GET", "HEAD", "POST"]


@require_http_methods(GET_POST)
@needs(Right.CALLS_OWN)
def start(request: TenantRequest, slug: str) -> HttpResponse:
    """Upload; beside it what was imported lately, and the way out."""
    services.personal_book(user_id=request.person.user_id)
    services.company_book()
    reader = reader_of(request.person)
    books = list(selectors.books_read(reader))
    managed = [one.pk for one in books if reader.manages(one)]
    is_sent = request.method == "POST"
    form = UploadForm(
        request.POST if is_sent else None, request.FILES if is_sent else None, books=managed
    )
    jobs: list[ContactImport] = []

    def upload() -> None:
        file = form.cleaned_data["file"]
        jobs.append(
            importing.upload_import(
                book=form.cleaned_data["book"],
                name=file.name,
                data=file.read(MOST_BYTES + 1),
                by=actor_of(request),
            )
        )

    if is_sent and form.is_valid() and carried_out(form, upload):
        return redirect("contacts_import_job", slug, jobs[0].pk)
    context = {
        "form": form,
        "export": ExportForm(books=[one.pk for one in books], initial={"format": "csv"}),
        "may_export": request.person.may(Right.EXPORT),
        "jobs": list(_jobs(request)[:10]),
    }
    status = 422 if form.errors else 200
    return render(request, "phonebook/contacts/import.html", context, status=status)


def _jobs(request: TenantRequest):  # type: ignore[no-untyped-def]
    """One's own; who manages the company's books sees those of all but personal books."""
    rows = ContactImport.objects.defer("content").select_related("book__group")
    if request.person.may(Right.PHONEBOOK_COMPANY):
        return rows.exclude(book__kind="personal") | rows.filter(by_id=request.person.user_id)
    return rows.filter(by_id=request.person.user_id)


@require_http_methods(GET_POST)
@needs(Right.CALLS_OWN)
def job(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    """First the columns; then the progress; at last what came of it."""
    row: ContactImport = get_object_or_404(_jobs(request), pk=pk)
    if row.status != JobStatus.WAITING:
        template = "_progress" if request.headers.get("HX-Request") else "import_job"
        return render(request, f"phonebook/contacts/{template}.html", {"job": row})
    is_card = row.file_kind == FileKind.VCARD
    rows = [] if is_card else importing.preview(row)
    width = max((len(cells) for cells in rows), default=0)
    heading = rows[0] if rows and row.has_header else []
    columns = [heading[at] if at < len(heading) else "" for at in range(width)]
    form = MappingForm(request.POST or None, job=row, columns=columns)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if carried_out(
            form,
            lambda: importing.start_import(
                job=row,
                mapping=form.mapping,
                has_header=values.get("has_header", False),
                on_match=OnMatch(values["on_match"]),
                visibility=Visibility(values["visibility"] or Visibility.PUBLIC),
                by=actor_of(request),
            ),
        ):
            transaction.on_commit(
                lambda: import_contacts.delay(tenant_id=request.tenant.pk, import_id=row.pk)
            )
            return redirect("contacts_import_job", slug, row.pk)
    context = {
        "job": row,
        "form": form,
        "samples": rows[1:] if row.has_header else rows,
        "cards": importing.cards_preview(row) if is_card else [],
    }
    status = 422 if form.errors else 200
    return render(request, "phonebook/contacts/import_columns.html", context, status=status)


@require_GET
@needs(Right.CALLS_OWN)
def failures(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    """The rows that were not taken, and why, as CSV."""
    del slug
    row: ContactImport = get_object_or_404(_jobs(request), pk=pk)
    head = (_("Row"), _("What was wrong"))
    lines = BYTE_ORDER_MARK + csv_text([head, *((str(one), str(why)) for one, why in row.failures)])
    response = HttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{row.pk}-errors.csv"'
    return response


@require_GET
@needs(Right.EXPORT)
def export(request: TenantRequest, slug: str) -> HttpResponseBase:
    reader = reader_of(request.person)
    books = [one.pk for one in selectors.books_read(reader)]
    form = ExportForm(request.GET, books=books)
    if not form.is_valid():
        messages.error(request, _("Choose a phonebook and a format."))
        return redirect("contacts_import", slug)
    book, kind = form.cleaned_data["book"], form.cleaned_data["format"]
    record(action="phonebook.exported", by=actor_of(request), about=book, after={"format": kind})
    contacts = _all_of(book, reader, request.tenant.pk)
    stem = f"phonebook-{slug}-{timezone.localdate()}"
    body: Iterator[str] | Iterator[bytes]
    if kind == "csv":
        body, mime, name = writing.csv_lines(contacts), "text/csv; charset=utf-8", f"{stem}.csv"
    elif kind == "xlsx":
        mime = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        body, name = writing.workbook(contacts), f"{stem}.xlsx"
    else:
        version = "4.0" if kind == "vcard4" else "3.0"
        body, mime = writing.vcard_lines(contacts, version), "text/vcard; charset=utf-8"
        name = f"{stem}.vcf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(body, content_type=mime, headers=headers)


def _all_of(book: Phonebook, reader: Reader, tenant_id: int) -> Iterator[tuple[int, ContactDraft]]:
    """Streams outlive the request's scope, so each page opens it again."""
    cursor = None
    while True:
        with tenant_scope(tenant_id):
            page = selectors.page_of_contacts(reader, book, cursor, size=1000)
            drafts = [(one.pk, services.draft_of(one)) for one in page.contacts]
        yield from drafts
        if page.next is None:
            return
        cursor = page.next
