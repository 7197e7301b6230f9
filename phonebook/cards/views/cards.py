"""The customer card of a number, and a person's own choice of what opens when it rings."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from callcenter.accounts.doors import carried_out, needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.tenants.refusals import Refusal
from phonebook.cards import selectors, services
from phonebook.cards.asking import data_of
from phonebook.cards.drawing import draw
from phonebook.cards.forms import PopupChoiceForm
from phonebook.cards.models import CustomCard
from phonebook.contacts.models import NumberType
from phonebook.contacts.permissions import reader_of
from phonebook.contacts.wording import said
from phonebook.numbers.kinds import NumberKind, identify

GET_POST = ["GET", "HEAD", "POST"]
READS = (Right.DESK, Right.CALLS_OWN, Right.CALLS_GROUP, Right.CALLS_ALL)


@require_GET
@needs(*READS)
def card(request: TenantRequest, slug: str) -> HttpResponse:
    """`?number=`, `&on=mobile`: by which of the contact's numbers; a page, or part of one."""
    del slug
    number = request.GET.get("number", "").strip()[:80]
    identity = identify(number, request.tenant.country)
    reader = reader_of(request.person)
    is_withheld = identity.kind is NumberKind.ANONYMOUS
    is_known = identity.is_readable and not is_withheld
    contacts = selectors.contacts_with(identity.key, reader) if is_known else []
    contact = contacts[0] if contacts else None
    wanted = request.GET.get("on", selectors.choice_of(request.person.user_id).card_number)
    key = selectors.number_for_card(identity.key, contact, wanted)
    context = {
        "number": number,
        "key": key if is_known else "",
        "title": str(contact) if contact else said(identity.key or number, request.tenant.country),
        "shown": "" if is_withheld else said(key or number, request.tenant.country),
        "is_withheld": is_withheld,
        "contact": contact,
        "others": contacts[1:],
        "numbers": contact.numbers.all() if contact else (),
        "may_change": contact is not None and reader.changes(contact),
        "cards": selectors.cards_in_use() if is_known else [],
        "on": wanted,
        "types": NumberType.choices,
        "query": urlencode({"number": key or number, "call": request.GET.get("call", "")[:150]}),
    }
    return render(request, "phonebook/cards/card.html", context)


@require_GET
@needs(*READS)
def custom(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    """One of the company's own tabs, as a fragment; what goes wrong is said in it."""
    del slug
    row: CustomCard = get_object_or_404(CustomCard, pk=pk, is_active=True)
    key = identify(request.GET.get("number", "")[:80], request.tenant.country).key
    html, words = "", ""
    try:
        data = data_of(row, key) if key else None
        if data is not None:
            html = draw(row.template, data, key)
    except Refusal as refusal:
        words = str(refusal)
    context = {"html": html, "words": words, "card": row}
    return render(request, "phonebook/cards/_custom.html", context)


@require_GET
@needs(*READS)
def popup_choice(request: TenantRequest, slug: str) -> HttpResponse:
    """For the popup's script."""
    del slug
    response = JsonResponse(selectors.choice_for_scripts(request.person.user_id))
    response["Cache-Control"] = "no-store"
    return response


@require_http_methods(GET_POST)
@needs(*READS)
def popup_settings(request: TenantRequest, slug: str) -> HttpResponse:
    user_id = request.person.user_id
    form = PopupChoiceForm(request.POST or None, choice=selectors.choice_of(user_id))
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(form, lambda: services.change_popup(user_id=user_id, **form.cleaned_data))
    ):
        messages.success(request, _("Saved."))
        return redirect("popup_settings", slug)
    status = 422 if form.errors else 200
    return render(request, "phonebook/cards/popup_settings.html", {"form": form}, status=status)
