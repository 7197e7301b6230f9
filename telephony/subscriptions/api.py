"""API v1: events after a cursor, by long poll and as a stream."""

from __future__ import annotations

import re
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers, status
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from callcenter.accounts.api import READ_ERRORS, WITHOUT_NULL, in_words
from callcenter.accounts.permissions import ApiScope
from phonebook.numbers.e164 import normalise
from telephony.subscriptions import selectors
from telephony.subscriptions.access import access_of_key
from telephony.subscriptions.following import (
    LONGEST_POLL_SECONDS,
    Access,
    Follower,
    poll_answer,
    polled,
    streamed,
)
from telephony.subscriptions.permissions import Reader, program
from telephony.subscriptions.vocabulary import TYPES
from telephony.subscriptions.wire import Wanted

MOST = 500
LARGEST = 2**63 - 1
# the words themselves, so that the schema says what is refused
_TYPE = "|".join(re.escape(word) for word in sorted(TYPES))
_TYPES = rf"^(({_TYPE})(,({_TYPE}))*)?$"


class EventQuery(serializers.Serializer[dict[str, Any]]):
    """Which events, and after which."""

    cursor = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=LARGEST,
        help_text="`cursor` of the answer before, or an event's `id`; 0: all that is kept; "
        "left out: only what happens from now on",
    )
    types = serializers.RegexField(
        _TYPES, required=False, default="", help_text="comma between them; left out: all"
    )
    group = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST)
    agent = serializers.IntegerField(required=False, min_value=1, max_value=LARGEST)
    number = serializers.RegexField(
        WITHOUT_NULL,
        required=False,
        allow_blank=True,
        max_length=40,
        help_text="an own number, in any spelling; blank: all",
    )

    def validate_types(self, text: str) -> frozenset[str]:
        return frozenset(text.split(",")) if text else frozenset()

    def wanted(self, country: str) -> Wanted:
        asked = self.validated_data
        number = asked.get("number")
        return Wanted(
            types=asked["types"],
            group_ids=frozenset({asked["group"]} if "group" in asked else ()),
            agent_ids=frozenset({asked["agent"]} if "agent" in asked else ()),
            numbers=frozenset({normalise(number, country)} if number else ()),
        )


class PollQuery(EventQuery):
    wait = serializers.IntegerField(
        required=False,
        default=0,
        min_value=0,
        max_value=LONGEST_POLL_SECONDS,
        help_text="seconds to wait for an event if there is none yet",
    )
    limit = serializers.IntegerField(required=False, default=100, min_value=1, max_value=MOST)


class EventSerializer(serializers.Serializer[dict[str, Any]]):
    """One fact; docs/events.md says which other fields each type has."""

    id = serializers.IntegerField(help_text="grows; also the cursor that follows this event")
    type = serializers.CharField()
    at = serializers.DateTimeField()


class EventPageSerializer(serializers.Serializer[dict[str, Any]]):
    """Oldest first. Ask again with `cursor`, at once if there is `more`."""

    events = EventSerializer(many=True)
    cursor = serializers.CharField()
    more = serializers.BooleanField()


def follower_of(
    query: EventQuery, *, tenant_id: int, country: str, access: Access, reader: Reader
) -> Follower:
    """In the tenant's scope; `query` is valid."""
    cursor = query.validated_data.get("cursor")
    return Follower(
        tenant_id=tenant_id,
        access=access,
        wanted=query.wanted(country),
        cursor=selectors.latest_cursor() if cursor is None else cursor,
        reader=reader,
        limit=query.validated_data.get("limit", 100),
    )


def answer_poll(follower: Follower, seconds: float, request: HttpRequest) -> HttpResponseBase:
    """What is there at once, or a body that comes when something is there.

    No thread waits with it: the headers go out now, the body is written by the event loop.
    """
    page = selectors.read_page(
        follower.cursor, reader=follower.reader, wanted=follower.wanted, limit=follower.limit
    )
    follower.cursor = page.through
    waits = seconds > 0 and not page.events and isinstance(request, ASGIRequest)
    if not waits:
        text = poll_answer(page, follower.cursor)
        answer: HttpResponseBase = HttpResponse(text, content_type="application/json")
    else:
        answer = StreamingHttpResponse(polled(follower, seconds), content_type="application/json")
    return _uncached(answer)


def answer_stream(follower: Follower) -> HttpResponseBase:
    return _uncached(StreamingHttpResponse(streamed(follower), content_type="text/event-stream"))


def _uncached(answer: HttpResponseBase) -> HttpResponseBase:
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"
    return answer


class AnyContent(BaseContentNegotiation):
    """EventSource asks for text/event-stream, which no renderer of DRF makes."""

    def select_parser(self, request: Request, parsers: Any) -> Any:  # noqa: ARG002
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:  # noqa: ARG002
        return renderers[0], renderers[0].media_type


class EventList(APIView):
    """What happens in the company, in order."""

    scope = ApiScope.EVENTS_READ

    @extend_schema(
        operation_id="events_list",
        parameters=[PollQuery],
        responses={200: EventPageSerializer, **READ_ERRORS},
    )
    def get(self, request: Request) -> HttpResponseBase:
        query = PollQuery(data=request.query_params)
        if not query.is_valid():
            return Response(in_words(query.errors), status=status.HTTP_400_BAD_REQUEST)
        follower = _of_program(request, query)
        return answer_poll(follower, query.validated_data["wait"], request._request)


class EventStream(APIView):
    """The same as server-sent events; ends after 15 minutes or 1 MB, to be opened again."""

    scope = ApiScope.EVENTS_READ
    content_negotiation_class = AnyContent

    @extend_schema(
        operation_id="events_stream",
        parameters=[
            EventQuery,
            OpenApiParameter(
                "Last-Event-ID", str, OpenApiParameter.HEADER,
                description="the cursor, as EventSource sends it; goes before `cursor`",
            ),
        ],
        responses={
            (200, "text/event-stream"): OpenApiResponse(
                OpenApiTypes.STR, description="one event each: id, event, data (JSON)"
            ),
            **READ_ERRORS,
        },
    )  # fmt: skip
    def get(self, request: Request) -> HttpResponseBase:
        query = stream_query(request.query_params, request.headers.get("Last-Event-ID", ""))
        if not query.is_valid():
            return Response(in_words(query.errors), status=status.HTTP_400_BAD_REQUEST)
        return answer_stream(_of_program(request, query))


def stream_query(asked: Any, last_event_id: str) -> EventQuery:
    given = asked.dict()
    if last_event_id.isdecimal():
        given["cursor"] = last_event_id[:20]
    return EventQuery(data=given)


def _of_program(request: Request, query: EventQuery) -> Follower:
    key: Any = request.auth
    return follower_of(
        query,
        tenant_id=key.tenant_id,
        country=key.tenant.country,
        access=access_of_key(key.pk),
        reader=program(key.scopes),
    )
