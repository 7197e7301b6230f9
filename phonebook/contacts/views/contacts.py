"""The list with its search, one contact, and making, changing and deleting it."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from callcenter.accounts.doors import actor_of, carried_out, needs, told
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.audit.models import AuditEntry
from phonebook.contacts import selectors, services
from phonebook.contacts.drafts import ContactDraft
from phonebook.contacts.forms.contacts import ContactSheet, suggested
from phonebook.contacts.models import Contact, ContactPhoto, Phonebook
from phonebook.contacts.permissions import Reader, reader_of
from phonebook.contacts.search import search_contacts
from phonebook.contacts.services.rows import draft_of

GET_POST = ["GET", "HEAD", "POST"]
MOST_HITS = 50
UNDOABLE = ("contact.changed", "contact.deleted", "contact.merged")


def contact_of(request: TenantRequest, pk: int, reader: Reader) -> Contact:
    """404 for what the person does not see, whoever's it is."""
    return get_object_or_404(selectors.contacts_seen(reader), pk=pk)


@require_GET
@needs(Right.CALLS_OWN)
def phonebook(request: TenantRequest, slug: str) -> HttpResponse:
    """Without words one book, by name; with words what fits, from all of them."""
    del slug
    services.personal_book(user_id=request.person.user_id)
    services.company_book()
    reader = reader_of(request.person)
    books = list(selectors.books_read(reader))
    words = request.GET.get("q", "").strip()[:80]
    book = _chosen(books, request.GET.get("book", ""))
    page, hits = None, None
    if words:
        hits = search_contacts(words, reader, request.tenant.country, MOST_HITS)
    else:
        cursor = selectors.Cursor.read(request.GET.get("after", ""))
        page = selectors.page_of_contacts(reader, book, cursor)
    contacts = hits.contacts if hits else page.contacts if page else []
    context = {
        "books": books,
        "book": book,
        "words": words,
        "page": page,
        "is_first": "after" not in request.GET,
        "is_guess": bool(hits and hits.is_guess),
        "rows": [(one, reader.changes(one)) for one in contacts],
        "may_add": reader.adds_to(book),
        "manages": reader.manages(book),
    }
    is_list = request.headers.get("HX-Target") == "contacts"
    response = render(
        request, f"phonebook/contacts/{'_list' if is_list else 'contacts'}.html", context
    )
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _chosen(books: list[Phonebook], pk: str) -> Phonebook:
    """The one that was asked for, else the company's first, which everybody reads."""
    found = next((one for one in books if str(one.pk) == pk), None)
    if found is None and pk:
        raise Http404
    company = [one for one in books if one.kind == "company"]
    return found or min(company, key=lambda one: one.pk)


@require_GET
@needs(Right.CALLS_OWN)
def contact(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    """In the drawer, or on a page of its own."""
    del slug
    reader = reader_of(request.person)
    found = contact_of(request, pk, reader)
    photo = ContactPhoto.objects.filter(contact=found).values_list("sha256", flat=True).first()
    context = {
        "contact": found,
        "numbers": found.numbers.all(),
        "photo": photo,
        "may_change": reader.changes(found),
        "conflicts": found.conflicts.filter(settled_at=None) if reader.changes(found) else (),
    }
    is_drawer = bool(request.headers.get("HX-Request"))
    template = "_drawer" if is_drawer else "contact"
    response = render(request, f"phonebook/contacts/{template}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_http_methods(GET_POST)
@needs(Right.CALLS_OWN)
def new_contact(request: TenantRequest, slug: str) -> HttpResponse:
    del slug
    services.personal_book(user_id=request.person.user_id)
    services.company_book()
    reader = reader_of(request.person)
    books = [one for one in selectors.books_read(reader) if reader.adds_to(one)]
    asked = request.GET.get("book", "")
    chosen = next((one for one in books if str(one.pk) == asked), None)
    company = [one for one in books if one.kind == "company"]
    draft = suggested(
        request.GET.get("text", "").strip()[:120],
        request.GET.get("number", "").strip()[:80],
        request.GET.get("name", "").strip()[:120],
    )
    sheet = _sheet(request, books, draft, chosen or (company or books)[0])
    made: list[Contact] = []

    def make() -> None:
        made.append(
            services.create_contact(
                book=sheet.form.cleaned_data["book"],
                draft=sheet.draft(request.tenant.country),
                by=actor_of(request),
            )
        )
        _keep_photo(request, made[0], sheet)

    if request.method == "POST" and sheet.is_valid() and carried_out(sheet.form, make):
        messages.success(request, _("%(name)s is in the phonebook.") % {"name": made[0]})
        return redirect("contact", request.tenant.slug, made[0].pk)
    return _edit_page(request, sheet, None)


@require_http_methods(GET_POST)
@needs(Right.CALLS_OWN)
def edit_contact(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    reader = reader_of(request.person)
    found = contact_of(request, pk, reader)
    if not reader.changes(found):
        raise PermissionDenied
    sheet = _sheet(request, [found.book], draft_of(found), found.book)
    sheet.form.fields["book"].disabled = True

    def change() -> None:
        services.change_contact(
            contact=found, draft=sheet.draft(request.tenant.country), by=actor_of(request)
        )
        _keep_photo(request, found, sheet)

    if request.method == "POST" and sheet.is_valid() and carried_out(sheet.form, change):
        messages.success(request, _("Saved."))
        return redirect("contact", slug, found.pk)
    return _edit_page(request, sheet, found)


def _sheet(
    request: TenantRequest, books: list[Phonebook], draft: ContactDraft, book: Phonebook
) -> ContactSheet:
    is_sent = request.method == "POST"
    return ContactSheet(
        request.POST if is_sent else None,
        request.FILES if is_sent else None,
        books=[one.pk for one in books],
        draft=draft,
        book=book,
    )


def _keep_photo(request: TenantRequest, row: Contact, sheet: ContactSheet) -> None:
    upload = sheet.form.cleaned_data["photo"]
    if upload is not None:
        services.change_photo(contact=row, data=upload.read(6 * 1024 * 1024), by=actor_of(request))
    elif sheet.form.cleaned_data["removes_photo"]:
        services.remove_photo(contact=row, by=actor_of(request))


def _edit_page(request: TenantRequest, sheet: ContactSheet, found: Contact | None) -> HttpResponse:
    context = {
        "form": sheet.form,
        "numbers": sheet.numbers,
        "custom": sheet.custom,
        "contact": found,
        "has_photo": found is not None and ContactPhoto.objects.filter(contact=found).exists(),
    }
    refused = request.method == "POST"
    return render(request, "phonebook/contacts/edit.html", context, status=422 if refused else 200)


@require_POST
@needs(Right.CALLS_OWN)
def delete_contact(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    reader = reader_of(request.person)
    found = contact_of(request, pk, reader)
    if not reader.changes(found):
        raise PermissionDenied
    told(
        request,
        lambda: services.delete_contact(contact=found, by=actor_of(request)),
        _("%(name)s is deleted; it can be restored for 30 days.") % {"name": found},
    )
    return redirect("phonebook", slug)


@require_GET
@needs(Right.CALLS_OWN)
def photo(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    del slug
    found = contact_of(request, pk, reader_of(request.person))
    row = get_object_or_404(ContactPhoto, contact=found)
    response = HttpResponse(bytes(row.jpeg), content_type="image/jpeg")
    response["Cache-Control"] = "private, max-age=3600"
    response["ETag"] = f'"{row.sha256}"'
    return response


@require_GET
@needs(Right.CALLS_OWN)
def deleted(request: TenantRequest, slug: str) -> HttpResponse:
    del slug
    rows = selectors.deleted_contacts(reader_of(request.person))
    return render(request, "phonebook/contacts/deleted.html", {"rows": rows})


@require_POST
@needs(Right.CALLS_OWN)
def restore(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    reader = reader_of(request.person)
    rows = Contact.objects.filter(reader.contacts).select_related("book")
    found = get_object_or_404(rows, pk=pk, deleted_at__isnull=False)
    if not reader.sees(found):
        raise Http404
    if not reader.changes(found):
        raise PermissionDenied
    told(
        request,
        lambda: services.restore_contact(contact=found, by=actor_of(request)),
        _("%(name)s is in the phonebook again.") % {"name": found},
    )
    return redirect("contacts_deleted", slug)


@require_POST
@needs(Right.CALLS_OWN)
def undo(request: TenantRequest, slug: str, entry_id: int) -> HttpResponse:
    """From the audit log. Only what is public is told there, so only that is undone from there."""
    entry = get_object_or_404(AuditEntry, pk=entry_id, action__in=UNDOABLE)
    reader = reader_of(request.person)
    row = Contact.objects.select_related("book").filter(pk=int(entry.about_id)).first()
    if row is None or not reader.sees(row):
        raise Http404
    if not reader.changes(row):
        raise PermissionDenied
    told(
        request,
        lambda: services.undo_contact_change(entry=entry, by=actor_of(request)),
        _("Undone: it is as it was before."),
    )
    return redirect("manage_audit" if request.person.may(Right.AUDIT_SEE) else "phonebook", slug)
