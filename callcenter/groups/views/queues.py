"""Management: the queues of a group."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from callcenter.accounts.doors import actor_of, carried_out, needs, told
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.groups import selectors, services
from callcenter.groups.forms.queues import QueueForm
from callcenter.groups.models import AgentGroup, Queue
from callcenter.groups.views.groups import GET_POST, managed_group


@require_GET
@needs(Right.GROUPS_MANAGE)
def queues(request: TenantRequest, slug: str, group_id: int) -> HttpResponse:
    group = managed_group(request, group_id)
    rows = list(selectors.queues_of(group))
    if len(rows) == 1:
        return redirect("manage_queue", slug, group.pk, rows[0].pk)
    context = {"group": group, "tab": "queues", "queues": rows}
    return render(request, "callcenter/groups/group_queues.html", context)


@require_http_methods(GET_POST)
@needs(Right.GROUPS_MANAGE)
def new_queue(request: TenantRequest, slug: str, group_id: int) -> HttpResponse:
    group = managed_group(request, group_id)
    form = QueueForm(request.POST or None, queue=Queue(group=group), person=request.person)
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: services.create_queue(group=group, by=actor_of(request), **form.cleaned_data),
        )
    ):
        messages.success(request, _("The queue is made. Lead a number to it, or another queue."))
        return redirect("manage_group_queues", slug, group.pk)
    return _queue_page(request, group, None, form)


@require_http_methods(GET_POST)
@needs(Right.GROUPS_MANAGE)
def queue(request: TenantRequest, slug: str, group_id: int, queue_id: int) -> HttpResponse:
    group = managed_group(request, group_id)
    row = get_object_or_404(Queue.objects.filter(group=group), pk=queue_id)
    form = QueueForm(request.POST or None, queue=row, person=request.person)
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: services.change_queue(queue=row, by=actor_of(request), **form.cleaned_data),
        )
    ):
        messages.success(request, _("Saved. Callers who are waiting stay in their place."))
        return redirect("manage_queue", slug, group.pk, row.pk)
    return _queue_page(request, group, row, form)


@require_POST
@needs(Right.GROUPS_MANAGE)
def delete_queue(request: TenantRequest, slug: str, group_id: int, queue_id: int) -> HttpResponse:
    group = managed_group(request, group_id)
    row = get_object_or_404(Queue.objects.filter(group=group), pk=queue_id)
    if told(
        request,
        lambda: services.delete_queue(queue=row, by=actor_of(request)),
        _("The queue %(queue)s is deleted.") % {"queue": row.name},
    ):
        return redirect("manage_group_queues", slug, group.pk)
    return redirect("manage_queue", slug, group.pk, queue_id)


def _queue_page(
    request: TenantRequest, group: AgentGroup, row: Queue | None, form: QueueForm
) -> HttpResponse:
    context = {
        "group": group,
        "tab": "queues",
        "queue": row,
        "is_only": row is not None and not group.queues.exclude(pk=row.pk).exists(),
        "form": form,
    }
    status = 422 if form.errors else 200
    return render(request, "callcenter/groups/queue.html", context, status=status)
