"""Management: doors for programs that know other systems."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from callcenter.accounts.doors import actor_of, carried_out, needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from telephony.compat import services
from telephony.compat.forms import CallInitForm, TargadForm


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@needs(Right.API_KEYS)
def doors(request: TenantRequest, slug: str) -> HttpResponse:
    """Answers the POST that made a token with the token: after a redirect it is not there."""
    asked = request.POST.get("door", "")
    first, second = services.call_init_door(), services.targad_door()
    call_init = CallInitForm(
        request.POST if asked == "call_init" else None,
        prefix="call_init",
        initial={"is_open": first.is_open, "networks": "\n".join(first.networks)},
    )
    targad = TargadForm(
        request.POST if asked == "targad" else None,
        prefix="targad",
        initial={"is_open": second.is_open, "main_user": second.main_user},
    )
    token = ""
    if call_init.is_bound and call_init.is_valid():
        made: list[str] = []

        def set_first() -> None:
            wanted: dict[str, Any] = dict(call_init.cleaned_data)
            wanted["networks"] = wanted["networks"].split()
            made.append(services.set_call_init(by=actor_of(request), **wanted)[1])

        if carried_out(call_init, set_first):
            token = made[0]
            if not token:
                messages.success(request, _("Saved."))
                return redirect("manage_doors", slug)
    if (
        targad.is_bound
        and targad.is_valid()
        and carried_out(
            targad, lambda: services.set_targad(by=actor_of(request), **targad.cleaned_data)
        )
    ):
        messages.success(request, _("Saved."))
        return redirect("manage_doors", slug)
    context = {
        "call_init": call_init,
        "targad": targad,
        "token": token,
        "base": f"{settings.PUBLIC_URL}/compat/{slug}",
    }
    status = 422 if call_init.errors or targad.errors else 200
    return render(request, "telephony/compat/doors.html", context, status=status)
