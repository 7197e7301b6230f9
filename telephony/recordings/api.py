"""API v1: recordings, and their sound."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_field,
)
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from callcenter.accounts.api import DETAIL_ERRORS, READ_ERRORS, ErrorSerializer, InstantField
from callcenter.accounts.authentication import caller_of
from callcenter.accounts.permissions import ApiScope
from phonebook.numbers.e164 import LONGEST
from telephony.calls.api import MOST, MOST_ID, NO_CURSOR
from telephony.calls.models import Direction
from telephony.calls.selectors import Cursor
from telephony.recordings.media import sound_of
from telephony.recordings.models import Recording, RecordingNote
from telephony.recordings.permissions import EVERYTHING
from telephony.recordings.selectors import (
    PAGE,
    RecordingFilter,
    expires_at,
    held_among,
    page_of_recordings,
    recording_seen,
)
from telephony.recordings.services.care import RecordingGone, note_listening


class RecordingSerializer(serializers.ModelSerializer[Recording]):
    """`problem`: missing, empty, cut, damaged, or blank. Left is the outside party, right we.
    `is_held`: under a legal hold, and not deleted at `expires_at` before that is lifted.
    """

    expires_at = serializers.SerializerMethodField()
    is_held = serializers.SerializerMethodField()

    class Meta:
        model = Recording
        fields = [
            "id", "pbx", "linkedid", "uniqueid", "state", "problem", "direction", "group_id",
            "agent_ids", "party_number", "own_number", "started_at", "seconds", "talk_seconds",
            "media_bytes", "media_sha256", "kept_until", "keep_reason", "expires_at", "is_held",
        ]  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(OpenApiTypes.DATETIME)
    def get_expires_at(self, row: Recording) -> str:
        days = self.context["request"].tenant.recording_days
        return expires_at(row, days).isoformat()

    def get_is_held(self, row: Recording) -> bool:
        return row.pk in self.context["held"]


class RecordingNoteSerializer(serializers.ModelSerializer[RecordingNote]):
    class Meta:
        model = RecordingNote
        fields = ["at_seconds", "text", "by_name", "created_at"]
        read_only_fields = fields


class RecordingDetailSerializer(RecordingSerializer):
    notes = RecordingNoteSerializer(many=True, read_only=True)

    class Meta(RecordingSerializer.Meta):
        fields = [*RecordingSerializer.Meta.fields, "notes"]
        read_only_fields = fields


class RecordingPageSerializer(serializers.Serializer[dict[str, Any]]):
    """Latest first. `older` is the cursor of the next page, null at the end."""

    recordings = RecordingSerializer(many=True)
    older = serializers.CharField(allow_null=True)


class RecordingQuerySerializer(serializers.Serializer[dict[str, Any]]):
    since = InstantField(required=False, help_text="began at or after")
    until = InstantField(required=False, help_text="began before")
    group = serializers.IntegerField(required=False, min_value=1, max_value=MOST_ID)
    agent = serializers.IntegerField(required=False, min_value=1, max_value=MOST_ID)
    direction = serializers.ChoiceField(Direction.choices, required=False)
    at_least = serializers.IntegerField(required=False, min_value=0, max_value=10**6)
    at_most = serializers.IntegerField(required=False, min_value=0, max_value=10**6)
    kept = serializers.BooleanField(required=False, allow_null=True, default=None)
    number = serializers.RegexField(
        r"^[0-9+*#() ./-]+$", required=False, allow_blank=True, max_length=LONGEST,
        help_text="any spelling, or its last digits",
    )  # fmt: skip
    cursor = serializers.RegexField(
        r"^[0-9]{1,17}-[0-9]{1,18}$", required=False, help_text="`older` of the page before",
        error_messages={"invalid": NO_CURSOR},
    )  # fmt: skip
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST, default=PAGE)

    def validate_cursor(self, value: str) -> Cursor:
        cursor = Cursor.read(value)
        if cursor is None:
            raise serializers.ValidationError(NO_CURSOR)
        return cursor


class RecordingList(APIView):
    """Recordings, latest first; one is here some seconds after its call."""

    scope = ApiScope.RECORDINGS_READ

    @extend_schema(
        operation_id="recordings_list",
        parameters=[RecordingQuerySerializer],
        responses={200: RecordingPageSerializer, 400: ErrorSerializer, **READ_ERRORS},
    )
    def get(self, request: Request) -> Response:
        query = RecordingQuerySerializer(data=request.query_params)
        if not query.is_valid():
            words = "; ".join(f"{n}: {' '.join(map(str, why))}" for n, why in query.errors.items())
            return Response({"detail": words}, status=status.HTTP_400_BAD_REQUEST)
        wanted = query.validated_data
        page = page_of_recordings(
            EVERYTHING,
            RecordingFilter(
                since=wanted.get("since"),
                until=wanted.get("until"),
                group_id=wanted.get("group"),
                agent_id=wanted.get("agent"),
                direction=wanted.get("direction", ""),
                number=wanted.get("number", ""),
                country=request.tenant.country,  # type: ignore[attr-defined]
                at_least=wanted.get("at_least"),
                at_most=wanted.get("at_most"),
                kept=wanted["kept"],
            ),
            wanted.get("cursor"),
            size=wanted["limit"],
        )
        found = {"recordings": page.recordings, "older": str(page.older) if page.older else None}
        context = {"request": request, "held": held_among(page.recordings)}
        return Response(RecordingPageSerializer(found, context=context).data)


class RecordingDetail(APIView):
    """One recording with its notes."""

    scope = ApiScope.RECORDINGS_READ

    @extend_schema(
        parameters=[OpenApiParameter("pk", int, OpenApiParameter.PATH)],
        responses={200: RecordingDetailSerializer, **DETAIL_ERRORS},
    )
    def get(self, request: Request, pk: int) -> Response:
        found = _found(pk)
        context = {"request": request, "held": held_among([found])}
        return Response(RecordingDetailSerializer(found, context=context).data)


class RecordingSound(APIView):
    """The sound, Opus in Ogg; ranges are answered with 206. Who fetches it is written down."""

    scope = ApiScope.RECORDINGS_READ

    @extend_schema(
        operation_id="recordings_sound",
        parameters=[OpenApiParameter("pk", int, OpenApiParameter.PATH)],
        responses={
            (200, "audio/ogg"): OpenApiTypes.BINARY,
            (206, "audio/ogg"): OpenApiTypes.BINARY,
            (416, "text/plain"): OpenApiResponse(description="The range lies outside."),
            (503, "text/plain"): OpenApiResponse(description="The storage is away; try again."),
            **DETAIL_ERRORS,
        },
    )
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        found = _found(pk)
        answer = sound_of(request._request, found)
        if answer.status_code in (200, 206):
            try:
                note_listening(recording=found, by=caller_of(request), at=timezone.now())
            except RecordingGone as error:
                answer.close()
                raise Http404 from error
        return answer


def _found(pk: int) -> Recording:
    found = recording_seen(EVERYTHING, pk) if pk < MOST_ID else None
    if found is None:
        raise Http404
    return found
