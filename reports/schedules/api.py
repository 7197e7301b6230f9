"""API v1: orders of reports, their runs with what became of each mail, and what was made."""

from __future__ import annotations

from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from callcenter.accounts.api import DETAIL_ERRORS, READ_ERRORS, ErrorSerializer
from callcenter.accounts.permissions import ApiScope
from reports.schedules import selectors
from reports.schedules.models import Purpose, ReportDelivery, ReportRun, ReportSchedule
from reports.schedules.views.runs import FILES

MOST = 200
PAGE = 50
MOST_ID = 2**62
NO_CURSOR = "Take `older` of the page before, or leave it out."
_KEYS = OpenApiParameter("pk", int, OpenApiParameter.PATH)


class ReportSerializer(serializers.ModelSerializer[ReportSchedule]):
    """An order. `next_run_at` null: nothing will fall due by itself. No groups or agents: all."""

    name = serializers.CharField(
        source="title", read_only=True, help_text="given, or the report's own title"
    )
    at = serializers.RegexField(  # a "time" of JSON schema has a zone
        r"^\d\d:\d\d:\d\d$", read_only=True, help_text="in the tenant's zone"
    )

    class Meta:
        model = ReportSchedule
        fields = [
            "id", "name", "kind", "group_ids", "agent_ids", "repeats", "at", "weekdays", "month_day",
            "on_day", "first_day", "last_day", "attaches_xlsx", "attaches_pdf", "is_paused",
            "next_run_at", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class ReportListSerializer(serializers.Serializer[dict[str, Any]]):
    reports = ReportSerializer(many=True)


class ReportDeliverySerializer(serializers.ModelSerializer[ReportDelivery]):
    """`words` are the mail server's; `reason` is ours: kept, silent, left, died."""

    class Meta:
        model = ReportDelivery
        fields = [
            "address", "language", "state", "attempts", "next_try_at", "sent_at", "reason", "words",
        ]  # fmt: skip
        read_only_fields = fields


class RunSerializer(serializers.ModelSerializer[ReportRun]):
    """`since` and `until` are the period, half-open. `left_out`: due times of a long outage that
    this skipped run stands for.
    """

    deliveries = ReportDeliverySerializer(many=True, read_only=True)

    class Meta:
        model = ReportRun
        fields = [
            "id", "name", "kind", "purpose", "due_at", "since", "until", "state", "made_at",
            "left_out", "words", "deliveries",
        ]  # fmt: skip
        read_only_fields = fields


class RunPageSerializer(serializers.Serializer[dict[str, Any]]):
    """Latest first. `older` is the cursor of the next page, null at the end."""

    runs = RunSerializer(many=True)
    older = serializers.CharField(allow_null=True)


class RunQuerySerializer(serializers.Serializer[dict[str, Any]]):
    cursor = serializers.RegexField(
        r"^[0-9]{1,17}-[0-9]{1,18}$",
        required=False,
        help_text="`older` of the page before",
        error_messages={"invalid": NO_CURSOR},
    )
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST, default=PAGE)

    def validate_cursor(self, value: str) -> selectors.RunCursor:
        cursor = selectors.RunCursor.read(value)
        if cursor is None:
            raise serializers.ValidationError(NO_CURSOR)
        return cursor


class ReportList(APIView):
    """Ordered reports, by name."""

    scope = ApiScope.REPORTS_READ

    @extend_schema(
        operation_id="reports_list", responses={200: ReportListSerializer, **READ_ERRORS}
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002 - the scope is its own
        found = selectors.by_title(selectors.schedules_seen(Q()))
        return Response(ReportListSerializer({"reports": found}).data)


class RunList(APIView):
    """What was made for one order."""

    scope = ApiScope.REPORTS_READ

    @extend_schema(
        operation_id="reports_runs",
        parameters=[_KEYS, RunQuerySerializer],
        responses={200: RunPageSerializer, **DETAIL_ERRORS},
    )
    def get(self, request: Request, pk: int) -> Response:
        query = RunQuerySerializer(data=request.query_params)
        if not query.is_valid():
            words = "; ".join(f"{n}: {' '.join(map(str, why))}" for n, why in query.errors.items())
            return Response({"detail": words}, status=status.HTTP_400_BAD_REQUEST)
        schedule = selectors.schedules_seen(Q(pk=pk)).first() if pk < MOST_ID else None
        if schedule is None:
            raise Http404
        wanted = query.validated_data
        runs = schedule.runs.exclude(purpose=Purpose.PREVIEW).prefetch_related("deliveries")
        page = selectors.page_of_runs(runs, wanted.get("cursor"), wanted["limit"])
        older = str(page.older) if page.older else None
        return Response(RunPageSerializer({"runs": page.runs, "older": older}).data)


class RunFile(APIView):
    """What was made: the figures as JSON, or the workbook or PDF as it was mailed."""

    scope = ApiScope.REPORTS_READ

    @extend_schema(
        operation_id="reports_run_file",
        parameters=[
            _KEYS,
            OpenApiParameter("form", str, OpenApiParameter.PATH, enum=["json", "xlsx", "pdf"]),
            OpenApiParameter(
                "language", str, description="of those it was made in; else the first"
            ),
        ],
        responses={
            (200, "application/json"): OpenApiTypes.OBJECT,
            (200, FILES["xlsx"]): OpenApiTypes.BINARY,
            (200, FILES["pdf"]): OpenApiTypes.BINARY,
            401: ErrorSerializer,
            403: ErrorSerializer,
            404: ErrorSerializer,
        },
    )
    def get(self, request: Request, pk: int, form: str) -> HttpResponse:
        runs = ReportRun.objects.exclude(purpose=Purpose.PREVIEW)
        run = runs.filter(pk=pk).first() if pk < MOST_ID else None
        language = request.query_params.get("language", "")
        edition = selectors.edition_for(run, language) if run else None
        if run is None or edition is None or form not in {*FILES, "json"}:
            raise Http404
        if form == "json":
            return Response(edition.document)
        return HttpResponse(
            bytes(getattr(edition, form)),
            content_type=FILES[form],
            headers={"Content-Disposition": f'attachment; filename="report-{run.pk}.{form}"'},
        )
