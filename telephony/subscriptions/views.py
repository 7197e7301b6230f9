"""Pages about webhooks, and a signed-in person's own events."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from callcenter.accounts.api import in_words
from callcenter.accounts.doors import actor_of, carried_out, needs, told
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from telephony.subscriptions import selectors, services
from telephony.subscriptions.access import access_of_session
from telephony.subscriptions.api import (
    PollQuery,
    answer_poll,
    answer_stream,
    follower_of,
    stream_query,
)
from telephony.subscriptions.following import Follower
from telephony.subscriptions.forms import ReplayForm, WebhookForm
from telephony.subscriptions.models import Webhook
from telephony.subscriptions.permissions import reader_of

PAGE_SIZE = 50


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.EVENTS_OUT)
def webhooks(request: TenantRequest, slug: str) -> HttpResponse:
    form = WebhookForm(request.POST or None)
    made: list[tuple[Webhook, str]] = []
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: made.append(services.make_webhook(**form.cleaned_data, by=actor_of(request))),
        )
    ):
        # shown in this answer only: it is kept nowhere that could show it again
        webhook, secret = made[0]
        return render(
            request, "telephony/subscriptions/made.html", {"webhook": webhook, "secret": secret}
        )
    page = Paginator(selectors.webhooks(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(
        request,
        "telephony/subscriptions/webhooks.html",
        {"form": form, "page": page},
        status=422 if form.errors else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.EVENTS_OUT)
def webhook(request: TenantRequest, slug: str, webhook_id: int) -> HttpResponse:
    row = _webhook(webhook_id)
    form = WebhookForm(request.POST or None, webhook=row)
    if (
        request.method == "POST"
        and form.is_valid()
        and carried_out(
            form,
            lambda: services.change_webhook(webhook=row, **form.cleaned_data, by=actor_of(request)),
        )
    ):
        messages.success(request, _("Kept."))
        return redirect("manage_webhook", slug, row.pk)
    context = {"form": form, "replay": ReplayForm(), **_standing(_webhook(webhook_id))}
    status = 422 if form.errors else 200
    return render(request, "telephony/subscriptions/webhook.html", context, status=status)


@require_safe
@needs(Right.EVENTS_OUT)
def deliveries(request: TenantRequest, slug: str, webhook_id: int) -> HttpResponse:
    """The part that renews itself; with `before` an older page of the log."""
    before = request.GET.get("before", "")
    row = _webhook(webhook_id)
    context = _standing(row, int(before[:18]) if before.isdecimal() else None)
    return render(request, "telephony/subscriptions/_standing.html", context)


@require_POST
@needs(Right.EVENTS_OUT)
def pull(request: TenantRequest, slug: str, webhook_id: int, lever: str) -> HttpResponse:
    row = _webhook(webhook_id)
    act, done = {
        "pause": (services.pause_webhook, _("Paused. What happens is kept for 7 days.")),
        "resume": (services.resume_webhook, _("It goes on where it stood.")),
        "test": (services.ask_test, _("A test event is on its way.")),
        "delete": (services.delete_webhook, _("The webhook is gone.")),
    }[lever]
    told(request, lambda: act(webhook=row, by=actor_of(request)), done)
    if lever == "delete":
        return redirect("manage_webhooks", slug)
    return redirect("manage_webhook", slug, webhook_id)


@require_POST
@needs(Right.EVENTS_OUT)
def replay(request: TenantRequest, slug: str, webhook_id: int) -> HttpResponse:
    row = _webhook(webhook_id)
    form = ReplayForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say since when."))
        return redirect("manage_webhook", slug, row.pk)
    told(
        request,
        lambda: services.replay_webhook(
            webhook=row, since=form.cleaned_data["since"], by=actor_of(request)
        ),
        _("Everything since then is sent again."),
    )
    return redirect("manage_webhook", slug, row.pk)


@require_POST
@needs(Right.EVENTS_OUT)
def renew_secret(request: TenantRequest, slug: str, webhook_id: int) -> HttpResponse:
    row = _webhook(webhook_id)
    secret = services.renew_secret(webhook=row, by=actor_of(request))
    return render(request, "telephony/subscriptions/made.html", {"webhook": row, "secret": secret})


@require_safe
@needs(Right.CALLS_OWN)
def events(request: TenantRequest, slug: str) -> HttpResponseBase:
    """As GET /api/v1/events/, for who is signed in: what concerns him or his groups."""
    query = PollQuery(data=request.GET.dict())
    if not query.is_valid():
        return JsonResponse(in_words(query.errors), status=400)
    return answer_poll(_own(request, query), query.validated_data["wait"], request)


@require_safe
@needs(Right.CALLS_OWN)
def event_stream(request: TenantRequest, slug: str) -> HttpResponseBase:
    query = stream_query(request.GET, request.headers.get("Last-Event-ID", ""))
    if not query.is_valid():
        return JsonResponse(in_words(query.errors), status=400)
    return answer_stream(_own(request, query))


def _own(request: TenantRequest, query: object) -> Follower:
    person = request.person
    return follower_of(
        query,  # type: ignore[arg-type]
        tenant_id=person.tenant_id,
        country=request.tenant.country,
        access=access_of_session(person.user_id, request.session, request.tenant.slug),
        reader=reader_of(person),
    )


def _webhook(webhook_id: int) -> Webhook:
    rows = Webhook.objects.select_related("group", "number__queue", "created_by")
    return get_object_or_404(rows, pk=webhook_id)


def _standing(row: Webhook, before: int | None = None) -> dict[str, object]:
    found, older = selectors.deliveries_page(row, before)
    waiting = selectors.count_after(row.cursor)
    url = reverse("manage_webhook_deliveries", args=[row.tenant.slug, row.pk])
    return {
        "webhook": row, "deliveries": found, "older": older, "before": before,
        "waiting": waiting, "url": url,
    }  # fmt: skip
