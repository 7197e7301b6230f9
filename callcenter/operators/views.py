"""What the platform's staff does: all tenants, across tenants."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from callcenter.accounts.models import User
from callcenter.accounts.services import change_tenant, create_tenant
from callcenter.audit.services import Actor
from callcenter.operators.forms import TenantChangeForm, TenantForm
from callcenter.operators.selectors import tenants
from callcenter.tenants.models import Tenant
from callcenter.tenants.refusals import Refusal

PER_PAGE = 50
View = Callable[..., HttpResponse]


def operators_only(view: View) -> View:
    """For everybody else these pages do not exist."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not cast(User, request.user).is_operator:
            raise Http404
        return view(request, *args, **kwargs)

    guarded.operators_only = True  # type: ignore[attr-defined]
    return guarded


def _actor(request: HttpRequest) -> Actor:
    user = cast(User, request.user)
    return Actor(name=str(user), user_id=user.pk)


@operators_only
def overview(request: HttpRequest) -> HttpResponse:
    search = request.GET.get("q", "").strip()
    page = Paginator(tenants(search), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "callcenter/operators/list.html", {"page": page, "search": search})


@operators_only
def new(request: HttpRequest) -> HttpResponse:
    form = TenantForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            create_tenant(**form.cleaned_data, by=_actor(request))
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            messages.success(request, _("Made. Its admin has been sent the way to sign in."))
            return redirect("operator")
    return render(
        request, "callcenter/operators/new.html", {"form": form}, status=422 if form.errors else 200
    )


@operators_only
def change(request: HttpRequest, pk: int) -> HttpResponse:
    tenant = get_object_or_404(Tenant, pk=pk)
    fields = (
        "name", "country", "time_zone", "language", "recording_days", "keeps_uncompressed",
        "is_active",
    )  # fmt: skip
    form = TenantChangeForm(
        request.POST or None, initial={field: getattr(tenant, field) for field in fields}
    )
    if request.method == "POST" and form.is_valid():
        change_tenant(tenant=tenant, by=_actor(request), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("operator")
    return render(
        request,
        "callcenter/operators/change.html",
        {"form": form, "company": tenant},
        status=422 if form.errors else 200,
    )
