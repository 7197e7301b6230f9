"""Management: a clip recorded by one's own phone. Doors only."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from callcenter.accounts.doors import actor_of, carried_out, needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.models import User
from callcenter.accounts.permissions import Right
from callcenter.groups.audio import Problem
from callcenter.groups.models import Clip
from callcenter.groups.services.clips import AudioRefused
from callcenter.groups.views.clips import seen_clip
from telephony.clips import services
from telephony.clips.forms import AgainForm, TakeForm
from telephony.clips.models import ClipTake
from telephony.dialling.services import agent_of

GET_POST = ["GET", "HEAD", "POST"]


@require_http_methods(GET_POST)
@needs(Right.GROUPS_MANAGE)
def new_take(request: TenantRequest, slug: str) -> HttpResponse:
    return _begin(request, slug, TakeForm(request.POST or None), None)


@require_http_methods(GET_POST)
@needs(Right.GROUPS_MANAGE)
def take_again(request: TenantRequest, slug: str, clip_id: int) -> HttpResponse:
    clip = seen_clip(request, clip_id)
    form = AgainForm(request.POST if request.method == "POST" else None)
    return _begin(request, slug, form, clip)


def _begin(
    request: TenantRequest, slug: str, form: TakeForm | AgainForm, clip: Clip | None
) -> HttpResponse:
    begun: list[ClipTake] = []

    def ring() -> None:
        take = services.begin_take(
            agent=agent_of(request.person),
            owner=User.objects.get(pk=request.person.user_id),
            replaces=clip,
            requested_by=actor_of(request),
            at=timezone.now(),
            **form.cleaned_data,
        )
        begun.append(take)

    if request.method == "POST" and form.is_valid() and carried_out(form, ring):
        return redirect("manage_clip_take", slug, begun[0].pk)
    status = 422 if form.errors else 200
    return render(request, "telephony/clips/new.html", {"form": form, "clip": clip}, status=status)


@require_safe
@never_cache
@needs(Right.GROUPS_MANAGE)
def take(request: TenantRequest, slug: str, take_id: str) -> HttpResponse:
    """How far it is; one's own only. The page asks again by itself while it is going on."""
    del slug
    takes = ClipTake.objects.select_related("command", "replaces")
    row = get_object_or_404(
        takes.defer("replaces__audio"), pk=take_id, requested_by_id=request.person.user_id
    )
    why = str(AudioRefused(Problem(row.problem))) if row.problem else ""
    asks_again = request.headers.get("HX-Target") == "clip-take"
    template = "telephony/clips/_take.html" if asks_again else "telephony/clips/take.html"
    return render(request, template, {"take": row, "why": why})
