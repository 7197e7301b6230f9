"""API v1: lost calls as promises to call back, and what is done about them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from callcenter.accounts.api import (
    DETAIL_ERRORS,
    READ_ERRORS,
    WITHOUT_NULL,
    ErrorSerializer,
    InstantField,
    WordsField,
    in_words,
)
from callcenter.accounts.authentication import caller_of
from callcenter.accounts.permissions import ApiScope
from callcenter.tenants.models import Tenant
from callcenter.tenants.refusals import Refusal
from phonebook.notes.services import Subject, write_note
from telephony.callbacks import selectors, services
from telephony.callbacks.models import Callback, CallbackState, LostCall
from telephony.callbacks.permissions import EVERYTHING
from telephony.callbacks.selectors import PAGE, SORTS, CallbackFilter, Cursor

MOST = 200
MOST_ID = 2**62
NO_CURSOR = "Take `older` of the page before, or leave it out."
PK = OpenApiParameter("pk", int, OpenApiParameter.PATH)
ACT_ERRORS = {**DETAIL_ERRORS, 409: ErrorSerializer, 415: ErrorSerializer}


class CallbackSerializer(serializers.ModelSerializer[Callback]):
    """One number's lost calls from one contact with it to the next. `number` is E.164 where it is a
    telephone; `key` is null for a caller without a number, who cannot be called back.
    """

    key = serializers.SerializerMethodField()
    group_id = serializers.IntegerField(allow_null=True, read_only=True)
    assigned_to_id = serializers.IntegerField(allow_null=True, read_only=True)
    leased_by_id = serializers.IntegerField(allow_null=True, read_only=True)
    closed_by_agent_id = serializers.IntegerField(
        source="closed_by_id", allow_null=True, read_only=True
    )
    state = serializers.ChoiceField(CallbackState.choices, read_only=True)

    class Meta:
        model = Callback
        fields = [
            "id", "state", "key", "number", "name", "group_id", "group_ids", "lost_count",
            "first_lost_at", "last_lost_at", "longest_wait_seconds", "outcome", "reason", "due_at",
            "closed_at", "closed_by_agent_id", "closed_linkedid", "assigned_to_id",
            "snoozed_until", "leased_by_id", "leased_until", "given_up_by", "given_up_reason",
        ]  # fmt: skip
        read_only_fields = fields

    def get_key(self, row: Callback) -> str | None:
        return row.key or None


class LostCallSerializer(serializers.ModelSerializer[LostCall]):
    class Meta:
        model = LostCall
        fields = [
            "pbx", "linkedid", "group_id", "began_at", "lost_at", "wait_seconds", "outcome",
            "reason", "called_back_at", "contacted_at",
        ]  # fmt: skip
        read_only_fields = fields


class CallbackDetailSerializer(CallbackSerializer):
    """With its last 50 lost calls, latest first."""

    lost_calls = serializers.SerializerMethodField()

    class Meta(CallbackSerializer.Meta):
        fields = [*CallbackSerializer.Meta.fields, "lost_calls"]
        read_only_fields = fields

    @extend_schema_field(LostCallSerializer(many=True))
    def get_lost_calls(self, row: Callback) -> Any:
        lines = selectors.lost_calls_of(row)
        return LostCallSerializer([line.lost for line in lines], many=True).data


class CallbackPageSerializer(serializers.Serializer[dict[str, Any]]):
    """In the wanted order. `older` is the cursor of the next page, null at the end."""

    callbacks = CallbackSerializer(many=True)
    older = serializers.CharField(allow_null=True)


class CallbackQuery(serializers.Serializer[dict[str, Any]]):
    cursor = serializers.RegexField(
        r"^[0-9]{1,18}-[0-9]{1,18}$",
        required=False,
        help_text="`older` of the page before, asked for in the same order",
        error_messages={"invalid": NO_CURSOR},
    )
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST, default=PAGE)
    since = InstantField(required=False, help_text="last lost at or after")
    until = InstantField(required=False, help_text="last lost before")
    shown = serializers.ChoiceField(("open", "snoozed", "handled"), required=False)
    group = serializers.IntegerField(required=False, min_value=1, max_value=MOST_ID)
    assigned_to = serializers.IntegerField(required=False, min_value=1, max_value=MOST_ID)
    number = serializers.RegexField(
        WITHOUT_NULL, required=False, max_length=80, trim_whitespace=False
    )
    sort = serializers.ChoiceField(tuple(SORTS), required=False, default="newest")


class AssignSerializer(serializers.Serializer[dict[str, Any]]):
    user_id = serializers.IntegerField(
        min_value=1, max_value=MOST_ID, allow_null=True, help_text="null: to nobody"
    )


class SnoozeSerializer(serializers.Serializer[dict[str, Any]]):
    until = InstantField(allow_null=True, help_text="null: not any more")


class GiveUpSerializer(serializers.Serializer[dict[str, Any]]):
    reason = WordsField(max_length=300)


class LeaseSerializer(serializers.Serializer[dict[str, Any]]):
    """Who is at it, for two minutes. With `force` even if somebody else is."""

    user_id = serializers.IntegerField(min_value=1, max_value=MOST_ID)
    force = serializers.BooleanField(default=False)


class CallbackNoteSerializer(serializers.Serializer[dict[str, Any]]):
    text = WordsField(max_length=4000)


class CallbackList(APIView):
    """Callers whom nobody answered."""

    scope = ApiScope.CALLBACKS_READ

    @extend_schema(
        operation_id="callbacks_list",
        parameters=[CallbackQuery],
        responses={200: CallbackPageSerializer, **READ_ERRORS},
    )
    def get(self, request: Request) -> Response:
        query = CallbackQuery(data=request.query_params)
        if not query.is_valid():
            return Response(in_words(query.errors), status=status.HTTP_400_BAD_REQUEST)
        given = query.validated_data
        wanted = CallbackFilter(
            at=timezone.now(),
            since=given.get("since"),
            until=given.get("until"),
            shown=given.get("shown", ""),
            group_id=given.get("group"),
            assigned_to=given.get("assigned_to"),
            number=given.get("number", ""),
            country=_tenant(request).country,
            sort=given["sort"],
        )
        cursor = Cursor.read(given.get("cursor", ""))
        page = selectors.page_of_callbacks(EVERYTHING, wanted, cursor, given["limit"])
        older = str(page.older) if page.older else None
        return Response(CallbackPageSerializer({"callbacks": page.rows, "older": older}).data)


class CallbackDetail(APIView):
    """One promise with its lost calls."""

    scope = ApiScope.CALLBACKS_READ

    @extend_schema(
        operation_id="callbacks_retrieve",
        parameters=[PK],
        responses={200: CallbackDetailSerializer, **DETAIL_ERRORS},
    )
    def get(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - the scope is its own
        return Response(CallbackDetailSerializer(_row(pk)).data)


class CallbackAct(APIView):
    """What is done about a promise; each answers how it stands then."""

    scope = ApiScope.CALLBACKS_WRITE

    def _act(
        self,
        pk: int,
        asked: serializers.Serializer[Any],
        act: Callable[[Callback, dict[str, Any], datetime], object],
    ) -> Response:
        row = _row(pk)
        if not asked.is_valid():
            return Response(in_words(asked.errors), status=status.HTTP_400_BAD_REQUEST)
        try:
            act(row, asked.validated_data, timezone.now())
        except Refusal as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
        return Response(CallbackSerializer(_row(pk)).data)


class CallbackAssign(CallbackAct):
    @extend_schema(
        operation_id="callbacks_assign",
        parameters=[PK],
        request=AssignSerializer,
        responses={200: CallbackSerializer, **ACT_ERRORS},
    )
    def post(self, request: Request, pk: int) -> Response:
        return self._act(
            pk,
            AssignSerializer(data=request.data),
            lambda row, given, at: services.assign(
                callback=row, to_id=given["user_id"], by=caller_of(request), at=at
            ),
        )


class CallbackSnooze(CallbackAct):
    @extend_schema(
        operation_id="callbacks_snooze",
        parameters=[PK],
        request=SnoozeSerializer,
        responses={200: CallbackSerializer, **ACT_ERRORS},
    )
    def post(self, request: Request, pk: int) -> Response:
        return self._act(
            pk,
            SnoozeSerializer(data=request.data),
            lambda row, given, at: services.snooze(callback=row, until=given["until"], at=at),
        )


class CallbackGiveUp(CallbackAct):
    @extend_schema(
        operation_id="callbacks_give_up",
        parameters=[PK],
        request=GiveUpSerializer,
        responses={200: CallbackSerializer, **ACT_ERRORS},
    )
    def post(self, request: Request, pk: int) -> Response:
        return self._act(
            pk,
            GiveUpSerializer(data=request.data),
            lambda row, given, at: services.give_up(
                callback=row, reason=given["reason"], by=caller_of(request), at=at
            ),
        )


class CallbackLease(CallbackAct):
    """Says that somebody is at it: 409 with a name while somebody else is."""

    @extend_schema(
        operation_id="callbacks_lease",
        parameters=[PK],
        request=LeaseSerializer,
        responses={200: CallbackSerializer, **ACT_ERRORS},
    )
    def post(self, request: Request, pk: int) -> Response:
        tenant = _tenant(request)

        def act(row: Callback, given: dict[str, Any], at: datetime) -> None:
            if not services.works_here(given["user_id"]):
                raise services.NobodyToAssign
            talking = selectors.talking_with(
                row, tenant_id=tenant.pk, pbx=tenant.pbx, country=tenant.country, but=None
            )
            services.lease(
                callback=row,
                user_id=given["user_id"],
                at=at,
                talking=talking,
                force=given["force"],
            )

        return self._act(pk, LeaseSerializer(data=request.data), act)


class CallbackNote(CallbackAct):
    """A note about the caller that everybody reads."""

    @extend_schema(
        operation_id="callbacks_note",
        parameters=[PK],
        request=CallbackNoteSerializer,
        responses={200: CallbackSerializer, **ACT_ERRORS},
    )
    def post(self, request: Request, pk: int) -> Response:
        def act(row: Callback, given: dict[str, Any], at: datetime) -> None:
            about = Subject(key=row.key, call_pbx=row.pbx, call_linkedid=row.linkedid)
            write_note(
                text=given["text"], subject=about, is_private=False, by=caller_of(request), at=at
            )

        return self._act(pk, CallbackNoteSerializer(data=request.data), act)


def _row(pk: int) -> Callback:
    row = selectors.callback_seen(EVERYTHING, pk) if pk <= MOST_ID else None
    if row is None:
        raise Http404
    return row


def _tenant(request: Request) -> Tenant:
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    return tenant
