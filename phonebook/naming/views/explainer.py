"""Why a caller has this name, and putting it right on the spot."""

from __future__ import annotations

import dataclasses

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from callcenter.accounts.doors import actor_of, carried_out, needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from phonebook.contacts import selectors as contacts
from phonebook.contacts import services as phonebook
from phonebook.contacts.drafts import ContactDraft, NumberDraft
from phonebook.contacts.permissions import Reader, reader_of
from phonebook.contacts.services.rows import draft_of
from phonebook.contacts.wording import said
from phonebook.naming import selectors
from phonebook.naming.chain import Candidate
from phonebook.naming.forms import NameForm
from phonebook.naming.notices import tell_naming_changed
from phonebook.numbers.kinds import Identity, NumberKind, identify

READS = (Right.DESK, Right.CALLS_OWN, Right.CALLS_GROUP, Right.CALLS_ALL)


@require_GET
@needs(*READS)
def explained(request: TenantRequest, slug: str) -> HttpResponse:
    """`?number=&group=&name=`: which source won, the runners-up, and a form; for a dialog."""
    del slug
    return _page(request, request.GET.get("number", ""), None)


@require_POST
@needs(*READS)
def save(request: TenantRequest, slug: str) -> HttpResponse:
    """A number that nobody has becomes a contact."""
    del slug
    number = request.POST.get("number", "").strip()[:80]
    reader = reader_of(request.person)
    form = NameForm(request.POST, books=_books(request, reader))
    draft = ContactDraft(
        name=request.POST.get("name", ""), numbers=(NumberDraft(_entered(request, number)),)
    )
    if (
        form.is_valid()
        and form.cleaned_data["book"]
        and carried_out(
            form,
            lambda: phonebook.create_contact(
                book=form.cleaned_data["book"], draft=draft, by=actor_of(request)
            ),
        )
    ):
        tell_naming_changed()
        return _page(request, number, None, done=_("Saved."))
    return _page(request, number, form, status=422)


@require_POST
@needs(*READS)
def fix(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    """Another name for the contact that has the number."""
    del slug
    reader = reader_of(request.person)
    found = get_object_or_404(contacts.contacts_seen(reader), pk=pk)
    if not reader.changes(found):
        raise PermissionDenied
    form = NameForm(request.POST, books=[])
    number = request.POST.get("number", "").strip()[:80]

    def rename() -> None:
        draft = dataclasses.replace(draft_of(found), name=form.cleaned_data["name"])
        phonebook.change_contact(contact=found, draft=draft, by=actor_of(request))

    if form.is_valid() and carried_out(form, rename):
        tell_naming_changed()
        return _page(request, number, None, done=_("Saved."))
    return _page(request, number, form, status=422)


def _entered(request: TenantRequest, number: str) -> str:
    """As people of the country write it, not as the carrier did."""
    identity = identify(number, request.tenant.country)
    return said(identity.key or number, request.tenant.country)


def _books(request: TenantRequest, reader: Reader) -> list[int]:
    phonebook.personal_book(user_id=request.person.user_id)
    return [one.pk for one in contacts.books_read(reader) if reader.adds_to(one)]


def _page(
    request: TenantRequest,
    number: str,
    form: NameForm | None,
    *,
    status: int = 200,
    done: str = "",
) -> HttpResponse:
    values = request.POST if request.method == "POST" else request.GET
    number = number.strip()[:80]
    identity: Identity = identify(number, request.tenant.country)
    reader = reader_of(request.person)
    group = values.get("group", "")
    groups = {int(group)} if group.isdecimal() and len(group) < 19 else set()
    groups &= reader.in_groups | (reader.manages_groups or groups)
    rules = selectors.rules_here()
    given = values.get("given", "").strip()[:120]
    found = selectors.explain(
        identity.key, rules, user_id=request.person.user_id, group_ids=groups, given=given
    )
    context = {
        "number": number,
        "title": said(identity.key or number, request.tenant.country),
        "is_hidden": identity.kind is NumberKind.ANONYMOUS or not number,
        "is_kept": identity.is_readable and identity.kind is not NumberKind.ANONYMOUS,
        "group": group,
        "given": given,
        "winner": _row(found[0], reader, rules) if found else None,
        "others": [_row(one, reader, rules) for one in found[1:8]],
        "rest": max(0, len(found) - 8),
        "order": [selectors.word_of(source, rules.directories) for source in rules.order],
        "form": form or NameForm(books=_books(request, reader)),
        "done": done,
    }
    return render(request, "phonebook/naming/_explained.html", context, status=status)


def _row(one: Candidate, reader: Reader, rules: selectors.Rules) -> dict[str, object]:
    may_change = False
    if one.contact_id is not None:
        contact = contacts.contacts_seen(reader).filter(pk=one.contact_id).first()
        may_change = contact is not None and reader.changes(contact)
    return {
        "name": one.name,
        "word": selectors.word_of(one.source, rules.directories),
        "where": one.where,
        "contact": one.contact_id,
        "may_change": may_change,
    }
