"""Management: where the tenant's phones may call to."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from callcenter.accounts.doors import actor_of, carried_out, needs, told
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from phonebook.numbers.emergency import emergency_numbers
from telephony.outgoing import services
from telephony.outgoing.forms import PrefixForm
from telephony.provisioning.models import OutgoingPrefix

PAGE_SIZE = 100


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.SETTINGS)
def outgoing(request: TenantRequest, slug: str) -> HttpResponse:
    form = PrefixForm(request.POST or None)
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: services.allow_prefix(
                prefix=form.cleaned_data["begins"],
                note=form.cleaned_data["note"],
                by=actor_of(request),
            ),
        )
    ):
        messages.success(request, _("Allowed from the next call on."))
        return redirect("manage_outgoing", slug)
    page = Paginator(OutgoingPrefix.objects.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    status = 422 if form.errors else 200
    context = {
        "form": form,
        "page": page,
        "emergency": emergency_numbers(request.tenant.country),
    }
    return render(request, "telephony/outgoing/outgoing.html", context, status=status)


@require_POST
@needs(Right.SETTINGS)
def forbid(request: TenantRequest, slug: str, prefix_id: int) -> HttpResponse:
    row = get_object_or_404(OutgoingPrefix, pk=prefix_id)
    told(
        request,
        lambda: services.forbid_prefix(prefix=row, by=actor_of(request)),
        _("Calls to %(prefix)s are no longer allowed.") % {"prefix": row.prefix},
    )
    return redirect("manage_outgoing", slug)
