"""Cards that a company defines, and the addresses that calls of a group open."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from callcenter.accounts.doors import actor_of, carried_out, needs, told
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from phonebook.cards import services
from phonebook.cards.forms import CustomCardForm, GroupLinkForm
from phonebook.cards.models import CustomCard, GroupLink

GET_POST = ["GET", "HEAD", "POST"]


@require_http_methods(GET_POST)
@needs(Right.PHONEBOOK_COMPANY)
def cards(request: TenantRequest, slug: str) -> HttpResponse:
    """The list of cards, and the groups' addresses."""
    form = GroupLinkForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form, lambda: services.change_group_link(by=actor_of(request), **form.cleaned_data)
        )
    ):
        messages.success(request, _("Saved."))
        return redirect("cards", slug)
    context = {
        "cards": CustomCard.objects.all(),
        "links": GroupLink.objects.select_related("group").order_by("group__name"),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "phonebook/cards/cards.html", context, status=status)


@require_http_methods(GET_POST)
@needs(Right.PHONEBOOK_COMPANY)
def new_card(request: TenantRequest, slug: str) -> HttpResponse:
    form = CustomCardForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form, lambda: services.create_card(by=actor_of(request), **form.cleaned_data)
        )
    ):
        messages.success(request, _("Saved."))
        return redirect("cards", slug)
    return _page(request, form, None)


@require_http_methods(GET_POST)
@needs(Right.PHONEBOOK_COMPANY)
def edit_card(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    row: CustomCard = get_object_or_404(CustomCard, pk=pk)
    form = CustomCardForm(request.POST or None, card=row)
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form, lambda: services.change_card(card=row, by=actor_of(request), **form.cleaned_data)
        )
    ):
        messages.success(request, _("Saved."))
        return redirect("cards", slug)
    return _page(request, form, row)


def _page(request: TenantRequest, form: CustomCardForm, row: CustomCard | None) -> HttpResponse:
    status = 422 if form.errors else 200
    context = {"form": form, "card": row}
    return render(request, "phonebook/cards/edit.html", context, status=status)


@require_POST
@needs(Right.PHONEBOOK_COMPANY)
def delete_card(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    row: CustomCard = get_object_or_404(CustomCard, pk=pk)
    told(
        request,
        lambda: services.delete_card(card=row, by=actor_of(request)),
        _("The card is deleted."),
    )
    return redirect("cards", slug)
