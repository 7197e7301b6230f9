"""The desk's switch of the recording of one's own call."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from callcenter.accounts.doors import actor_of, needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.agents.models import Agent
from callcenter.tenants.refusals import Refusal
from telephony.recordings.services.control import pause_recording, resume_recording


@require_POST
@needs(Right.RECORDINGS_CONTROL)
def control(request: TenantRequest, slug: str) -> HttpResponse:
    """`call`: its key; `paused`: 1 or 0. The card changes when the PBX says so."""
    agent = get_object_or_404(Agent, pk=request.person.agent_id or 0)
    is_pause = request.POST.get("paused") == "1"
    order = pause_recording if is_pause else resume_recording
    call = f"call:{request.POST.get('call', '').removeprefix('call:')[:150]}"
    try:
        order(agent=agent, call=call, requested_by=actor_of(request), at=timezone.now())
    except Refusal as refusal:
        return _toast("refused", str(refusal), agent)
    words = _("Pausing the recording …") if is_pause else _("Resuming the recording …")
    return _toast("sent", words, agent)


def _toast(level: str, text: str, agent: Agent) -> HttpResponse:
    response = HttpResponse(status=204)
    return trigger_client_event(
        response, "toast", {"level": level, "text": text, "about": str(agent.pk)}
    )
