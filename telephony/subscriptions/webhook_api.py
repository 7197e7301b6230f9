"""API v1: webhooks, their deliveries, and the levers on them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from callcenter.accounts.api import (
    DETAIL_ERRORS,
    READ_ERRORS,
    DoNotGoTogether,
    ErrorSerializer,
    InstantField,
    WordsField,
    in_words,
    is_describing,
)
from callcenter.accounts.authentication import caller_of
from callcenter.accounts.permissions import ApiScope
from callcenter.agents.models import Device
from callcenter.groups.models import AgentGroup, Number
from callcenter.tenants.refusals import Refusal
from telephony.subscriptions import selectors, services
from telephony.subscriptions.models import About, Webhook, WebhookDelivery
from telephony.subscriptions.permissions import types_beyond
from telephony.subscriptions.vocabulary import TYPES

LARGEST = 2**63 - 1
_Post = TypeVar("_Post", bound=Callable[..., Response])
_KEYS = OpenApiParameter("pk", int, OpenApiParameter.PATH)
_WRITE_ERRORS = {**READ_ERRORS, 409: ErrorSerializer}
_CHANGE_ERRORS = {**DETAIL_ERRORS, 409: ErrorSerializer}


class WebhookSerializer(serializers.ModelSerializer[Webhook]):
    """`types` empty: all. `cursor`: the last event that needs no more sending."""

    group_id = serializers.IntegerField(read_only=True, allow_null=True)
    number = serializers.CharField(source="e164", read_only=True)
    phone = serializers.CharField(source="device.extension", default="", read_only=True)

    class Meta:
        model = Webhook
        fields = [
            "id", "name", "url", "about", "group_id", "number", "phone", "types", "state", "words",
            "cursor", "attempts", "failing_since", "next_try_at", "delivered_at", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class NewWebhookSerializer(serializers.Serializer[dict[str, Any]]):
    """`group_id` with about=group, `number` (E.164) with about=number, `phone` (extension of
    somebody's) with about=phone. `types` empty: all that the
    key may read; events of callbacks, recordings and notes need the scopes of these.
    """

    name = WordsField(max_length=80)
    url = WordsField(max_length=500)
    about = serializers.ChoiceField(About.choices, required=False, default=About.TENANT)
    group_id = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=LARGEST
    )
    number = WordsField(required=False, default="", max_length=16, allow_blank=True)
    phone = WordsField(required=False, default="", max_length=20, allow_blank=True)
    types = serializers.ListField(
        child=serializers.ChoiceField(sorted(TYPES)), required=False, default=list
    )

    def fields_of_service(self, key: Any) -> dict[str, Any]:
        """Raises Refusal for types that the key may not read; asked for all, it gets the rest."""
        given = dict(self.validated_data)
        beyond = types_beyond(key.scopes)
        refused = sorted(beyond.intersection(given["types"]))
        if refused:
            words = _("This key may not read %(types)s.") % {"types": ", ".join(refused)}
            raise Refusal(words, "types")
        if beyond and not given["types"]:
            given["types"] = sorted(set(TYPES) - beyond)
        group_id, e164 = given.pop("group_id"), given.pop("number")
        extension = given.pop("phone")
        given["group"] = AgentGroup.objects.filter(pk=group_id).first() if group_id else None
        numbers = Number.objects.select_related("queue")
        given["number"] = numbers.filter(e164=e164).first() if e164 else None
        phones = Device.objects.filter(extension=extension, is_active=True)
        given["device"] = phones.first() if extension else None
        return given


class MadeWebhookSerializer(WebhookSerializer):
    """With the secret, which is told this once."""

    secret = serializers.CharField(read_only=True)

    class Meta(WebhookSerializer.Meta):
        fields = [*WebhookSerializer.Meta.fields, "secret"]
        read_only_fields = fields


class WebhookListSerializer(serializers.Serializer[dict[str, Any]]):
    webhooks = WebhookSerializer(many=True)


class ReplaySerializer(serializers.Serializer[dict[str, Any]]):
    """One of the two: the event after which, or the instant since which all is sent again."""

    cursor = serializers.IntegerField(required=False, min_value=0, max_value=LARGEST)
    since = InstantField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise DoNotGoTogether("Give either cursor or since.")
        return attrs


class WebhookDeliverySerializer(serializers.ModelSerializer[WebhookDelivery]):
    """One attempt. `event` 0: a test. `status` null: nobody answered, `words` say why."""

    class Meta:
        model = WebhookDelivery
        fields = [
            "id", "event", "type", "attempt", "at", "status", "milliseconds", "is_delivered",
            "words", "response",
        ]  # fmt: skip
        read_only_fields = fields


class DeliveryPageSerializer(serializers.Serializer[dict[str, Any]]):
    """Latest first. `older` is the cursor of the next page, null at the end."""

    deliveries = WebhookDeliverySerializer(many=True)
    older = serializers.CharField(allow_null=True)


class DeliveryQuery(serializers.Serializer[dict[str, Any]]):
    cursor = serializers.IntegerField(
        required=False, min_value=0, max_value=LARGEST, help_text="`older` of the page before"
    )


class _View(APIView):
    """Reading needs events:read, everything else events:write."""

    @property
    def scope(self) -> ApiScope:
        reads = (self.request.method or "GET") in ("GET", "HEAD", "OPTIONS")
        return ApiScope.EVENTS_READ if reads else ApiScope.EVENTS_WRITE

    def webhook(self, pk: int) -> Webhook:
        found = Webhook.objects.select_related("group", "number__queue", "device").filter(
            pk=min(pk, LARGEST)
        )
        row = None if is_describing(self) else found.first()
        if row is None:
            raise Http404
        return row


def _refused(refusal: Refusal) -> Response:
    return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)


class WebhookList(_View):
    @extend_schema(
        operation_id="webhooks_list", responses={200: WebhookListSerializer, **READ_ERRORS}
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002
        return Response({"webhooks": WebhookSerializer(selectors.webhooks(), many=True).data})

    @extend_schema(
        operation_id="webhooks_make",
        request=NewWebhookSerializer,
        responses={201: MadeWebhookSerializer, **_WRITE_ERRORS},
    )
    def post(self, request: Request) -> Response:
        asked = NewWebhookSerializer(data=request.data)
        if not asked.is_valid():
            return Response(in_words(asked.errors), status=status.HTTP_400_BAD_REQUEST)
        try:
            webhook, secret = services.make_webhook(
                **asked.fields_of_service(request.auth), by=caller_of(request)
            )
        except Refusal as refusal:
            return _refused(refusal)
        made = {**WebhookSerializer(webhook).data, "secret": secret}
        return Response(made, status=status.HTTP_201_CREATED)


class WebhookDetail(_View):
    @extend_schema(
        operation_id="webhooks_one", parameters=[_KEYS],
        responses={200: WebhookSerializer, **DETAIL_ERRORS},
    )  # fmt: skip
    def get(self, request: Request, pk: int) -> Response:  # noqa: ARG002
        return Response(WebhookSerializer(self.webhook(pk)).data)

    @extend_schema(
        operation_id="webhooks_change", parameters=[_KEYS], request=NewWebhookSerializer,
        responses={200: WebhookSerializer, **_CHANGE_ERRORS},
    )  # fmt: skip
    def put(self, request: Request, pk: int) -> Response:
        webhook = self.webhook(pk)
        asked = NewWebhookSerializer(data=request.data)
        if not asked.is_valid():
            return Response(in_words(asked.errors), status=status.HTTP_400_BAD_REQUEST)
        try:
            services.change_webhook(
                webhook=webhook, **asked.fields_of_service(request.auth), by=caller_of(request)
            )
        except Refusal as refusal:
            return _refused(refusal)
        return Response(WebhookSerializer(webhook).data)

    @extend_schema(
        operation_id="webhooks_delete", parameters=[_KEYS], responses={204: None, **DETAIL_ERRORS}
    )
    def delete(self, request: Request, pk: int) -> Response:
        services.delete_webhook(webhook=self.webhook(pk), by=caller_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


class _Lever(_View):
    """POST moves something about one webhook and answers with how it stands then."""

    act: Callable[..., object]

    def pull(self, request: Request, pk: int) -> Response:
        webhook = self.webhook(pk)
        try:
            type(self).act(webhook=webhook, by=caller_of(request))
        except Refusal as refusal:
            return _refused(refusal)
        webhook.refresh_from_db()
        return Response(WebhookSerializer(webhook).data)


def _lever(name: str) -> Callable[[_Post], _Post]:
    return extend_schema(
        operation_id=f"webhooks_{name}", parameters=[_KEYS], request=None,
        responses={200: WebhookSerializer, **_CHANGE_ERRORS},
    )  # fmt: skip


class WebhookPause(_Lever):
    act = staticmethod(services.pause_webhook)

    @_lever("pause")
    def post(self, request: Request, pk: int) -> Response:
        return self.pull(request, pk)


class WebhookResume(_Lever):
    act = staticmethod(services.resume_webhook)

    @_lever("resume")
    def post(self, request: Request, pk: int) -> Response:
        return self.pull(request, pk)


class WebhookTest(_Lever):
    act = staticmethod(services.ask_test)

    @_lever("test")
    def post(self, request: Request, pk: int) -> Response:
        return self.pull(request, pk)


class WebhookReplay(_View):
    @extend_schema(
        operation_id="webhooks_replay", parameters=[_KEYS], request=ReplaySerializer,
        responses={200: WebhookSerializer, **_CHANGE_ERRORS},
    )  # fmt: skip
    def post(self, request: Request, pk: int) -> Response:
        webhook = self.webhook(pk)
        asked = ReplaySerializer(data=request.data)
        if not asked.is_valid():
            return Response(in_words(asked.errors), status=status.HTTP_400_BAD_REQUEST)
        services.replay_webhook(webhook=webhook, by=caller_of(request), **asked.validated_data)
        return Response(WebhookSerializer(webhook).data)


class WebhookDeliveries(_View):
    @extend_schema(
        operation_id="webhooks_deliveries", parameters=[_KEYS, DeliveryQuery],
        responses={200: DeliveryPageSerializer, **DETAIL_ERRORS},
    )  # fmt: skip
    def get(self, request: Request, pk: int) -> Response:
        webhook = self.webhook(pk)
        query = DeliveryQuery(data=request.query_params)
        if not query.is_valid():
            return Response(in_words(query.errors), status=status.HTTP_400_BAD_REQUEST)
        found, older = selectors.deliveries_page(webhook, query.validated_data.get("cursor"))
        return Response(
            {
                "deliveries": WebhookDeliverySerializer(found, many=True).data,
                "older": None if older is None else str(older),
            }
        )
