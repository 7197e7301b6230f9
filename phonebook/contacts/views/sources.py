"""Sources of contacts, and what two sides wanted of the same contact."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from callcenter.accounts.doors import actor_of, carried_out, needs, told
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from phonebook.contacts import selectors, services
from phonebook.contacts.forms.sources import SourceForm
from phonebook.contacts.models import BookKind, ContactConflict, ContactSource
from phonebook.contacts.permissions import reader_of
from phonebook.contacts.services import sourcing, syncing
from phonebook.contacts.tasks import follow_contact_source

GET_POST = ["GET", "HEAD", "POST"]


def _books(request: TenantRequest) -> list[int]:
    services.company_book()
    reader = reader_of(request.person)
    return [
        one.pk
        for one in selectors.books_read(reader)
        if one.kind != BookKind.PERSONAL and reader.manages(one)
    ]


@require_GET
@needs(Right.PHONEBOOK_COMPANY)
def sources(request: TenantRequest, slug: str) -> HttpResponse:
    del slug
    rows = ContactSource.objects.select_related("book__group")
    is_polled = request.headers.get("HX-Request")
    template = "_sources" if is_polled else "sources"
    return render(request, f"phonebook/contacts/{template}.html", {"sources": rows})


@require_http_methods(GET_POST)
@needs(Right.PHONEBOOK_COMPANY)
def new_source(request: TenantRequest, slug: str) -> HttpResponse:
    form = SourceForm(request.POST or None, books=_books(request))
    made: list[ContactSource] = []

    def make() -> None:
        values = form.cleaned_data
        made.append(
            sourcing.create_source(
                book=values["book"], kind=values["kind"], by=actor_of(request), **form.wishes()
            )
        )

    if request.method == "POST" and form.is_valid() and carried_out(form, make):
        _read_soon(request, made[0])
        messages.success(request, _("The source is kept, and is being read for the first time."))
        return redirect("contact_sources", slug)
    return _page(request, form, None)


@require_http_methods(GET_POST)
@needs(Right.PHONEBOOK_COMPANY)
def source(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    row = _managed(request, pk)
    form = SourceForm(request.POST or None, books=[row.book_id], source=row)
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: sourcing.change_source(source=row, by=actor_of(request), **form.wishes()),
        )
    ):
        messages.success(request, _("Saved."))
        return redirect("contact_sources", slug)
    return _page(request, form, row)


def _managed(request: TenantRequest, pk: int) -> ContactSource:
    row: ContactSource = get_object_or_404(
        ContactSource.objects.select_related("book__group"), pk=pk
    )
    if not reader_of(request.person).manages(row.book):
        raise PermissionDenied
    return row


def _page(request: TenantRequest, form: SourceForm, row: ContactSource | None) -> HttpResponse:
    status = 422 if form.errors else 200
    context = {"form": form, "source": row}
    return render(request, "phonebook/contacts/source.html", context, status=status)


def _read_soon(request: TenantRequest, row: ContactSource) -> None:
    transaction.on_commit(
        lambda: follow_contact_source.delay(tenant_id=request.tenant.pk, source_id=row.pk)
    )


@require_POST
@needs(Right.PHONEBOOK_COMPANY)
def read_now(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    row = _managed(request, pk)
    _read_soon(request, row)
    messages.success(request, _("“%(source)s” is being read.") % {"source": row})
    return redirect("contact_sources", slug)


@require_POST
@needs(Right.PHONEBOOK_COMPANY)
def delete_source(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    row = _managed(request, pk)
    told(
        request,
        lambda: sourcing.delete_source(source=row, by=actor_of(request)),
        _("The source is deleted; its contacts stay."),
    )
    return redirect("contact_sources", slug)


@require_POST
@needs(Right.CALLS_OWN)
def conflict(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    row: ContactConflict = get_object_or_404(
        ContactConflict.objects.select_related("contact__book"), pk=pk
    )
    reader = reader_of(request.person)
    get_object_or_404(selectors.contacts_seen(reader), pk=row.contact_id)
    if not reader.changes(row.contact):
        raise PermissionDenied
    take = "came" if request.POST.get("take") == "came" else "here"
    told(
        request,
        lambda: syncing.settle_conflict(conflict=row, take=take, by=actor_of(request)),
        _("Settled."),
    )
    return redirect("contact", slug, row.contact_id)
