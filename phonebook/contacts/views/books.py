"""The books themselves, their duplicates, and numbers that nobody can read."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from callcenter.accounts.doors import actor_of, carried_out, needs, told
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.groups.models import AgentGroup
from phonebook.contacts import selectors, services
from phonebook.contacts.forms.books import BookForm, PasteForm
from phonebook.contacts.models import BookKind, Contact, Phonebook
from phonebook.contacts.permissions import Reader, reader_of
from phonebook.numbers.pasted import read_pasted

GET_POST = ["GET", "HEAD", "POST"]
MANAGES = (Right.PHONEBOOK_GROUP, Right.PHONEBOOK_COMPANY)


def _managed_books(request: TenantRequest) -> tuple[Reader, list[Phonebook]]:
    reader = reader_of(request.person)
    return reader, [one for one in selectors.books_read(reader) if reader.manages(one)]


@require_http_methods(GET_POST)
@needs(*MANAGES)
def books(request: TenantRequest, slug: str) -> HttpResponse:
    """Every group has its book, made here when somebody who manages it first looks."""
    reader = reader_of(request.person)
    services.company_book()
    for group in AgentGroup.objects.filter(is_active=True):
        if request.person.may(Right.PHONEBOOK_GROUP) and reader.manages_group(group.pk):
            services.group_book(group=group)
    form = BookForm(request.POST or None)
    if request.method == "POST":
        if not reader.manages_company:
            raise PermissionDenied
        if form.is_valid() and carried_out(
            form,
            lambda: services.create_company_book(by=actor_of(request), **form.cleaned_data),
        ):
            messages.success(request, _("The phonebook is made."))
            return redirect("phonebook_books", slug)
    _reader, rows = _managed_books(request)
    counts = selectors.sizes_of(rows)
    context = {
        "rows": [(one, counts.get(one.pk, 0)) for one in rows],
        "form": form if reader.manages_company else None,
    }
    status = 422 if form.errors else 200
    return render(request, "phonebook/contacts/books.html", context, status=status)


def managed_book(request: TenantRequest, pk: int) -> Phonebook:
    """404 for a book that the person does not read, 403 for one that he may not manage."""
    reader = reader_of(request.person)
    book = get_object_or_404(selectors.books_read(reader), pk=pk)
    if not reader.manages(book):
        raise PermissionDenied
    return book


@require_http_methods(GET_POST)
@needs(*MANAGES)
def book(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    row = managed_book(request, pk)
    if row.kind == BookKind.PERSONAL:
        return redirect("phonebook_books", slug)
    initial = {"name": str(row), "members_add": row.members_add}
    form = BookForm(request.POST or None, initial=initial)
    form.fields["name"].disabled = row.kind == BookKind.GROUP
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form, lambda: services.change_book(book=row, by=actor_of(request), **form.cleaned_data)
        )
    ):
        messages.success(request, _("Saved."))
        return redirect("phonebook_books", slug)
    status = 422 if form.errors else 200
    context = {"form": form, "book": row}
    return render(request, "phonebook/contacts/book.html", context, status=status)


@require_POST
@needs(*MANAGES)
def delete_book(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    row = managed_book(request, pk)
    if row.kind != BookKind.COMPANY:
        raise PermissionDenied
    told(
        request,
        lambda: services.delete_book(book=row, by=actor_of(request)),
        _("The phonebook is deleted."),
    )
    return redirect("phonebook_books", slug)


@require_GET
@needs(Right.CALLS_OWN)
def duplicates(request: TenantRequest, slug: str) -> HttpResponse:
    del slug
    services.personal_book(user_id=request.person.user_id)
    reader, managed = _managed_books(request)
    asked = request.GET.get("book", "")
    chosen = next((one for one in managed if str(one.pk) == asked), managed[-1])
    found = [
        (one, services.merge_preview(one.contacts, request.tenant.country))
        for one in selectors.duplicates_in(chosen, reader)
        if len(one.contacts) > 1
    ]
    context = {"books": managed, "book": chosen, "found": found}
    return render(request, "phonebook/contacts/duplicates.html", context)


@require_POST
@needs(Right.CALLS_OWN)
def merge(request: TenantRequest, slug: str) -> HttpResponse:
    """`ids`: the first of them stays."""
    reader = reader_of(request.person)
    ids = [int(one) for one in request.POST.getlist("ids") if one.isascii() and one.isdigit()]
    rows = {one.pk: one for one in selectors.contacts_seen(reader).filter(pk__in=ids[:20])}
    found: list[Contact] = [rows[pk] for pk in ids if pk in rows]
    if not all(reader.changes(one) for one in found):
        raise PermissionDenied
    told(
        request,
        lambda: services.merge_contacts(contacts=found, by=actor_of(request)),
        _("They are one contact now. What was merged can be restored from the deleted ones."),
    )
    book = f"?book={found[0].book_id}" if found else ""
    response = redirect("contacts_duplicates", slug)
    response["Location"] += book
    return response


@require_http_methods(GET_POST)
@needs(*MANAGES)
def numbers(request: TenantRequest, slug: str) -> HttpResponse:
    """What could not be read, reading all again, and trying out what a pasted text holds."""
    reader = reader_of(request.person)
    if request.method == "POST" and "again" in request.POST:
        if not reader.manages_company:
            raise PermissionDenied
        found = services.normalise_contacts(by=actor_of(request))
        words = _(
            "%(contacts)d contacts read: %(changed)d kept otherwise now, "
            "%(unread)d numbers could not be read."
        )
        messages.success(
            request,
            words % {"contacts": found.contacts, "changed": found.changed, "unread": found.unread},
        )
        return redirect("contacts_numbers", slug)
    form = PasteForm(request.POST if request.method == "POST" else None)
    pasted = None
    if request.method == "POST" and form.is_valid():
        pasted = read_pasted(form.cleaned_data["text"], request.tenant.country)
    context = {
        "unread": selectors.unread_numbers(reader),
        "form": form,
        "pasted": pasted,
        "manages_company": reader.manages_company,
    }
    return render(request, "phonebook/contacts/numbers.html", context)
