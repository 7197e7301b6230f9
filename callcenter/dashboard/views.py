"""Desk, Live, one group, wallboards: the first paint; what follows comes over the socket."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from callcenter.accounts.doors import actor_of, needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.agents.models import Agent
from callcenter.dashboard import presenters, selectors, tiles
from callcenter.dashboard.answers import refused, sent
from callcenter.dashboard.past_calls import past_call
from callcenter.dashboard.permissions import desk_streams, supervisor_streams
from callcenter.groups.models import AgentGroup
from callcenter.templatetags.frame import exists
from phonebook.contacts.permissions import reader_of
from phonebook.contacts.search import Hits, search_contacts
from telephony.calls.selectors import paths_of
from telephony.commands.services import (
    OrderRefused,
    log_in_agent,
    log_out_agent,
    pause_agent,
    resume_agent,
    wish_pause_after_call,
)
from telephony.commands.services import extend_wrap_up as extend_wrap_up_of
from telephony.commands.services import finish_wrap_up as finish_wrap_up_of
from telephony.commands.services import hang_up as hang_up_call
from telephony.live.selectors import LiveSnapshot, live_snapshot
from telephony.live.streams import group_stream

EXTENSION_SECONDS = 60


@require_GET
def start(request: TenantRequest, slug: str) -> HttpResponse:
    """To the room that the person works in."""
    if request.person.may(Right.DESK) and request.person.agent_id:
        return redirect("desk", slug)
    return redirect("live" if request.person.may(Right.LIVE_SEE) else "calls", slug)


@require_GET
@needs(Right.DESK, Right.LIVE_SEE)
def find(request: TenantRequest, slug: str) -> HttpResponse:
    """What the box in the top bar offers for what was typed so far, as a fragment."""
    words = request.GET.get("q", "").strip()[:80]
    found = selectors.found_by(request.person, words) if words else selectors.Found()
    hits = Hits()
    if request.person.may(Right.CALLS_OWN):
        reader = reader_of(request.person)
        hits = search_contacts(words, reader, request.tenant.country, most=8)
    calls = f"/t/{slug}/calls/"
    return render(
        request,
        "frame/_found.html",
        {"words": words, "found": found, "hits": hits, "calls_url": calls if exists(calls) else ""},
    )


@require_GET
@needs(Right.DESK)
def desk(request: TenantRequest, slug: str) -> HttpResponse:
    del slug
    agent_id = request.person.agent_id
    if agent_id is None:
        return render(request, "callcenter/dashboard/no_agent.html")
    found = list(selectors.groups_of_agent(agent_id))
    groups = selectors.facts_of(found, request.tenant, timezone.now())
    streams = desk_streams(request.person, [group.id for group in groups])
    view, now = live_snapshot(request.tenant.pk, streams, request.tenant.pbx), time.time()
    reasons = selectors.pause_reasons()
    names = {group.id: group.name for group in groups}
    by_queue = {queue: group.name for group in groups for queue in group.queues}
    entity = view.document.get(f"agent:{agent_id}", {})
    facts = tiles.facts_for_scripts(
        groups, me=agent_id, reasons=presenters.reasons_for_scripts(reasons)
    )
    labels = {code: reason["label"] for code, reason in facts["reasons"].items()}
    me = presenters.agent_row(view.document, agent_id, request.person.name, labels, names)
    return render(
        request,
        "callcenter/dashboard/desk.html",
        {
            **live_frame(view, facts, now),
            "me": me,
            "call": None if me.state == "wrapping_up" else me.call,
            "wrap_until": entity.get("wrap_until") if me.state == "wrapping_up" else None,
            "next_pause": facts["reasons"].get(entity.get("pause_after_call"), {}).get("name"),
            "my_groups": [
                {
                    "tile": tiles.tile_of(view.document, group, now),
                    "is_in": group.id in entity.get("groups", ()),
                }
                for group in groups
            ],
            "waiting": presenters.waiting_of(view.document, by_queue, by_queue),
            "parked": presenters.parked_of(view.document, by=agent_id),
            "reasons": reasons,
            "recent": None,
        },
    )


def live_frame(view: LiveSnapshot, facts: dict[str, Any], now: float) -> dict[str, Any]:
    pbx = view.document.get("pbx", {})
    return {
        "now": now,
        "is_stale": not view.is_live,
        "stale_since": pbx.get("since") if pbx.get("link") == "stale" else view.heard_at,
        "words": presenters.words(),
        "facts": facts,
        "blank": {},
    }


@require_GET
@needs(Right.DESK)
def recent(request: TenantRequest, slug: str) -> HttpResponse:
    """The agent's last calls, as a fragment."""
    del slug
    names = dict(AgentGroup.objects.values_list("pk", "name"))
    agent_id = request.person.agent_id or 0
    phones = selectors.extensions_of(agent_id)
    country = request.tenant.country
    calls = selectors.last_calls(agent_id)
    paths = paths_of(calls)
    lines = [
        past_call(call, names, country, phones, agent_id, paths.get(call.pk)) for call in calls
    ]
    return render(request, "callcenter/dashboard/_recent.html", {"recent": lines})


@require_GET
@needs(Right.LIVE_SEE)
def live(request: TenantRequest, slug: str) -> HttpResponse:
    url = f"/t/{slug}/live/{{id}}/"
    groups = selectors.facts_of(
        selectors.groups_seen_by(request.person), request.tenant, timezone.now(), url
    )
    view, now = _read_for_supervisor(request), time.time()
    show, shows = tiles.choose(tiles.SHOWS, request.GET.get("show", ""))
    sort, sorts = tiles.choose(tiles.SORTS, request.GET.get("sort", ""))
    found = tiles.arranged((tiles.tile_of(view.document, group, now) for group in groups), sort)
    hidden = {tile.group.id for tile in found if not tiles.is_shown(tile, show)}
    return render(
        request,
        "callcenter/dashboard/live.html",
        {
            **live_frame(view, tiles.facts_for_scripts(groups, me=request.person.agent_id), now),
            "tiles": found,
            "hidden": hidden,
            "shown": len(found) - len(hidden),
            "sum": tiles.sum_of(view.document, groups),
            "parked": presenters.parked_of(view.document),
            "show": show,
            "shows": shows,
            "sort": sort,
            "sorts": sorts,
            "sort_word": next(choice.word for choice in sorts if choice.is_on),
        },
    )


def _read_for_supervisor(request: TenantRequest) -> LiveSnapshot:
    streams = supervisor_streams(request.person)
    return live_snapshot(request.tenant.pk, streams, request.tenant.pbx)


@require_GET
@needs(Right.LIVE_SEE, Right.DESK)
def today(request: TenantRequest, slug: str) -> JsonResponse:
    """Hours and figures of the groups that the person sees, asked for every few seconds."""
    del slug
    person = request.person
    found = (
        selectors.groups_seen_by(person)
        if person.may(Right.LIVE_SEE)
        else selectors.groups_of_agent(person.agent_id or 0)
    )
    return todays_answer(selectors.facts_of(found, request.tenant, timezone.now()))


def todays_answer(groups: list[tiles.GroupFacts]) -> JsonResponse:
    return JsonResponse({"groups": {group.id: tiles.today_for_scripts(group) for group in groups}})


@require_GET
@needs(Right.LIVE_SEE)
def group(request: TenantRequest, slug: str, group_id: int) -> HttpResponse:
    found = get_object_or_404(selectors.groups_seen_by(request.person), pk=group_id)
    facts = selectors.facts_of([found], request.tenant, timezone.now())
    view, now = _read_for_supervisor(request), time.time()
    reasons = selectors.pause_reasons()
    reason_names = {reason.code: reason.name for reason in reasons}
    labels = selectors.queue_labels([found], request.tenant)
    # a supervisor also sees what an agent does for other groups
    names = dict(AgentGroup.objects.values_list("pk", "name"))
    return render(
        request,
        "callcenter/dashboard/group.html",
        {
            **live_frame(
                view,
                tiles.facts_for_scripts(
                    facts,
                    me=request.person.agent_id,
                    reasons=presenters.reasons_for_scripts(reasons),
                    queue_labels=labels,
                    group_names=names,
                ),
                now,
            ),
            "tile": tiles.tile_of(view.document, facts[0], now),
            "waiting": presenters.waiting_of(view.document, facts[0].queues, labels),
            "parked": presenters.parked_of(view.document, group_id=group_id),
            "agents": [
                presenters.agent_row(
                    view.document, member.agent_id, member.agent.name, reason_names, names, group_id
                )
                for member in found.members.all()
            ],
            "may_act": request.person.may_in_group(Right.LIVE_ACT, group_id),
            "manage_url": reverse("manage_group", args=[slug, group_id])
            if request.person.may_in_group(Right.GROUPS_MANAGE, group_id)
            else "",
            "reasons": reasons,
            "hours_today": selectors.hours_today(found, request.tenant, timezone.now()),
            "wrap_up_seconds": found.wrap_up_seconds,
        },
    )


# --- orders ----------------------------------------------------------------------------------
Order = Callable[[TenantRequest, Agent], object]


def _own(act: Order, words: Promise) -> Callable[..., HttpResponseBase]:
    """A door for an order that an agent gives for himself."""

    @require_POST
    @needs(Right.DESK)
    def door(request: TenantRequest, slug: str) -> HttpResponse:
        del slug
        agent = selectors.agent_of(request.person)
        if agent is None:
            return refused(_("You are not an agent of this company."))
        return _answer(act, request, agent, words)

    return door


def _answer(act: Order, request: TenantRequest, agent: Agent, words: object) -> HttpResponse:
    try:
        act(request, agent)
    except OrderRefused as refusal:
        return refused(refusal.words, about=str(agent.pk))
    return sent(words, about=str(agent.pk))


def _limits(request: TenantRequest, agent: Agent) -> frozenset[int]:
    """The groups at which the right to order for somebody else ends; empty: at none."""
    person = request.person
    return frozenset() if agent.pk == person.agent_id else person.group_ids


def _groups(request: TenantRequest, agent: Agent) -> list[AgentGroup] | None:
    """The group that the order names, or all that the person's rights reach (None: all of them).

    Another company's group is 404, and so is one that these rights do not reach.
    """
    groups, limits = AgentGroup.objects.filter(is_active=True), _limits(request, agent)
    if limits:
        groups = groups.filter(pk__in=limits)
    if not (wanted := request.POST.get("group")):
        return list(groups.filter(members__agent=agent)) if limits else None
    if not wanted.isdecimal():
        raise Http404
    return [get_object_or_404(groups, pk=int(wanted))]


def _log_in(request: TenantRequest, agent: Agent) -> object:
    return log_in_agent(agent=agent, groups=_groups(request, agent), **_by(request))


def _log_out(request: TenantRequest, agent: Agent) -> object:
    return log_out_agent(agent=agent, groups=_groups(request, agent), **_by(request))


def _pause(request: TenantRequest, agent: Agent) -> object:
    return pause_agent(agent=agent, reason=request.POST.get("reason", ""), **_by(request))


def _wish(request: TenantRequest, agent: Agent) -> object:
    reason = request.POST.get("reason") or None
    return wish_pause_after_call(agent=agent, reason=reason, **_by(request))


def _resume(request: TenantRequest, agent: Agent) -> object:
    return resume_agent(agent=agent, **_by(request))


def _finish(request: TenantRequest, agent: Agent) -> object:
    return finish_wrap_up_of(agent=agent, **_by(request))


def _extend(request: TenantRequest, agent: Agent) -> object:
    return extend_wrap_up_of(agent=agent, seconds=EXTENSION_SECONDS, **_by(request))


def _hang_up(request: TenantRequest, agent: Agent) -> object:
    call = f"call:{request.POST.get('call', '').removeprefix('call:')}"
    if limits := _limits(request, agent):
        streams = [group_stream(group_id) for group_id in sorted(limits)]
        if call not in live_snapshot(request.tenant.pk, streams, request.tenant.pbx).document:
            raise Http404
    return hang_up_call(agent=agent, call=call, **_by(request))


def _by(request: TenantRequest) -> dict[str, Any]:
    return {"requested_by": actor_of(request), "at": timezone.now()}


log_in = _own(_log_in, gettext_lazy("Logging in …"))
log_out = _own(_log_out, gettext_lazy("Logging out …"))
pause = _own(_pause, gettext_lazy("Pausing …"))
pause_after_call = _own(_wish, gettext_lazy("Noted."))
resume = _own(_resume, gettext_lazy("Back to work …"))
finish_wrap_up = _own(_finish, gettext_lazy("Finishing …"))
extend_wrap_up = _own(_extend, gettext_lazy("One minute more."))
hang_up = _own(_hang_up, gettext_lazy("Hanging up …"))

_ORDERS: dict[str, tuple[Order, Promise]] = {
    "log-in": (_log_in, gettext_lazy("Logging %(agent)s in …")),
    "log-out": (_log_out, gettext_lazy("Logging %(agent)s out …")),
    "pause": (_pause, gettext_lazy("Pausing %(agent)s …")),
    "resume": (_resume, gettext_lazy("Ending the pause of %(agent)s …")),
    "hang-up": (_hang_up, gettext_lazy("Hanging up the call of %(agent)s …")),
}


@require_POST
@needs(Right.LIVE_ACT)
def order(request: TenantRequest, slug: str, agent_id: int, order: str) -> HttpResponse:
    """What a supervisor orders for an agent of a group that he may act in."""
    del slug
    agent = get_object_or_404(selectors.agents_led_by(request.person), pk=agent_id)
    if order not in _ORDERS:
        raise Http404
    act, words = _ORDERS[order]
    return _answer(act, request, agent, words % {"agent": agent.name})
