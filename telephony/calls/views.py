"""The Calls page: doors only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_GET

from callcenter.accounts.doors import actor_of, needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.audit.services import record
from phonebook.notes.selectors import counts_by_call
from phonebook.numbers.kinds import NumberKind, identify
from telephony.calls import selectors, wording
from telephony.calls.export import CallExport
from telephony.calls.forms import CallFilterForm
from telephony.calls.models import Call
from telephony.calls.permissions import CallSight, sight_of
from telephony.calls.selectors import CallFilter, Cursor, Side
from telephony.calls.steps import steps_of

NAMED_BY_NUMBER = (NumberKind.TELEPHONE, NumberKind.EXTENSION, NumberKind.SERVICE)
SEES_CALLS = (Right.CALLS_OWN, Right.CALLS_GROUP, Right.CALLS_ALL)


@require_GET
@needs(*SEES_CALLS)
def calls(request: TenantRequest, slug: str) -> HttpResponse:
    del slug
    sight = sight_of(request.person)
    form = _form(request, sight)
    page = None
    rows: list[wording.CallRow] = []
    if form.is_valid():
        cursor, side = _place(request)
        page = selectors.page_of_calls(sight, _wanted(request, form), cursor, side)
        names = selectors.names_for(page.calls, me=sight.agent_id)
        rows = _rows(request, page.calls, names, sight)
    is_first = page is not None and page.newer is None
    context = {
        "form": form,
        "page": page,
        "rows": rows,
        "is_first": is_first,
        "newest": Cursor.of(page.calls[0]) if is_first and page and page.calls else "0-0",
        "is_filtered": any(
            form.data.get(name) for name in form.fields if name not in ("since", "until", "period")
        ),
        "logs": selectors.groups_to_choose(sight),
    }
    response = render(request, _template(request, "calls"), context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _rows(
    request: TenantRequest, found: list[Call], names: selectors.Names, sight: CallSight
) -> list[wording.CallRow]:
    """With how many notes this person may read of each; one query more."""
    noted = counts_by_call(request.person.user_id, {one.linkedid for one in found})
    country = request.tenant.country
    return [
        replace(wording.call_row(one, names, sight, country), notes=noted.get(one.linkedid, 0))
        for one in found
    ]


def _template(request: HttpRequest, page: str) -> str:
    """The list alone for HTMX, which keeps the frame and the filters."""
    is_list = request.headers.get("HX-Target") == "calls"
    return f"telephony/calls/{'_list' if is_list else page}.html"


def _form(request: TenantRequest, sight: CallSight) -> CallFilterForm:
    return CallFilterForm(
        request.GET,
        groups=selectors.groups_to_choose(sight),
        agents=selectors.agents_to_choose(sight),
    )


def _wanted(request: TenantRequest, form: CallFilterForm) -> CallFilter:
    return form.as_filter(country=request.tenant.country, today=timezone.localdate())


def _place(request: HttpRequest) -> tuple[Cursor | None, Side]:
    if older := request.GET.get("older"):
        return Cursor.read(older), "older"
    newer = request.GET.get("newer")
    if newer == "oldest":
        return None, "newer"
    return (Cursor.read(newer), "newer") if newer else (None, "older")


@require_GET
@needs(*SEES_CALLS)
def news(request: TenantRequest, slug: str) -> HttpResponse:
    """How many calls came since the list was shown, as a button; asked when figures change."""
    del slug
    sight = sight_of(request.person)
    form = _form(request, sight)
    since = Cursor.read(request.GET.get("after", ""))
    count = 0
    if form.is_valid() and since is not None:
        count = selectors.count_newer(sight, _wanted(request, form), since)
    return render(request, "telephony/calls/_news.html", {"count": count, "most": 100})


LAST_CALLS = 5


@require_GET
@needs(*SEES_CALLS)
def about(request: TenantRequest, slug: str) -> HttpResponse:
    """`?number=&call=`: the last calls with a number that the person may see, but for the running
    one; a fragment for popups and customer cards."""
    del slug
    sight = sight_of(request.person)
    number = request.GET.get("number", "").strip()[:80]
    found = []
    kind = identify(number, request.tenant.country).kind
    if kind in NAMED_BY_NUMBER:
        wanted = CallFilter(number=number, country=request.tenant.country)
        page = selectors.page_of_calls(sight, wanted, size=LAST_CALLS + 1)
        running = request.GET.get("call", "")
        found = [one for one in page.calls if one.linkedid != running][:LAST_CALLS]
    names = selectors.names_for(found, me=sight.agent_id)
    rows = _rows(request, found, names, sight)
    context = {
        "rows": rows,
        "number": number,
        "has_number": bool(number),
        "is_withheld": kind is NumberKind.ANONYMOUS,
    }
    return render(request, "telephony/calls/_about.html", context)


@require_GET
@needs(*SEES_CALLS)
def call(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    """One call, in the drawer or on a page of its own."""
    del slug
    sight = sight_of(request.person)
    found = selectors.call_seen(sight, pk)
    if found is None:
        raise Http404
    dialled = selectors.agents_dialled(found)
    visits = list(found.visits.all())
    rung = [leg.agent_id or 0 for leg in found.legs.all()]
    rung += [one for visit in visits for one in visit.left_by or ()]
    names = selectors.names_for([found], [*rung, *dialled.values()], sight.agent_id)
    owners = {one: names.agents[pk] for one, pk in dialled.items() if pk in names.agents}
    country = request.tenant.country
    legs = wording.leg_rows(found, names, sight, country, timezone.now())
    context = {
        "call": found,
        "row": wording.call_row(found, names, sight, country),
        "steps": steps_of(found, legs, owners),
        "visits": wording.visit_rows(visits, names, timezone.now()),
        "notes_query": _notes_query(found, names, sight),
    }
    is_drawer = bool(request.headers.get("HX-Request"))
    template = "telephony/calls/_drawer.html" if is_drawer else "telephony/calls/call.html"
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _notes_query(found: Call, names: selectors.Names, sight: CallSight) -> str:
    """What the notes beside a call are about; nothing for who may not see its number."""
    if not sight.may_see_number(found.agent_ids):
        return ""
    number = wording.other_side(found, names, sight)
    about = {"number": number, "pbx": found.pbx, "call": found.linkedid}
    if found.answered_at and found.ended_at:
        about["from"] = f"{found.answered_at.timestamp():.3f}"
        about["to"] = f"{found.ended_at.timestamp():.3f}"
    return urlencode(about)


@require_GET
@needs(*SEES_CALLS)
def log(request: TenantRequest, slug: str, group_id: int) -> HttpResponse:
    """The last 99 calls of a group, the unanswered marked."""
    del slug
    sight = sight_of(request.person)
    groups = dict(selectors.groups_to_choose(sight))
    if group_id not in groups:
        raise Http404
    found = selectors.group_log(sight, group_id)
    names = selectors.names_for(found, me=sight.agent_id)
    rows = _rows(request, found, names, sight)
    context: dict[str, Any] = {
        "group_id": group_id,
        "group": groups[group_id],
        "logs": groups.items(),
        "rows": rows,
        "lost": sum(row.is_lost for row in rows),
    }
    return render(request, "telephony/calls/log.html", context)


@require_GET
@needs(Right.EXPORT)
def export(request: TenantRequest, slug: str) -> HttpResponseBase:
    sight = sight_of(request.person)
    form = _form(request, sight)
    if not form.is_valid():
        return calls(request, slug)
    record(action="calls.exported", by=actor_of(request), about=request.tenant)
    wanted = _wanted(request, form)
    if wanted.until is None:
        # the file ends when it was asked for, however long it takes
        wanted = replace(wanted, until=timezone.now())
    stream = CallExport(
        tenant=request.tenant,
        sight=sight,
        wanted=wanted,
        zone=timezone.get_current_timezone(),
        language=translation.get_language() or "en",
    )
    return StreamingHttpResponse(
        stream.lines(),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="calls-{request.tenant.slug}-{timezone.localdate()}.csv"'
        },
    )
