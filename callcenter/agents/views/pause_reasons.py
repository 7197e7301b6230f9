"""Management: why agents may pause."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from callcenter.accounts.doors import actor_of, carried_out, needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.agents import selectors, services
from callcenter.agents.forms import NewPauseReasonForm, PauseReasonForm
from callcenter.agents.models import PauseReason
from callcenter.agents.views.agents import GET_POST

MOST_SHOWN = 200


@require_http_methods(GET_POST)
@needs(Right.SETTINGS)
def pause_reasons(request: TenantRequest, slug: str) -> HttpResponse:
    form = NewPauseReasonForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: services.create_pause_reason(by=actor_of(request), **form.cleaned_data),
        )
    ):
        messages.success(request, _("Agents can choose it now."))
        return redirect("manage_pause_reasons", slug)
    context = {"form": form, "reasons": selectors.pause_reasons()[:MOST_SHOWN]}
    status = 422 if form.errors else 200
    return render(request, "callcenter/agents/pause_reasons.html", context, status=status)


@require_http_methods(GET_POST)
@needs(Right.SETTINGS)
def pause_reason(request: TenantRequest, slug: str, reason_id: int) -> HttpResponse:
    row = get_object_or_404(PauseReason, pk=reason_id)
    initial = {name: getattr(row, name) for name in ("name", "max_minutes", "is_active")}
    form = PauseReasonForm(request.POST or None, initial=initial)
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: services.change_pause_reason(
                reason=row, by=actor_of(request), **form.cleaned_data
            ),
        )
    ):
        messages.success(request, _("Saved."))
        return redirect("manage_pause_reasons", slug)
    context = {"form": form, "reason": row}
    status = 422 if form.errors else 200
    return render(request, "callcenter/agents/pause_reason.html", context, status=status)


@require_POST
@needs(Right.SETTINGS)
def move(request: TenantRequest, slug: str, reason_id: int, way: str) -> HttpResponse:
    row = get_object_or_404(PauseReason, pk=reason_id)
    services.move_pause_reason(reason=row, up=way == "up", by=actor_of(request))
    return redirect("manage_pause_reasons", slug)
