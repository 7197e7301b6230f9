"""Notes and POST-ITs: the page, and the part beside a call or a contact."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from callcenter.accounts.doors import actor_of, carried_out, needs, told
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from phonebook.contacts.permissions import reader_of
from phonebook.notes import selectors, services
from phonebook.notes.forms import ChangeNoteForm, NoteForm
from phonebook.notes.models import Note
from phonebook.notes.selectors import Cursor
from phonebook.notes.subjects import Asked, asked_about

WRITES = (Right.DESK, Right.CALLS_OWN, Right.CALLS_GROUP, Right.CALLS_ALL)
BOXES = ("received", "sent", "own", "")


@require_http_methods(["GET", "POST"])
@needs(*WRITES)
def notes(request: TenantRequest, slug: str) -> HttpResponse:
    user_id = request.person.user_id
    box = request.GET.get("box", "received")
    if box not in BOXES:
        raise Http404
    asked = asked_about(request.GET, reader_of(request.person), request.tenant.country)
    form = _form(request)
    if request.method == "POST" and _written(request, form, asked):
        messages.success(request, _("Written down."))
        return redirect(f"{request.path}?box={'sent' if form.cleaned_data['to'] else 'own'}")
    context = {
        "form": form,
        "asked": asked,
        "box": box,
        "page": selectors.page_of_notes(
            user_id, box=box, cursor=Cursor.read(request.GET.get("older", ""))
        ),
        "user_id": user_id,
    }
    status = 422 if form.errors else 200
    return render(request, "phonebook/notes/notes.html", context, status=status)


@require_http_methods(["GET", "POST"])
@needs(*WRITES)
def about(request: TenantRequest, slug: str) -> HttpResponse:
    """What is known of a number, a contact or a call, and a line to write more; a fragment."""
    asked = asked_about(request.GET, reader_of(request.person), request.tenant.country)
    form = _form(request)
    status = 200
    if request.method == "POST":
        if _written(request, form, asked):
            form = NoteForm(colleagues=selectors.colleagues(request.person.user_id))
        else:
            status = 422
    subject, user_id = asked.subject, request.person.user_id
    contact_id = subject.contact.pk if subject.contact else None
    context = {
        "asked": asked,
        "form": form,
        "notes": selectors.notes_about(
            user_id, key=subject.key, contact_id=contact_id, linkedid=subject.call_linkedid
        ),
        "work": selectors.work_about(
            key=subject.key, contact_id=contact_id, linkedid=subject.call_linkedid
        ),
        "user_id": user_id,
    }
    return render(request, "phonebook/notes/_about.html", context, status=status)


@require_http_methods(["GET", "POST"])
@needs(*WRITES)
def note(request: TenantRequest, slug: str, note_id: int) -> HttpResponse:
    """Reading it marks a POST-IT as seen; its writer can change it."""
    row = _note(request, note_id)
    services.see_note(note=row, by=actor_of(request), at=timezone.now())
    is_own = row.by_id == request.person.user_id
    form = ChangeNoteForm(
        request.POST or None, initial={"text": row.text, "is_private": row.is_private}
    )
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: services.change_note(
                note=row, by=actor_of(request), at=timezone.now(), **form.cleaned_data
            ),
        )
    ):
        messages.success(request, _("Saved."))
        return redirect("note", slug, row.pk)
    status = 422 if form.errors else 200
    context = {"note": row, "form": form, "is_own": is_own}
    return render(request, "phonebook/notes/note.html", context, status=status)


@require_POST
@needs(*WRITES)
def delete(request: TenantRequest, slug: str, note_id: int) -> HttpResponse:
    row = _note(request, note_id)
    told(request, lambda: services.delete_note(note=row, by=actor_of(request)), _("Deleted."))
    return redirect("notes", slug)


@require_POST
@needs(*WRITES)
def seen(request: TenantRequest, slug: str, note_id: int) -> HttpResponse:
    row = _note(request, note_id)
    services.see_note(note=row, by=actor_of(request), at=timezone.now())
    return redirect("notes", slug)


@require_GET
@needs(*WRITES)
def bell(request: TenantRequest, slug: str) -> HttpResponse:
    """The top bar's bell, asked for again when a POST-IT comes."""
    return render(request, "phonebook/notes/_bell.html")


def _note(request: TenantRequest, note_id: int) -> Note:
    row = selectors.notes_seen(request.person.user_id).filter(pk=note_id).first()
    if row is None:
        raise Http404
    return row


def _form(request: TenantRequest) -> NoteForm:
    return NoteForm(request.POST or None, colleagues=selectors.colleagues(request.person.user_id))


def _written(request: TenantRequest, form: NoteForm, asked: Asked) -> bool:
    return form.is_valid() and carried_out(
        form,
        lambda: services.write_note(
            text=form.cleaned_data["text"],
            to_id=form.cleaned_data["to"],
            is_private=form.cleaned_data["is_private"],
            subject=asked.subject,
            by=actor_of(request),
            at=timezone.now(),
        ),
    )
