"""Doors for probes, Prometheus and operators."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest

from callcenter.health.selectors import Check, checks, database, valkey
from callcenter.operators.views import operators_only


@require_safe
def health(request: HttpRequest) -> JsonResponse:
    """For load balancers: 200 while this node can serve, else 503. Tells nothing else."""
    is_ok = all(check.is_ok for check in (database(), valkey()))
    return JsonResponse({"ok": is_ok}, status=200 if is_ok else 503)


@operators_only
def health_page(request: HttpRequest) -> HttpResponse:
    return render(request, "callcenter/health/page.html", {"checks": checks()})


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text; by `Authorization: Bearer <HELIN_METRICS_TOKEN>`, else it is not there."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    wanted = settings.METRICS_TOKEN
    if wanted is None and not settings.IN_DEVELOPMENT:
        raise Http404
    if wanted is not None and not hmac.compare_digest(given.encode(), wanted.encode()):
        raise Http404
    return HttpResponse(_exposition(checks()), content_type=CONTENT_TYPE_LATEST)


def _exposition(found: list[Check]) -> bytes:
    registry = CollectorRegistry()
    up = Gauge("helin_up", "1 when the part works, 0 when not", ["part", "pbx"], registry=registry)
    gauges: dict[str, Gauge] = {}
    for check in found:
        part, _, pbx = check.name.partition(":")
        if check.is_ok is not None:
            up.labels(part, pbx).set(1 if check.is_ok else 0)
        for figure, value in check.figures.items():
            name = f"helin_{part}_{figure}"
            if name not in gauges:
                gauges[name] = Gauge(name, f"{part}: {figure}", ["pbx"], registry=registry)
            gauges[name].labels(pbx).set(value)
    return generate_latest(registry)
