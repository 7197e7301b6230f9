"""API v1: figures with their definitions, and the visits behind each. Doors only."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import date, datetime
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from callcenter.accounts.api import READ_ERRORS, DoNotGoTogether, ErrorSerializer
from callcenter.accounts.permissions import ApiScope
from reports.statistics.behind import count_behind, visits_behind
from reports.statistics.figures import FIGURES
from reports.statistics.forms import StatisticsForm
from reports.statistics.intervals import STEPS, TOTAL_KEY, By, narrowed
from reports.statistics.permissions import EVERYTHING
from reports.statistics.selection import Selection
from reports.statistics.selectors import values
from reports.statistics.serializers import (
    USUAL_FIGURES,
    DefinitionsSerializer,
    SelectionQuery,
    StatisticsQuery,
    StatisticsSerializer,
    VisitBehindSerializer,
    VisitQuery,
    VisitsBehindSerializer,
)
from reports.statistics.sums import NO_FIGURES, Number
from reports.statistics.tables import Behind, labelled, name_of
from reports.statistics.wholeness import badges_of

MOST_ROWS = 5000
ERRORS = {**READ_ERRORS, 409: ErrorSerializer}


class Definitions(APIView):
    """Every figure: what it is called, what it means, what it is written in."""

    scope = ApiScope.STATISTICS_READ

    @extend_schema(responses={200: DefinitionsSerializer, **READ_ERRORS})
    def get(self, request: Request) -> Response:  # noqa: ARG002 - the scope is its own
        found = [
            {
                "key": one.key,
                "title": str(one.title),
                "unit": one.kind.value,
                "definition": str(one.definition),
                "is_good_when": one.is_good_when,
                "has_calls": bool(one.behind),
            }
            for one in FIGURES.values()
        ]
        return Response({"figures": found})


class Statistics(APIView):
    """Figures of any calls, by group, agent, queue or any interval; the same as on the pages."""

    scope = ApiScope.STATISTICS_READ

    @extend_schema(parameters=[StatisticsQuery], responses={200: StatisticsSerializer, **ERRORS})
    def get(self, request: Request) -> Response:
        query = _read(StatisticsQuery(data=request.query_params))
        selection = _selection(request)
        by, keys = By(query["by"]), sorted(query.get("figures") or USUAL_FIGURES)
        step = STEPS.get(by)
        if step is not None and (selection.until - selection.since) / step > MOST_ROWS:
            raise DoNotGoTogether(f"At most {MOST_ROWS} rows: choose a shorter period.")
        found = values(selection, by, keys)
        names = _names(by, found, keys, selection)
        behind = Behind(reverse("api_statistics_visits"))
        return Response(
            {
                **_period(request, selection),
                "by": by.value,
                "total": _row(
                    "", "", values(selection, By.TOTAL, keys)[TOTAL_KEY], keys, behind.page(selection)
                ),
                "rows": [
                    _row(_written(key), names(key), one, keys,
                         behind.page(narrowed(selection, by, key)))
                    for key, one in found.items()
                ],
            }
        )  # fmt: skip


class VisitsBehind(APIView):
    """Which calls? The stays in queues that a figure is made of, as many as it says."""

    scope = ApiScope.STATISTICS_READ

    @extend_schema(parameters=[VisitQuery], responses={200: VisitsBehindSerializer, **ERRORS})
    def get(self, request: Request) -> Response:
        query = _read(VisitQuery(data=request.query_params))
        selection, figure = _selection(request), FIGURES[query["figure"]]
        page = visits_behind(selection, figure.key, cursor=query.get("cursor"), size=query["limit"])
        return Response(
            {
                **_period(request, selection),
                "figure": figure.key,
                "definition": str(figure.definition),
                "count": count_behind(selection, figure.key),
                "visits": VisitBehindSerializer(page.visits, many=True).data,
                "older": str(page.older) if page.older else None,
            }
        )


def _read(query: SelectionQuery) -> dict[str, Any]:
    if not query.is_valid():
        words = "; ".join(f"{n}: {' '.join(map(str, why))}" for n, why in query.errors.items())
        raise ValidationError({"detail": words})
    found: dict[str, Any] = query.validated_data
    return found


def _selection(request: Request) -> Selection:
    """Of a query that is right word by word, read as the pages read their address."""
    words = QueryDict(mutable=True)
    words.update({name: request.query_params[name] for name in request.query_params})
    form = StatisticsForm(
        words,
        zone=request.tenant.time_zone,  # type: ignore[attr-defined]
        now=timezone.now(),
        sight=EVERYTHING,
    )
    if not form.is_valid():
        words_of = (f"{name}: {' '.join(map(str, why))}" for name, why in form.errors.items())
        raise DoNotGoTogether("; ".join(words_of))
    return form.selection()


def _period(request: Request, selection: Selection) -> dict[str, Any]:
    badges = badges_of(request.tenant, selection, timezone.now())  # type: ignore[attr-defined]
    return {
        "since": selection.local(selection.since).isoformat(),
        "until": selection.local(selection.until).isoformat(),
        "zone": selection.zone,
        "completeness": [{"level": one.level, "words": one.words} for one in badges],
    }


def _row(
    key: str, name: str, found: Sequence[Number], keys: Sequence[str], address: str
) -> dict[str, Any]:
    rounded = {
        one: round(value, 1) if isinstance(value, float) else value
        for one, value in zip(keys, found, strict=True)
    }
    return {"key": key, "name": name, "figures": rounded, "visits": address}


def _written(key: Hashable) -> str:
    if isinstance(key, datetime):
        return key.isoformat().replace("+00:00", "Z")
    if isinstance(key, date):
        return key.isoformat()
    return "-".join(map(str, key)) if isinstance(key, tuple) else str(key)


def _names(
    by: By, found: dict[Any, tuple[Number, ...]], keys: Sequence[str], selection: Selection
) -> Any:
    """How keys are called; every group has a row."""
    if by in (By.GROUP, By.AGENT):
        known = EVERYTHING.groups() if by == By.GROUP else EVERYTHING.agents()
        if by == By.GROUP and selection.group_ids is None:
            for one in known:
                found.setdefault(one, tuple(FIGURES[key].formula(NO_FIGURES) for key in keys))
        return lambda key: name_of(key, known)
    if by == By.WEEKDAY_HOUR:
        return lambda key: f"{labelled(By.WEEKDAY, selection)(key[0])} {key[1]:02}:00"
    return labelled(by, selection)
