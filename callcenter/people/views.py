"""People and API keys of a tenant."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from callcenter.accounts.doors import actor_of, needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.models import ApiKey, Membership
from callcenter.accounts.permissions import Right
from callcenter.accounts.services import (
    change_membership,
    create_api_key,
    invite_person,
    revoke_api_key,
)
from callcenter.people import selectors
from callcenter.people.forms import InviteForm, KeyForm, MembershipForm
from callcenter.tenants.refusals import Refusal

PER_PAGE = 50


@needs(Right.PEOPLE_MANAGE)
def people(request: TenantRequest, slug: str) -> HttpResponse:
    search = request.GET.get("q", "").strip()
    pages = Paginator(selectors.people(search), PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    return render(request, "callcenter/people/list.html", {"page": page, "search": search})


@needs(Right.PEOPLE_MANAGE)
def invite(request: TenantRequest, slug: str) -> HttpResponse:
    form = InviteForm(request.POST or None)
    if not request.person.may(Right.RIGHTS_MANAGE):
        form.fields["role"].choices = [("agent", _("Agent"))]  # type: ignore[attr-defined]
    if request.method == "POST" and form.is_valid():
        try:
            invite_person(**form.cleaned_data, by=actor_of(request))
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("Invited. The way to sign in is on its way by e-mail."))
            return redirect("people", slug=slug)
    return render(
        request, "callcenter/people/invite.html", {"form": form}, status=422 if form.errors else 200
    )


@needs(Right.RIGHTS_MANAGE)
def member(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    membership = get_object_or_404(Membership.objects.select_related("user"), pk=pk)
    fields = ("role", "extra_rights", "denied_rights", "group_ids", "is_active")
    form = MembershipForm(
        request.POST or None,
        groups=selectors.group_choices(),
        initial={field: getattr(membership, field) for field in fields},
    )
    if request.method == "POST" and form.is_valid():
        try:
            change_membership(membership=membership, by=actor_of(request), **form.wanted())
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
        else:
            messages.success(request, _("Saved. It is in force from the next click on."))
            return redirect("people", slug=slug)
    return render(
        request,
        "callcenter/people/member.html",
        {"form": form, "membership": membership},
        status=422 if form.errors else 200,
    )


@needs(Right.API_KEYS)
def keys(request: TenantRequest, slug: str) -> HttpResponse:
    form = KeyForm(request.POST or None)
    made = None
    if request.method == "POST" and form.is_valid():
        try:
            _row, made = create_api_key(**form.cleaned_data, by=actor_of(request))
            form = KeyForm()
        except Refusal as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    page = Paginator(selectors.keys(), PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "callcenter/people/keys.html",
        {"form": form, "page": page, "made": made, "now": timezone.now()},
        status=422 if form.errors else 200,
    )


@require_POST
@needs(Right.API_KEYS)
def revoke(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    revoke_api_key(
        key=get_object_or_404(ApiKey.objects.all(), pk=pk), by=actor_of(request), at=timezone.now()
    )
    messages.success(request, _("Revoked. The key opens nothing any more."))
    return redirect("api_keys", slug=slug)
