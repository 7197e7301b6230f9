"""Management: the groups, and one group's settings, numbers, members and what its callers hear."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from callcenter.accounts.doors import actor_of, carried_out, needs, told
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.audit.models import AuditEntry
from callcenter.audit.undo import UNDOABLE
from callcenter.groups import selectors, services
from callcenter.groups.forms.groups import (
    GroupForm,
    MemberForm,
    MomentForm,
    NewGroupForm,
    NumberForm,
    PenaltyForm,
)
from callcenter.groups.hearing import heard_at
from callcenter.groups.models import AgentGroup, GroupMember, Number
from callcenter.groups.services.undo import groups_concerned
from callcenter.templatetags.frame import MANAGEMENT
from callcenter.templatetags.manage import sections_for

PAGE_SIZE = 50
GET_POST = ["GET", "HEAD", "POST"]


def managed_group(request: TenantRequest, group_id: int) -> AgentGroup:
    """404 for another company's group, 403 for one that the person's rights do not reach."""
    group = get_object_or_404(AgentGroup.objects.select_related("calendar"), pk=group_id)
    if not request.person.may_in_group(Right.GROUPS_MANAGE, group.pk):
        raise PermissionDenied
    return group


@require_GET
@needs(*MANAGEMENT)
def start(request: TenantRequest, slug: str) -> HttpResponse:
    """To the first section that the person may enter."""
    return redirect(sections_for(request.person, slug)[0].url)


@require_GET
@needs(Right.GROUPS_MANAGE)
def groups(request: TenantRequest, slug: str) -> HttpResponse:
    del slug
    rows = selectors.groups_managed_by(request.person)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "callcenter/groups/groups.html", {"page": page})


@require_http_methods(GET_POST)
@needs(Right.GROUPS_MANAGE)
def new_group(request: TenantRequest, slug: str) -> HttpResponse:
    if request.person.group_ids:  # whose rights end at some groups makes no further ones
        raise PermissionDenied
    form = NewGroupForm(request.POST or None)
    made: list[AgentGroup] = []

    def make() -> None:
        made.append(services.create_group(by=actor_of(request), **form.cleaned_data))

    if request.method == "POST" and form.is_valid() and carried_out(form, make):
        messages.success(request, _("The group is made. Give it numbers and members."))
        return redirect("manage_group_numbers", slug, made[0].pk)
    status = 422 if form.errors else 200
    return render(request, "callcenter/groups/new_group.html", {"form": form}, status=status)


@require_http_methods(GET_POST)
@needs(Right.GROUPS_MANAGE)
def group(request: TenantRequest, slug: str, group_id: int) -> HttpResponse:
    row = managed_group(request, group_id)
    form = GroupForm(request.POST or None, group=row, person=request.person)
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: services.change_group(group=row, by=actor_of(request), **form.cleaned_data),
        )
    ):
        messages.success(request, _("Saved. The next caller already meets it."))
        return redirect("manage_group", slug, row.pk)
    return _page(request, row, "settings", {"form": form})


@require_POST
@needs(Right.GROUPS_MANAGE)
def switch_group(request: TenantRequest, slug: str, group_id: int) -> HttpResponse:
    """Out of use, or into use again."""
    row, by = managed_group(request, group_id), actor_of(request)
    if row.is_active:
        told(
            request,
            lambda: services.deactivate_group(group=row, by=by),
            _("The group is out of use. Its history stays."),
        )
    else:
        told(
            request,
            lambda: services.activate_group(group=row, by=by),
            _("The group is in use again."),
        )
    return redirect("manage_group", slug, row.pk)


@require_http_methods(GET_POST)
@needs(Right.GROUPS_MANAGE)
def numbers(request: TenantRequest, slug: str, group_id: int) -> HttpResponse:
    row = managed_group(request, group_id)
    form = NumberForm(request.POST or None, group=row)
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form, lambda: services.add_number(by=actor_of(request), **form.cleaned_data)
        )
    ):
        messages.success(request, _("The number is added: its callers reach this group now."))
        return redirect("manage_group_numbers", slug, row.pk)
    found = Paginator(selectors.numbers_of(row), PAGE_SIZE)
    page = found.get_page(request.GET.get("page"))
    return _page(request, row, "numbers", {"form": form, "page": page})


@require_http_methods(GET_POST)
@needs(Right.GROUPS_MANAGE)
def number(request: TenantRequest, slug: str, group_id: int, number_id: int) -> HttpResponse:
    row = managed_group(request, group_id)
    one = get_object_or_404(selectors.numbers_of(row), pk=number_id)
    initial = {"number": one.e164, "queue": one.queue_id, "label": one.label}
    form = NumberForm(request.POST or None, group=row, initial=initial)
    form.fields["number"].disabled = True
    if request.method == "POST" and form.is_valid():
        changes = {key: form.cleaned_data[key] for key in ("queue", "label")}
        if carried_out(
            form, lambda: services.change_number(number=one, by=actor_of(request), **changes)
        ):
            messages.success(request, _("Saved."))
            return redirect("manage_group_numbers", slug, row.pk)
    return _page(request, row, "numbers", {"form": form, "number": one}, "number")


@require_POST
@needs(Right.GROUPS_MANAGE)
def remove_number(request: TenantRequest, slug: str, group_id: int, number_id: int) -> HttpResponse:
    row = managed_group(request, group_id)
    one: Number = get_object_or_404(selectors.numbers_of(row), pk=number_id)
    told(
        request,
        lambda: services.remove_number(number=one, by=actor_of(request)),
        _("The number %(number)s is removed.") % {"number": one.e164},
    )
    return redirect("manage_group_numbers", slug, row.pk)


@require_http_methods(GET_POST)
@needs(Right.GROUPS_MANAGE)
def members(request: TenantRequest, slug: str, group_id: int) -> HttpResponse:
    row = managed_group(request, group_id)
    form = MemberForm(request.POST or None, group=row)
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: services.add_member(group=row, by=actor_of(request), **form.cleaned_data),
        )
    ):
        agent = form.cleaned_data["agent"]
        messages.success(request, _("%(agent)s is in the group.") % {"agent": agent})
        return redirect("manage_group_members", slug, row.pk)
    found = Paginator(selectors.members_of(row), PAGE_SIZE)
    page = found.get_page(request.GET.get("page"))
    return _page(request, row, "members", {"form": form, "page": page})


@require_POST
@needs(Right.GROUPS_MANAGE)
def member(request: TenantRequest, slug: str, group_id: int, member_id: int) -> HttpResponse:
    row = managed_group(request, group_id)
    one: GroupMember = get_object_or_404(selectors.members_of(row), pk=member_id)
    form = PenaltyForm(request.POST)
    if form.is_valid():
        told(
            request,
            lambda: services.change_penalty(member=one, by=actor_of(request), **form.cleaned_data),
            _("%(agent)s is on level %(level)d now.")
            % {"agent": one.agent, "level": form.cleaned_data["penalty"]},
        )
    else:
        messages.error(request, _("The level must be a number from 0 to 99."))
    return redirect("manage_group_members", slug, row.pk)


@require_POST
@needs(Right.GROUPS_MANAGE)
def remove_member(request: TenantRequest, slug: str, group_id: int, member_id: int) -> HttpResponse:
    row = managed_group(request, group_id)
    one = get_object_or_404(selectors.members_of(row), pk=member_id)
    told(
        request,
        lambda: services.remove_member(member=one, by=actor_of(request)),
        _("%(agent)s is no longer in the group.") % {"agent": one.agent},
    )
    return redirect("manage_group_members", slug, row.pk)


@require_GET
@needs(Right.GROUPS_MANAGE)
def hearing(request: TenantRequest, slug: str, group_id: int) -> HttpResponse:
    """What does a caller hear at that moment, and which rule says so?"""
    del slug
    row = managed_group(request, group_id)
    zone = ZoneInfo(request.tenant.time_zone)
    with timezone.override(zone):  # a calendar's hours are the company's, wherever its people sit
        now = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
        form = MomentForm(request.GET if "at" in request.GET else {"at": now}, group=row)
        heard = None
        if form.is_valid():
            at, dialled = form.cleaned_data["at"], form.cleaned_data["number"]
            heard = heard_at(row, at, request.tenant.time_zone, dialled)
    return _page(request, row, "hearing", {"form": form, "heard": heard})


@require_POST
@needs(Right.GROUPS_MANAGE)
def undo(request: TenantRequest, slug: str, entry_id: int) -> HttpResponse:
    entry = get_object_or_404(AuditEntry, pk=entry_id, action__in=UNDOABLE)
    for group_id in groups_concerned(entry):
        if not request.person.may_in_group(Right.GROUPS_MANAGE, group_id):
            raise PermissionDenied
    if entry.about_type == "clip":
        # another's private clip is nobody else's to see or to change
        get_object_or_404(selectors.clips_seen_by(request.person), pk=int(entry.about_id))
    told(
        request,
        lambda: services.undo_change(entry=entry, by=actor_of(request)),
        _("Undone: it is as it was before."),
    )
    return redirect("manage_audit", slug)


def _page(
    request: TenantRequest,
    row: AgentGroup,
    tab: str,
    context: dict[str, object],
    template: str = "",
) -> HttpResponse:
    form = context.get("form")
    refused = request.method == "POST" and bool(getattr(form, "errors", None))
    name = f"callcenter/groups/{template or 'group_' + tab}.html"
    status = 422 if refused else 200
    return render(request, name, {**context, "group": row, "tab": tab}, status=status)
