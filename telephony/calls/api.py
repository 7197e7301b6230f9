"""API v1: calls with their legs and stays in queues."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from callcenter.accounts.api import DETAIL_ERRORS, WITHOUT_NULL, ErrorSerializer, InstantField
from callcenter.accounts.permissions import ApiScope
from callcenter.tenants.models import Tenant
from phonebook.numbers.e164 import LONGEST
from telephony.calls.models import (
    Call,
    CallLeg,
    CallOutcome,
    Direction,
    QueueVisit,
    VisitOutcome,
)
from telephony.calls.permissions import CallSight
from telephony.calls.rows_csv import ROWS_AT_ONCE, Chunk, CsvRenderer, CsvStream
from telephony.calls.selectors import (
    PAGE,
    CallFilter,
    Cursor,
    call_seen,
    hide_private,
    page_of_calls,
)
from telephony.calls.visit_pages import VisitFilter, page_of_visits

MOST = 200
MOST_ID = 2**62
AS_CSV = (
    "With `Accept: text/csv` or `?format=csv` everything from the cursor on comes as one CSV stream, "
    "whose columns are the fields here; lists are separated by spaces."
)
NO_CURSOR = "Take `older` of the page before, or leave it out."
_EVERYTHING = CallSight(group_ids=None, agent_id=None, sees_numbers=True)


class LegSerializer(serializers.ModelSerializer[CallLeg]):
    """One phone's part: `end` says why it did not answer."""

    class Meta:
        model = CallLeg
        fields = [
            "position", "is_caller", "extension", "agent_id", "number", "name", "started_at",
            "answered_at", "ended_at", "ring_seconds", "talk_seconds", "end",
        ]  # fmt: skip
        read_only_fields = fields


class VisitSerializer(serializers.ModelSerializer[QueueVisit]):
    """One stay in one queue, with the thresholds in force when the caller entered.

    `left_ringing_agent_ids`: whose phone rang in vain, 0 for any that is not known.
    """

    left_ringing_agent_ids = serializers.SerializerMethodField()

    def get_left_ringing_agent_ids(self, visit: QueueVisit) -> list[int]:
        return visit.left_by or []

    class Meta:
        model = QueueVisit
        fields = [
            "stay", "queue_name", "group_id", "agent_id", "entered_at", "left_at", "ended_at",
            "wait_seconds", "talk_seconds", "outcome", "reason", "short_abandon_seconds",
            "answer_within_seconds", "service_level_mode", "left_ringing_agent_ids",
        ]  # fmt: skip
        read_only_fields = fields


class CallSerializer(serializers.ModelSerializer[Call]):
    """A conversation. `outcome` running: it has not ended yet."""

    class Meta:
        model = Call
        fields = [
            "id", "linkedid", "direction", "caller_number", "caller_name", "dialled", "group_id",
            "agent_id", "group_ids", "agent_ids", "started_at", "answered_at", "ended_at",
            "wait_seconds", "talk_seconds", "outcome", "reason",
        ]  # fmt: skip
        read_only_fields = fields


class CallDetailSerializer(CallSerializer):
    legs = LegSerializer(many=True, read_only=True)
    visits = VisitSerializer(many=True, read_only=True)

    class Meta(CallSerializer.Meta):
        fields = [*CallSerializer.Meta.fields, "legs", "visits"]
        read_only_fields = fields


class CallPageSerializer(serializers.Serializer[dict[str, Any]]):
    """Latest first. `older` is the cursor of the next page, null at the end."""

    calls = CallSerializer(many=True)
    older = serializers.CharField(allow_null=True)


class PageQuerySerializer(serializers.Serializer[dict[str, Any]]):
    cursor = serializers.RegexField(
        r"^[0-9]{1,17}-[0-9]{1,18}$",
        required=False,
        help_text="`older` of the page before",
        error_messages={"invalid": NO_CURSOR},
    )
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST, default=PAGE)

    def validate_cursor(self, value: str) -> Cursor:
        cursor = Cursor.read(value)
        if cursor is None:
            raise serializers.ValidationError(NO_CURSOR)
        return cursor


class CallQuerySerializer(PageQuerySerializer):
    since = InstantField(required=False, help_text="began at or after")
    until = InstantField(required=False, help_text="began before")
    group = serializers.IntegerField(required=False, min_value=1, max_value=MOST_ID)
    agent = serializers.IntegerField(required=False, min_value=1, max_value=MOST_ID)
    direction = serializers.ChoiceField(Direction.choices, required=False)
    outcome = serializers.ChoiceField(CallOutcome.choices, required=False)
    number = serializers.RegexField(
        r"^[0-9+*#() ./-]+$",
        required=False,
        allow_blank=True,
        max_length=LONGEST,
        help_text="any spelling, or its last digits",
    )


class ListedVisitSerializer(VisitSerializer):
    """With its call, null until its channel events are read."""

    class Meta(VisitSerializer.Meta):
        fields = [
            "id", "call_id", "callid", "pbx", "caller_number", "member", *VisitSerializer.Meta.fields,
        ]  # fmt: skip
        read_only_fields = fields


class VisitPageSerializer(serializers.Serializer[dict[str, Any]]):
    """Latest first. `older` is the cursor of the next page, null at the end."""

    visits = ListedVisitSerializer(many=True)
    older = serializers.CharField(allow_null=True)


class VisitQuerySerializer(PageQuerySerializer):
    since = InstantField(required=False, help_text="entered at or after")
    until = InstantField(required=False, help_text="entered before")
    group = serializers.IntegerField(required=False, min_value=1, max_value=MOST_ID)
    agent = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_ID, help_text="who answered"
    )
    queue = serializers.RegexField(
        WITHOUT_NULL,
        required=False,
        max_length=150,
        trim_whitespace=False,
        help_text="its name in the PBX",
    )
    outcome = serializers.ChoiceField(VisitOutcome.choices, required=False)
    reason = serializers.RegexField(r"^[a-z_]*$", required=False, max_length=20)


class CallList(APIView):
    """Calls, the latest first."""

    scope = ApiScope.CALLS_READ
    renderer_classes = (JSONRenderer, CsvRenderer)

    @extend_schema(
        operation_id="calls_list",
        description=f"Calls, latest first; a call is here within seconds of its beginning. {AS_CSV}",
        parameters=[CallQuerySerializer],
        responses={
            (200, "application/json"): CallPageSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
            400: ErrorSerializer,
            **DETAIL_ERRORS,
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        query = CallQuerySerializer(data=request.query_params)
        if not query.is_valid():
            return refused(query)
        given = query.validated_data
        tenant: Tenant = request.tenant  # type: ignore[attr-defined]
        wanted = CallFilter(
            since=given.get("since"),
            until=given.get("until"),
            group_id=given.get("group"),
            agent_id=given.get("agent"),
            direction=given.get("direction", ""),
            outcomes=[given["outcome"]] if "outcome" in given else (),
            number=given.get("number", ""),
            country=tenant.country,
        )
        if is_csv(request):

            def chunk(cursor: Cursor | None) -> Chunk:
                page = page_of_calls(_EVERYTHING, wanted, cursor, size=ROWS_AT_ONCE)
                hide_private(page.calls)
                return list(CallSerializer(page.calls, many=True).data), page.older

            columns = CallSerializer.Meta.fields
            return CsvStream(tenant.pk, columns, chunk, given.get("cursor")).response("calls")
        page = page_of_calls(_EVERYTHING, wanted, given.get("cursor"), size=given["limit"])
        hide_private(page.calls)
        older = str(page.older) if page.older else None
        return Response(CallPageSerializer({"calls": page.calls, "older": older}).data)


def refused(query: serializers.Serializer[Any]) -> Response:
    words = "; ".join(f"{name}: {' '.join(map(str, why))}" for name, why in query.errors.items())
    return Response({"detail": words}, status=status.HTTP_400_BAD_REQUEST)


def is_csv(request: Request) -> bool:
    return getattr(request.accepted_renderer, "format", "") == CsvRenderer.format


class VisitList(APIView):
    """Stays in queues, the latest first."""

    scope = ApiScope.CALLS_READ
    renderer_classes = (JSONRenderer, CsvRenderer)

    @extend_schema(
        operation_id="visits_list",
        description=f"Stays in queues, the latest first. {AS_CSV}",
        parameters=[VisitQuerySerializer],
        responses={
            (200, "application/json"): VisitPageSerializer,
            (200, "text/csv"): OpenApiTypes.STR,
            400: ErrorSerializer,
            **DETAIL_ERRORS,
        },
    )
    def get(self, request: Request) -> HttpResponseBase:
        query = VisitQuerySerializer(data=request.query_params)
        if not query.is_valid():
            return refused(query)
        given = query.validated_data
        wanted = VisitFilter(
            since=given.get("since"),
            until=given.get("until"),
            group_id=given.get("group"),
            agent_id=given.get("agent"),
            queue_name=given.get("queue", ""),
            outcome=given.get("outcome", ""),
            reason=given.get("reason", ""),
        )
        if is_csv(request):

            def chunk(cursor: Cursor | None) -> Chunk:
                visits, after = page_of_visits(wanted, cursor, ROWS_AT_ONCE)
                return list(ListedVisitSerializer(visits, many=True).data), after

            tenant: Tenant = request.tenant  # type: ignore[attr-defined]
            columns = ListedVisitSerializer.Meta.fields
            return CsvStream(tenant.pk, columns, chunk, given.get("cursor")).response("visits")
        visits, after = page_of_visits(wanted, given.get("cursor"), given["limit"])
        older = str(after) if after else None
        return Response(VisitPageSerializer({"visits": visits, "older": older}).data)


class CallDetail(APIView):
    """One call with its legs and stays in queues."""

    scope = ApiScope.CALLS_READ

    @extend_schema(
        parameters=[OpenApiParameter("pk", int, OpenApiParameter.PATH)],
        responses={200: CallDetailSerializer, **DETAIL_ERRORS},
    )
    def get(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - the scope is its own
        call = call_seen(_EVERYTHING, pk)
        if call is None:
            raise Http404
        hide_private([call])
        return Response(CallDetailSerializer(call).data)
