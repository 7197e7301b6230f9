"""Management: what work is booked on."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from callcenter.accounts.doors import actor_of, carried_out, needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from phonebook.notes import services
from phonebook.notes.forms import NameForm, ProjectForm, TaskTypeForm
from phonebook.notes.models import Project, TaskType

GET_POST = ["GET", "POST"]
MOST_SHOWN = 500


@require_http_methods(GET_POST)
@needs(Right.SETTINGS)
def setup(request: TenantRequest, slug: str) -> HttpResponse:
    """Both lists; a posted name goes to the one that `list` names."""
    wanted = request.POST.get("list", "")
    forms = {
        name: NameForm(request.POST if wanted == name else None, prefix=name)
        for name in ("project", "task_type")
    }
    if request.method == "POST":
        form = forms.get(wanted)
        if form is None:
            raise Http404
        create = {"project": services.create_project, "task_type": services.create_task_type}
        if form.is_valid() and carried_out(
            form,
            lambda: create[wanted](name=form.cleaned_data["name"], by=actor_of(request)),
        ):
            messages.success(request, _("It can be chosen now."))
            return redirect("manage_work", slug)
    context = {
        "forms": forms,
        "projects": Project.objects.all()[:MOST_SHOWN],
        "task_types": TaskType.objects.all()[:MOST_SHOWN],
    }
    status = 422 if any(form.errors for form in forms.values()) else 200
    return render(request, "phonebook/notes/setup.html", context, status=status)


@require_http_methods(GET_POST)
@needs(Right.SETTINGS)
def project(request: TenantRequest, slug: str, project_id: int) -> HttpResponse:
    row = get_object_or_404(Project, pk=project_id)
    form = ProjectForm(request.POST or None, initial={"name": row.name, "is_active": row.is_active})

    def save() -> None:
        services.change_project(project=row, changes=form.cleaned_data, by=actor_of(request))

    return _change(request, slug, form, row, save)


@require_http_methods(GET_POST)
@needs(Right.SETTINGS)
def task_type(request: TenantRequest, slug: str, task_type_id: int) -> HttpResponse:
    row = get_object_or_404(TaskType, pk=task_type_id)
    names = ("name", "is_active", "is_for_calls")
    form = TaskTypeForm(request.POST or None, initial={name: getattr(row, name) for name in names})

    def save() -> None:
        services.change_task_type(task_type=row, changes=form.cleaned_data, by=actor_of(request))

    return _change(request, slug, form, row, save)


def _change(request: TenantRequest, slug: str, form: Any, row: Any, save: Any) -> HttpResponse:
    if request.method == "POST" and form.is_valid() and carried_out(form, save):
        messages.success(request, _("Saved."))
        return redirect("manage_work", slug)
    status = 422 if form.errors else 200
    context = {"form": form, "row": row}
    return render(request, "phonebook/notes/setup_row.html", context, status=status)
