"""Management: the agents, and undoing a change of an agent, phone or pause reason."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from callcenter.accounts.doors import actor_of, carried_out, needs, told
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.agents import selectors, services
from callcenter.agents.forms import AgentForm, NewAgentForm
from callcenter.agents.models import Agent
from callcenter.audit.models import AuditEntry
from callcenter.audit.undo import UNDOABLE

PAGE_SIZE = 50
GET_POST = ["GET", "HEAD", "POST"]
_UNDO_NEEDS = {
    "pausereason": Right.SETTINGS,
    "agent": Right.PEOPLE_MANAGE,
    "device": Right.PEOPLE_MANAGE,
}


@require_GET
@needs(Right.PEOPLE_MANAGE)
def agents(request: TenantRequest, slug: str) -> HttpResponse:
    del slug
    found = Paginator(selectors.agents_with_phones(), PAGE_SIZE)
    page = found.get_page(request.GET.get("page"))
    return render(request, "callcenter/agents/agents.html", {"page": page})


@require_http_methods(GET_POST)
@needs(Right.PEOPLE_MANAGE)
def new_agent(request: TenantRequest, slug: str) -> HttpResponse:
    form = NewAgentForm(request.POST or None)
    made: list[Agent] = []

    def make() -> None:
        made.append(services.create_agent(by=actor_of(request), **form.cleaned_data))

    if request.method == "POST" and form.is_valid() and carried_out(form, make):
        messages.success(request, _("The agent is made. Now give them a phone."))
        return redirect("manage_agent", slug, made[0].pk)
    context = {"form": form, "has_people": selectors.people_without_agent().exists()}
    status = 422 if form.errors else 200
    return render(request, "callcenter/agents/new_agent.html", context, status=status)


@require_http_methods(GET_POST)
@needs(Right.PEOPLE_MANAGE)
def agent(request: TenantRequest, slug: str, agent_id: int) -> HttpResponse:
    row = get_object_or_404(selectors.one_agent(), pk=agent_id)
    form = AgentForm(request.POST or None, agent=row)
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: services.change_agent(agent=row, by=actor_of(request), **form.cleaned_data),
        )
    ):
        messages.success(request, _("Saved."))
        return redirect("manage_agent", slug, row.pk)
    groups = [
        {
            "name": one.group.name,
            "penalty": one.penalty,
            "url": reverse("manage_group_members", args=[slug, one.group_id]),
        }
        for one in row.memberships.select_related("group").order_by("group__name")
    ]
    context = {"agent": row, "form": form, "phones": row.devices.all(), "groups": groups}
    status = 422 if form.errors else 200
    return render(request, "callcenter/agents/agent.html", context, status=status)


@require_POST
@needs(Right.PEOPLE_MANAGE, Right.SETTINGS)
def undo(request: TenantRequest, slug: str, entry_id: int) -> HttpResponse:
    entry = get_object_or_404(AuditEntry, pk=entry_id, action__in=UNDOABLE)
    right = _UNDO_NEEDS.get(entry.about_type)
    if right is None or not request.person.may(right):
        raise PermissionDenied
    told(
        request,
        lambda: services.undo_change(entry=entry, by=actor_of(request)),
        _("Undone: it is as it was before."),
    )
    return redirect("manage_audit", slug)
