"""Management: what is known of a person, copied, erased, held."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from callcenter.accounts.doors import actor_of, carried_out, needs, told
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.privacy import selectors, services
from callcenter.privacy.copying import key_of_copy
from callcenter.privacy.forms import CaseForm, ErasureForm, HoldForm
from callcenter.privacy.steps import STEPS
from callcenter.privacy.wording import STEPS as STEP_WORDS
from callcenter.privacy.wording import done_in_words, left_in_words
from telephony.privacy.models import CaseState, ContactsChoice, NotesChoice, PrivacyCase
from telephony.privacy.models import PrivacyExport as Copy
from telephony.recordings.media import in_pieces
from telephony.recordings.models import ExportState
from telephony.recordings.storage.choice import recording_store
from telephony.recordings.storage.port import NotStored

NO_STORE = {"Cache-Control": "private, no-store"}


@require_http_methods(["GET", "POST"])
@needs(Right.PRIVACY)
def cases(request: TenantRequest, slug: str) -> HttpResponse:
    """Whom to look for, and the cases so far. Looking somebody up makes a case."""
    form = CaseForm(request.POST or None)
    made: list[PrivacyCase] = []
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        if carried_out(
            form,
            lambda: made.append(
                services.open_case(
                    numbers=values["numbers"],
                    reference=values["reference"],
                    tenant=request.tenant,
                    by=actor_of(request),
                    at=timezone.now(),
                )
            ),
        ):
            return redirect("privacy_case", slug, made[0].pk)
    before = request.GET.get("before", "")
    is_key = before.isascii() and before.isdigit() and len(before) < 18
    found, older = selectors.page_of_cases(int(before) if is_key else None)
    context = {"form": form, "cases": found, "older": older, "is_later": is_key}
    return render(request, "callcenter/privacy/cases.html", context)


@require_GET
@needs(Right.PRIVACY)
def case(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    found = get_object_or_404(PrivacyCase, pk=pk)
    context = _context(found)
    if found.numbers and found.state in (CaseState.OPEN, CaseState.STOPPED):
        context["known"] = selectors.known_of(found)
        context["erasure"] = ErasureForm(
            initial={"on_notes": NotesChoice.REDACT, "on_contacts": ContactsChoice.DELETE}
        )
    context["hold_form"] = HoldForm()
    return render(request, "callcenter/privacy/case.html", context)


@require_GET
@needs(Right.PRIVACY)
def progress(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    """The erasure and the copies, as a fragment that asks again while something is under way."""
    found = get_object_or_404(PrivacyCase, pk=pk)
    answer = render(request, "callcenter/privacy/_progress.html", _context(found))
    if found.state != CaseState.ERASING and request.GET.get("was") == CaseState.ERASING:
        answer["HX-Refresh"] = "true"  # all of the page has changed
    return answer


def _context(found: PrivacyCase) -> dict[str, Any]:
    copies = list(found.exports.all()[:10])
    codes = [code for code, _step in STEPS]
    is_erasing = found.state == CaseState.ERASING
    return {
        "case": found,
        "holds": list(selectors.holds_on(found).select_related("case")[:20]),
        "past_holds": [one for one in selectors.every_hold_of(found)[:20] if one.released_at],
        "copies": copies,
        "is_busy": is_erasing or any(one.state in services.UNFINISHED for one in copies),
        "is_erasing": is_erasing,
        "steps": len(codes),
        "step_word": STEP_WORDS[codes[min(found.step, len(codes) - 1)]],
        "done": done_in_words(found.done),
        "left": left_in_words(found.left),
    }


@require_POST
@needs(Right.PRIVACY)
def hold(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    found = get_object_or_404(PrivacyCase, pk=pk)
    reason = request.POST.get("reason", "")
    told(
        request,
        lambda: services.put_on_hold(case=found, reason=reason, by=actor_of(request)),
        _("The legal hold is in force."),
    )
    return redirect("privacy_case", slug, pk)


@require_POST
@needs(Right.PRIVACY)
def release(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    found = get_object_or_404(PrivacyCase, pk=pk)
    told(
        request,
        lambda: services.release(case=found, by=actor_of(request), at=timezone.now()),
        _("The legal hold is lifted."),
    )
    return redirect("privacy_case", slug, pk)


@require_POST
@needs(Right.PRIVACY)
def erase(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    found = get_object_or_404(PrivacyCase, pk=pk)
    form = ErasureForm(request.POST)
    if not form.is_valid():
        context = _context(found) | {"erasure": form, "hold_form": HoldForm()}
        if found.numbers:
            context["known"] = selectors.known_of(found)
        return render(request, "callcenter/privacy/case.html", context, status=422)
    values = form.cleaned_data
    told(
        request,
        lambda: services.order_erasure(
            case=found,
            on_notes=values["on_notes"],
            on_contacts=values["on_contacts"],
            tenant=request.tenant,
            by=actor_of(request),
            at=timezone.now(),
        ),
        _("The erasure has begun."),
    )
    return redirect("privacy_case", slug, pk)


@require_GET
@needs(Right.PRIVACY)
def report(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    """What was erased, to be kept."""
    found = get_object_or_404(PrivacyCase, pk=pk, state=CaseState.ERASED)
    text = render(request, "callcenter/privacy/report.txt", _context(found)).content
    return HttpResponse(
        text,
        content_type="text/plain; charset=utf-8",
        headers={
            **NO_STORE,
            "Content-Disposition": f'attachment; filename="erasure-{slug}-{found.pk}.txt"',
        },
    )


@require_POST
@needs(Right.PRIVACY)
def copy(request: TenantRequest, slug: str, pk: int) -> HttpResponse:
    found = get_object_or_404(PrivacyCase, pk=pk)
    told(
        request,
        lambda: services.order_copy(
            case=found, tenant=request.tenant, by=actor_of(request), at=timezone.now()
        ),
        _("The copy is being made."),
    )
    return redirect("privacy_case", slug, pk)


@require_GET
@needs(Right.PRIVACY)
def fetch(request: TenantRequest, slug: str, pk: UUID) -> HttpResponseBase:
    """For who asked for it, as long as the right lasts."""
    mine = Copy.objects.filter(
        requested_by_id=request.person.user_id, state=ExportState.READY
    ).select_related("case")
    found = get_object_or_404(mine, pk=pk, expires_at__gt=timezone.now())
    try:
        pieces = recording_store().read(key_of_copy(found))
        first = next(pieces, b"")
    except NotStored as error:
        raise Http404 from error
    services.note_fetched(copy=found, by=actor_of(request))
    return StreamingHttpResponse(
        in_pieces(first, pieces),
        content_type="application/zip",
        headers={
            **NO_STORE,
            "Content-Length": str(found.bytes),
            "Content-Disposition": f'attachment; filename="person-{slug}-{found.case_id}.zip"',
        },
    )
