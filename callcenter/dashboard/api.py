"""API v1: the live state, and the agents with theirs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from callcenter.accounts.api import DETAIL_ERRORS, READ_ERRORS, is_describing
from callcenter.accounts.permissions import ApiScope
from callcenter.agents.models import Agent, PauseReason
from callcenter.groups.api import IdCursor
from callcenter.tenants.models import Tenant
from telephony.calls.models import Direction
from telephony.live.selectors import LiveSnapshot, live_snapshot
from telephony.live.state import Document
from telephony.live.streams import TENANT

UNKNOWN = "unknown"
CALL_STATES = ["arriving", "waiting", "ringing", "talking", "on_hold", "parked"]
AGENT_STATES = [
    "ringing", "in_call", "wrapping_up", "paused", "available", "unreachable", "logged_out",
    UNKNOWN,
]  # fmt: skip


def _at(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, tz=UTC) if seconds is not None else None


class CallerSerializer(serializers.Serializer[dict[str, Any]]):
    number = serializers.CharField(allow_blank=True)
    name = serializers.CharField(allow_blank=True)


class LiveCallSerializer(serializers.Serializer[dict[str, Any]]):
    id = serializers.CharField(help_text="linkedid of the conversation")
    direction = serializers.ChoiceField(Direction.choices)
    state = serializers.ChoiceField(CALL_STATES)
    caller = CallerSerializer()
    dialled = serializers.CharField(allow_blank=True)
    queue = serializers.CharField(allow_null=True)
    group_id = serializers.IntegerField(allow_null=True)
    started_at = serializers.DateTimeField()
    joined_at = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    ringing = serializers.ListField(child=serializers.IntegerField(), help_text="agent ids")
    agents = serializers.ListField(child=serializers.IntegerField(), help_text="agent ids")
    priority = serializers.IntegerField()


class AgentStateSerializer(serializers.Serializer[dict[str, Any]]):
    state = serializers.ChoiceField(AGENT_STATES)
    since = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField(allow_null=True, help_text="code of the pause reason")
    wrap_until = serializers.DateTimeField(allow_null=True)
    pause_after_call = serializers.CharField(allow_null=True)
    reachable = serializers.BooleanField(allow_null=True, help_text="null: not known")
    groups = serializers.ListField(
        child=serializers.IntegerField(), help_text="ids of the groups logged in to"
    )
    call = serializers.CharField(allow_null=True)


class LiveAgentSerializer(AgentStateSerializer):
    id = serializers.IntegerField()
    name = serializers.CharField()
    extension = serializers.CharField(allow_blank=True)


class LiveSerializer(serializers.Serializer[dict[str, Any]]):
    """`is_live` false: what was last known at `heard_at`, not how things are now."""

    is_live = serializers.BooleanField()
    heard_at = serializers.DateTimeField(allow_null=True)
    version = serializers.IntegerField(allow_null=True)
    agents = LiveAgentSerializer(many=True)
    calls = LiveCallSerializer(many=True)


class AgentSerializer(serializers.ModelSerializer[Agent]):
    extension = serializers.SerializerMethodField()
    live = serializers.SerializerMethodField()

    class Meta:
        model = Agent
        fields = ["id", "name", "extension", "live"]

    def get_extension(self, agent: Agent) -> str | None:
        return agent.device.extension if agent.device else None

    @extend_schema_field(AgentStateSerializer)
    def get_live(self, agent: Agent) -> dict[str, Any]:
        snapshot: LiveSnapshot = self.context["snapshot"]
        return agent_state(snapshot, agent.pk)


class PauseReasonSerializer(serializers.ModelSerializer[PauseReason]):
    class Meta:
        model = PauseReason
        fields = ["code", "name", "max_minutes"]


def _snapshot(tenant: Tenant) -> LiveSnapshot:
    return live_snapshot(tenant.pk, [TENANT], tenant.pbx)


def agent_state(snapshot: LiveSnapshot, agent_id: int) -> dict[str, Any]:
    """The agent's live state; everything unknown while the live state is stale."""
    entity = snapshot.document.get(f"agent:{agent_id}") if snapshot.is_live else None
    if entity is None:
        return {
            "state": UNKNOWN, "since": None, "reason": None, "wrap_until": None,
            "pause_after_call": None, "reachable": None, "groups": [], "call": None,
        }  # fmt: skip
    call = entity["call"]
    return {
        "state": entity["state"],
        "since": _at(entity["since"]),
        "reason": entity["reason"],
        "wrap_until": _at(entity["wrap_until"]),
        "pause_after_call": entity["pause_after_call"],
        "reachable": entity["reachable"],
        "groups": entity["groups"],
        "call": call.removeprefix("call:") if call else None,
    }


def _agents(snapshot: LiveSnapshot) -> list[dict[str, Any]]:
    found = []
    for key, entity in snapshot.document.items():
        if key.startswith("agent:"):
            agent_id = int(key.removeprefix("agent:"))
            known = {"id": agent_id, "name": entity["name"], "extension": entity["extension"]}
            found.append({**known, **agent_state(snapshot, agent_id)})
    return sorted(found, key=lambda agent: agent["id"])


def _calls(document: Document) -> list[dict[str, Any]]:
    return [
        {
            **entity,
            "id": key.removeprefix("call:"),
            "started_at": _at(entity["started_at"]),
            "joined_at": _at(entity["joined_at"]),
            "answered_at": _at(entity["answered_at"]),
        }
        for key, entity in sorted(document.items())
        if key.startswith("call:")
    ]


@extend_schema_view(get=extend_schema(responses={200: LiveSerializer, **READ_ERRORS}))
class Live(APIView):
    """Agents and calls as they are now. For a steady picture use the WebSocket."""

    scope = ApiScope.LIVE_READ

    def get(self, request: Request) -> Response:
        snapshot = _snapshot(request.tenant)  # type: ignore[attr-defined]
        body = {
            "is_live": snapshot.is_live,
            "heard_at": _at(snapshot.heard_at),
            "version": snapshot.version,
            "agents": _agents(snapshot),
            "calls": _calls(snapshot.document),
        }
        return Response(LiveSerializer(body).data)


class _Agents(generics.GenericAPIView[Agent]):
    scope = ApiScope.AGENTS_READ
    serializer_class = AgentSerializer
    pagination_class = IdCursor

    def get_queryset(self) -> QuerySet[Agent]:
        if is_describing(self):
            return Agent.objects.none()
        return Agent.objects.filter(is_active=True).select_related("device").order_by("pk")

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        tenant = getattr(self.request, "tenant", None)
        context["snapshot"] = _snapshot(tenant) if tenant else LiveSnapshot()
        return context


@extend_schema_view(get=extend_schema(responses={200: AgentSerializer(many=True), **DETAIL_ERRORS}))
class AgentList(_Agents, generics.ListAPIView[Agent]):
    """The tenant's agents, each with the live state."""


@extend_schema_view(get=extend_schema(responses={200: AgentSerializer, **DETAIL_ERRORS}))
class AgentDetail(_Agents, generics.RetrieveAPIView[Agent]):
    """One agent."""


@extend_schema_view(
    get=extend_schema(responses={200: PauseReasonSerializer(many=True), **READ_ERRORS})
)
class PauseReasonList(generics.ListAPIView[PauseReason]):
    """The reasons that a pause can have."""

    scope = ApiScope.AGENTS_READ
    serializer_class = PauseReasonSerializer
    pagination_class = None

    def get_queryset(self) -> QuerySet[PauseReason]:
        if is_describing(self):
            return PauseReason.objects.none()
        return PauseReason.objects.filter(is_active=True)
