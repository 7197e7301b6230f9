"""The worklist of lost calls: doors only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import trigger_client_event

from callcenter.accounts.doors import actor_of, needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.tenants.refusals import Refusal
from phonebook.contacts.lookup import contacts_of_numbers
from phonebook.contacts.permissions import reader_of
from telephony.callbacks import selectors, services, wording
from telephony.callbacks.forms import (
    SNOOZES,
    AssignForm,
    CallbackFilterForm,
    GiveUpForm,
    SnoozeForm,
)
from telephony.callbacks.models import Callback
from telephony.callbacks.permissions import CallbackSight, callbacks_seen_by
from telephony.callbacks.selectors import Cursor


@require_GET
@needs(Right.CALLBACKS)
def callbacks(request: TenantRequest, slug: str) -> HttpResponse:
    del slug
    sight, now = callbacks_seen_by(request.person), timezone.now()
    form = CallbackFilterForm(request.GET, groups=selectors.groups_to_choose(sight))
    context: dict[str, Any] = {"form": form, "now": now}
    if form.is_valid():
        wanted = form.as_filter(
            user_id=request.person.user_id, country=request.tenant.country, now=now
        )
        cursor = Cursor.read(request.GET.get("older", ""))
        page = selectors.page_of_callbacks(sight, wanted, cursor)
        context |= {
            "rows": _rows(request, page.rows, sight),
            "older": page.older,
            "is_first": cursor is None,
            "open_count": selectors.count_open(sight, selectors.CallbackFilter(at=now)),
            "listed": selectors.count_of(sight, wanted),
            "listed_open": selectors.count_open(sight, wanted),
            "most": selectors.MOST_COUNTED,
        }
    is_list = request.headers.get("HX-Target") == "callbacks"
    template = f"telephony/callbacks/{'_list' if is_list else 'callbacks'}.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _rows(
    request: TenantRequest, found: list[Callback], sight: CallbackSight
) -> list[wording.CallbackRow]:
    """Three queries, however many rows."""
    reader = reader_of(request.person)
    keys = {row.key for row in found if row.key} if sight.sees_numbers else set()
    owners = contacts_of_numbers(keys, user_id=reader.user_id, group_ids=reader.in_groups)
    contacts = {one.key: one for one in reversed(owners)}  # the best is the first one
    known = wording.Known(
        selectors.names_of_groups(found), selectors.names_of_agents(found), contacts
    )
    now, country = timezone.now(), request.tenant.country
    return [wording.callback_row(row, known, sight, country, now) for row in found]


@require_GET
@needs(Right.CALLBACKS)
def due(request: TenantRequest, slug: str) -> HttpResponse:
    """What to call back next, for the desk; a fragment."""
    del slug
    sight = callbacks_seen_by(request.person)
    found = selectors.due_callbacks(sight, timezone.now())
    context = {"rows": _rows(request, found, sight)}
    return render(request, "telephony/callbacks/_due.html", context)


@require_GET
@needs(Right.CALLBACKS)
def callback(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    """One promise with its lost calls, in the drawer or on a page of its own."""
    del slug
    return _shown(request, _callback(request, pk))


@require_POST
@needs(Right.CALLBACKS)
def open_callback(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    """As above, and others see that somebody is at it; who else is at it is said, not refused."""
    del slug
    row = _callback(request, pk)
    try:
        row = _lease(request, row, force=request.POST.get("force") == "1")
    except services.InContact as refusal:
        return _shown(request, row, in_contact=str(refusal))
    except Refusal:
        pass  # nothing is left to do: there is nothing to hold
    return _shown(request, row)


@require_POST
@needs(Right.CALLBACKS)
def call_back(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    """The click: the page then dials by the way that every number goes (data-dial)."""
    del slug
    row = _callback(request, pk)
    if not row.key or not callbacks_seen_by(request.person).sees_numbers:
        raise Http404
    try:
        row = _lease(request, row, force=request.POST.get("force") == "1")
    except services.InContact as refusal:
        context = {"callback": row, "words": str(refusal)}
        return render(request, "telephony/callbacks/_in_contact.html", context)
    except Refusal as refusal:
        return _said(HttpResponse(status=204), "refused", str(refusal), pk)
    response = HttpResponse(status=204)
    called = {"number": row.key, "about": f"callback:{row.pk}"}
    return trigger_client_event(response, "call-back", called)


@require_POST
@needs(Right.CALLBACKS)
def release(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    del slug
    services.release(
        callback=_callback(request, pk), user_id=request.person.user_id, at=timezone.now()
    )
    return HttpResponse(status=204)


@require_POST
@needs(Right.CALLBACKS)
def assign(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    row = _callback(request, pk)
    form = AssignForm(request.POST, colleagues=selectors.colleagues())
    if not form.is_valid():
        return _refused(request, row, _("Choose somebody from the list."))
    return _done(
        request,
        row,
        lambda: services.assign(
            callback=row, to_id=form.cleaned_data["to"], by=actor_of(request), at=timezone.now()
        ),
        _("Saved."),
    )


@require_POST
@needs(Right.CALLBACKS)
def snooze(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    row, now = _callback(request, pk), timezone.now()
    form = SnoozeForm(request.POST)
    if not form.is_valid():
        return _refused(request, row, str(next(iter(form.errors.values()))[0]))
    return _done(
        request,
        row,
        lambda: services.snooze(callback=row, until=form.moment(now), at=now),
        _("Saved."),
    )


@require_POST
@needs(Right.CALLBACKS)
def give_up(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    row = _callback(request, pk)
    form = GiveUpForm(request.POST)
    if not form.is_valid():
        return _refused(request, row, _("Say why nobody will call back."))
    return _done(
        request,
        row,
        lambda: services.give_up(
            callback=row,
            reason=form.cleaned_data["reason"],
            by=actor_of(request),
            at=timezone.now(),
        ),
        _("Given up."),
    )


@require_POST
@needs(Right.CALLBACKS)
def take_up(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    row = _callback(request, pk)
    return _done(
        request,
        row,
        lambda: services.take_up_again(
            tenant=request.tenant, callback=row, by=actor_of(request), at=timezone.now()
        ),
        _("It is to be called back again."),
    )


def _callback(request: TenantRequest, pk: int) -> Callback:
    row = selectors.callback_seen(callbacks_seen_by(request.person), pk)
    if row is None:
        raise Http404
    return row


def _lease(request: TenantRequest, row: Callback, *, force: bool) -> Callback:
    talking = selectors.talking_with(
        row,
        tenant_id=request.tenant.pk,
        pbx=request.tenant.pbx,
        country=request.tenant.country,
        but=request.person.agent_id,
    )
    return services.lease(
        callback=row,
        user_id=request.person.user_id,
        at=timezone.now(),
        talking=talking,
        force=force,
    )


def _done(
    request: TenantRequest, row: Callback, act: Callable[[], object], word: str
) -> HttpResponse:
    try:
        act()
    except Refusal as refusal:
        return _refused(request, row, str(refusal))
    return _said(_shown(request, _callback(request, row.pk)), "done", word, row.pk)


def _refused(request: TenantRequest, row: Callback, words: str) -> HttpResponse:
    shown = _shown(request, _callback(request, row.pk), status=422)
    return _said(shown, "refused", words, row.pk)


def _said(response: HttpResponse, level: str, words: str, pk: int) -> HttpResponse:
    about = {"level": level, "text": words, "about": f"callback-{pk}"}
    return trigger_client_event(response, "toast", about)


def _shown(
    request: TenantRequest, row: Callback, *, in_contact: str = "", status: int = 200
) -> HttpResponse:
    sight = callbacks_seen_by(request.person)
    (shown,) = _rows(request, [row], sight)
    lines = selectors.lost_calls_of(row)
    groups = selectors.names_of_groups([row])
    country = request.tenant.country
    about = {"number": row.key or row.number, "pbx": row.pbx, "call": row.linkedid}
    context = {
        "callback": row,
        "row": shown,
        "lines": [wording.lost_line(line, groups, country) for line in lines],
        "colleagues": selectors.colleagues(),
        "snoozes": SNOOZES,
        "in_contact": in_contact,
        "holds": row.leased_by_id == request.person.user_id,
        "renew_seconds": services.LEASE // timedelta(seconds=2),
        "notes_query": urlencode(about) if sight.sees_numbers and row.key else "",
    }
    is_drawer = bool(request.headers.get("HX-Request"))
    template = (
        "telephony/callbacks/_drawer.html" if is_drawer else "telephony/callbacks/callback.html"
    )
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response
