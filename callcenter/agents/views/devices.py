"""Management: the phones. A secret is shown on the page that made it, and never again."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from callcenter.accounts.doors import actor_of, carried_out, needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.agents import selectors, services
from callcenter.agents.forms import DeviceForm, NewDeviceForm
from callcenter.agents.models import Device
from callcenter.agents.secrets import sip_user
from callcenter.agents.services import NewSecret
from callcenter.agents.views.agents import GET_POST

PAGE_SIZE = 50


@require_GET
@needs(Right.PEOPLE_MANAGE)
def devices(request: TenantRequest, slug: str) -> HttpResponse:
    del slug
    wanted = request.GET.get("q", "").strip()[:80]
    found = Paginator(selectors.phones(wanted), PAGE_SIZE)
    page = found.get_page(request.GET.get("page"))
    return render(request, "callcenter/agents/devices.html", {"page": page, "q": wanted})


@require_http_methods(GET_POST)
@never_cache
@needs(Right.PEOPLE_MANAGE)
def new_device(request: TenantRequest, slug: str) -> HttpResponse:
    """Answers the POST with the page of the secret: after a redirect it could not be shown."""
    del slug
    initial = {"agent": request.GET.get("agent", "")}
    form = NewDeviceForm(request.POST or None, initial=initial)
    made: list[NewSecret] = []

    def make() -> None:
        made.append(services.create_device(by=actor_of(request), **form.cleaned_data))

    if request.method == "POST" and form.is_valid() and carried_out(form, make):
        return _secret_page(request, made[0])
    status = 422 if form.errors else 200
    return render(request, "callcenter/agents/new_device.html", {"form": form}, status=status)


@require_http_methods(GET_POST)
@needs(Right.PEOPLE_MANAGE)
def device(request: TenantRequest, slug: str, device_id: int) -> HttpResponse:
    row = get_object_or_404(selectors.phones(), pk=device_id)
    form = DeviceForm(request.POST or None, device=row)
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: services.change_device(device=row, by=actor_of(request), **form.cleaned_data),
        )
    ):
        messages.success(request, _("Saved."))
        return redirect("manage_device", slug, row.pk)
    context = {
        "device": row,
        "form": form,
        "user": sip_user(slug, row.extension),
        "server": settings.SIP_SERVER,
        "realm": settings.SIP_REALM,
    }
    status = 422 if form.errors else 200
    return render(request, "callcenter/agents/device.html", context, status=status)


@require_POST
@never_cache
@needs(Right.PEOPLE_MANAGE)
def rotate(request: TenantRequest, slug: str, device_id: int) -> HttpResponse:
    del slug
    row: Device = get_object_or_404(Device, pk=device_id)
    return _secret_page(request, services.rotate_secret(device=row, by=actor_of(request)))


def _secret_page(request: TenantRequest, new: NewSecret) -> HttpResponse:
    context = {"new": new, "server": settings.SIP_SERVER, "realm": settings.SIP_REALM}
    return render(request, "callcenter/agents/secret.html", context)
