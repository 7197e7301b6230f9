"""How soon to call back, and whom never."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from callcenter.accounts.doors import actor_of, carried_out, needs, told
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.groups.models import AgentGroup
from telephony.callbacks import services
from telephony.callbacks.forms import DueForm, NeverForm
from telephony.callbacks.models import CallbackRule, NeverCallBack

MOST_NUMBERS = 500


@require_http_methods(["GET", "POST"])
@needs(Right.SETTINGS)
def setup(request: TenantRequest, slug: str) -> HttpResponse:
    form = DueForm(
        request.POST or None,
        groups=list(AgentGroup.objects.values_list("pk", "name")),
        kept=_kept(),
    )
    if request.method == "POST" and form.is_valid():
        services.set_due_minutes(
            tenant=request.tenant, minutes=form.minutes(), by=actor_of(request)
        )
        messages.success(request, _("Saved. It holds for calls that are lost from now on."))
        return redirect("callbacks_setup", slug)
    return _page(request, form, NeverForm())


@require_POST
@needs(Right.SETTINGS)
def never(request: TenantRequest, slug: str) -> HttpResponse:
    form = NeverForm(request.POST)
    if form.is_valid() and carried_out(
        form,
        lambda: services.never_call_back(
            tenant=request.tenant, by=actor_of(request), at=timezone.now(), **form.cleaned_data
        ),
    ):
        messages.success(request, _("Nobody is asked to call this number back any more."))
        return redirect("callbacks_setup", slug)
    groups = list(AgentGroup.objects.values_list("pk", "name"))
    return _page(request, DueForm(None, groups=groups, kept=_kept()), form)


def _kept() -> dict[int | None, int]:
    return dict(CallbackRule.objects.values_list("group_id", "due_minutes"))


@require_POST
@needs(Right.SETTINGS)
def allow(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    row = get_object_or_404(NeverCallBack, pk=pk)
    told(
        request,
        lambda: services.allow_calling_back(tenant=request.tenant, row=row, by=actor_of(request)),
        _("Lost calls of this number are to be called back again."),
    )
    return redirect("callbacks_setup", slug)


def _page(request: TenantRequest, form: DueForm, never_form: NeverForm) -> HttpResponse:
    context = {
        "form": form,
        "never_form": never_form,
        "numbers": NeverCallBack.objects.all()[:MOST_NUMBERS],
    }
    status = 422 if form.errors or never_form.errors else 200
    return render(request, "telephony/callbacks/setup.html", context, status=status)
