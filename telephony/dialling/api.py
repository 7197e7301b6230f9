"""API v1: making an agent's phone call somebody."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from callcenter.accounts.api import DETAIL_ERRORS, ErrorSerializer, WordsField, in_words
from callcenter.accounts.authentication import caller_of
from callcenter.accounts.permissions import ApiScope
from callcenter.agents.models import Agent
from telephony.calls.api import CallList
from telephony.dialling.models import PlacedCall
from telephony.dialling.once import answered_once
from telephony.dialling.services import Wish, place_call
from telephony.dialling.targets import DialRefused


class PlaceCallSerializer(serializers.Serializer[dict[str, Any]]):
    agent = serializers.IntegerField(
        min_value=1, max_value=2**62, help_text="whose phone rings first"
    )
    number = WordsField(
        max_length=200,
        allow_blank=True,
        trim_whitespace=False,
        help_text="in any spelling, or an extension; what cannot be read is a 409",
    )
    caller_id = WordsField(
        required=False,
        allow_blank=True,
        max_length=30,
        help_text="one of the agent's own; blank: the company's; left out: as the agent chose",
    )
    hide = serializers.BooleanField(required=False, help_text="withhold the number")
    private = serializers.BooleanField(
        required=False, default=False, help_text="others do not see whom; not recorded"
    )
    about = WordsField(
        required=False, allow_blank=True, max_length=60, help_text="yours, kept with the call"
    )


class PlacedCallSerializer(serializers.ModelSerializer[PlacedCall]):
    """Follow `command` at /commands/; `linkedid` is the call's in /calls/ once it has begun."""

    command = serializers.UUIDField(source="command_id", read_only=True)
    agent = serializers.IntegerField(source="agent_id", read_only=True)
    linkedid = serializers.CharField(source="call_id", read_only=True)
    caller_id = serializers.CharField(source="shows", read_only=True)
    hide = serializers.BooleanField(source="is_hidden", read_only=True)
    private = serializers.BooleanField(source="is_private", read_only=True)

    class Meta:
        model = PlacedCall
        fields = [
            "command", "linkedid", "agent", "number", "caller_id", "hide", "private",
            "requested_at",
        ]  # fmt: skip
        read_only_fields = fields


class RefusedSerializer(ErrorSerializer):
    code = serializers.CharField(
        required=False,
        help_text="unreadable, several_numbers, own_number, no_such_extension, not_allowed, "
        "not_your_number, not_at_a_phone, phone_unreachable, already_calling",
    )


class Calls(CallList):
    """GET needs `calls:read`, POST `calls:write`."""

    @property
    def scope(self) -> ApiScope:  # type: ignore[override]
        method = getattr(getattr(self, "request", None), "method", "GET")
        return ApiScope.CALLS_WRITE if method == "POST" else ApiScope.CALLS_READ

    def get_renderers(self) -> list[BaseRenderer]:
        is_post = getattr(getattr(self, "request", None), "method", "") == "POST"
        return [JSONRenderer()] if is_post else super().get_renderers()

    @extend_schema(
        operation_id="calls_place",
        description=(
            "The agent's phone rings and shows the number; picked up, it calls the number. With "
            "an `Idempotency-Key` the same request again within a day is answered the same and "
            "rings nothing; another request with the same key is a 409. Without one, the same "
            "number again within 8 seconds is the same call."
        ),
        request=PlaceCallSerializer,
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                {"type": "string", "pattern": "^[!-~]{1,200}$"},
                OpenApiParameter.HEADER,
                description="any word of yours that is new for each call",
            )
        ],
        responses={
            (202, "application/json"): PlacedCallSerializer,
            (400, "application/json"): ErrorSerializer,
            (409, "application/json"): RefusedSerializer,
            **{
                (code, "application/json"): one for code, one in DETAIL_ERRORS.items() if code > 400
            },
        },
    )
    def post(self, request: Request) -> Response:
        wish = PlaceCallSerializer(data=request.data)
        if not wish.is_valid():
            return Response(in_words(wish.errors), status=status.HTTP_400_BAD_REQUEST)
        given = wish.validated_data
        agent = get_object_or_404(
            Agent.objects.select_related("tenant", "device"), pk=given["agent"], is_active=True
        )
        return answered_once(
            key=request.auth,  # type: ignore[arg-type]
            once=request.headers.get("Idempotency-Key", ""),
            asked=repr(sorted(given.items())).encode("utf-8", "replace"),
            at=timezone.now(),
            work=lambda: self._place(request, agent, given),
        )

    def _place(self, request: Request, agent: Agent, given: dict[str, Any]) -> Response:
        try:
            placed = place_call(
                agent=agent,
                number=given["number"],
                requested_by=caller_of(request),
                at=timezone.now(),
                wish=Wish(
                    caller_id=given.get("caller_id"),
                    is_hidden=given.get("hide"),
                    is_private=given["private"],
                    about=given.get("about", ""),
                ),
            )
        except DialRefused as refusal:
            words = {"detail": str(refusal), "code": refusal.code}
            return Response(words, status=status.HTTP_409_CONFLICT)
        return Response(dict(PlacedCallSerializer(placed).data), status=status.HTTP_202_ACCEPTED)
