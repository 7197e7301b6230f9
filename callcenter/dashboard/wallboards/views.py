"""Making and taking back wallboard addresses, and the wallboard itself."""

from __future__ import annotations

import time

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from callcenter.accounts.doors import actor_of, carried_out, needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.dashboard import selectors, tiles
from callcenter.dashboard.models import Wallboard
from callcenter.dashboard.views import live_frame, todays_answer
from callcenter.dashboard.wallboards import services
from callcenter.dashboard.wallboards.forms import WallboardForm
from callcenter.dashboard.wallboards.selectors import (
    groups_of_wallboard,
    wallboard_by_token,
    wallboards_led_by,
    wallboards_with_groups,
)
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from telephony.live.selectors import live_snapshot
from telephony.live.streams import wall_stream


@require_http_methods(["GET", "POST"])
@needs(Right.WALLBOARD)
def wallboards(request: TenantRequest, slug: str) -> HttpResponse:
    del slug
    form = WallboardForm(request.POST or None, person=request.person)
    made: list[str] = []

    def make() -> None:
        _board, token = services.make_wallboard(
            name=form.cleaned_data["name"],
            group_ids=[one.pk for one in form.cleaned_data["groups"]],
            by=actor_of(request),
        )
        made.append(request.build_absolute_uri(f"/wallboard/{token}/"))

    if request.method == "POST" and form.is_valid() and carried_out(form, make):
        form = WallboardForm(person=request.person)
    return render(
        request,
        "callcenter/dashboard/wallboards.html",
        {
            "form": form,
            "address": made[0] if made else None,
            "boards": wallboards_with_groups(request.person),
        },
        status=422 if form.errors else 200,
    )


@require_POST
@needs(Right.WALLBOARD)
def revoke(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    board = get_object_or_404(wallboards_led_by(request.person), pk=pk)
    services.revoke_wallboard(board=board, by=actor_of(request))
    messages.success(
        request, _("The address of %(name)s shows nothing any more.") % {"name": board}
    )
    return redirect("wallboards", slug)


@require_GET
def wallboard(request: HttpRequest, token: str) -> HttpResponse:
    """No login: whoever has the address sees figures, never who calls."""
    board, tenant = _board(token)
    with tenant_scope(tenant.pk), timezone.override(tenant.time_zone):
        groups = selectors.facts_of(groups_of_wallboard(board), tenant, timezone.now())
        streams = (
            [wall_stream(group.id) for group in groups] if board.group_ids else [wall_stream()]
        )
        view, now = live_snapshot(tenant.pk, streams, tenant.pbx), time.time()
        found = [tiles.tile_of(view.document, group, now) for group in groups]
        theme = request.GET.get("theme", "dark")
        response = render(
            request,
            "callcenter/dashboard/wallboard.html",
            {
                **live_frame(view, tiles.facts_for_scripts(groups), now),
                "board": board,
                "tiles": found,
                "token": token,
                "theme": theme if theme in {"dark", "light"} else "dark",
                "zone": tenant.time_zone,
                "now_local": timezone.localtime(),
            },
        )
    # the address is the key to the screen: it must not leak to anybody by a link
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_GET
def wallboard_today(request: HttpRequest, token: str) -> JsonResponse:
    del request
    board, tenant = _board(token)
    with tenant_scope(tenant.pk), timezone.override(tenant.time_zone):
        return todays_answer(selectors.facts_of(groups_of_wallboard(board), tenant, timezone.now()))


def _board(token: str) -> tuple[Wallboard, Tenant]:
    board = wallboard_by_token(token)
    if board is None:
        raise Http404
    return board, board.tenant
