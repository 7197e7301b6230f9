"""API v1: orders to agents' phones and queues, and what became of them."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from callcenter.accounts.api import DETAIL_ERRORS, ErrorSerializer, WordsField, is_describing
from callcenter.accounts.authentication import caller_of
from callcenter.accounts.permissions import ApiScope
from callcenter.agents.models import Agent
from callcenter.groups.models import AgentGroup
from telephony.commands import services
from telephony.commands.models import PbxCommand


class CommandSerializer(serializers.ModelSerializer[PbxCommand]):
    """`status` becomes done, refused, unreachable, unknown or expired; `words` say why not."""

    class Meta:
        model = PbxCommand
        fields = [
            "id", "kind", "status", "words", "agent_id", "requested_at", "deadline_at", "finished_at",
        ]  # fmt: skip
        read_only_fields = fields


class GroupsSerializer(serializers.Serializer[dict[str, Any]]):
    groups = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**62),
        required=False,
        max_length=500,
        help_text="ids of groups; left out: all groups of the agent",
    )


class PauseSerializer(serializers.Serializer[dict[str, Any]]):
    reason = WordsField(max_length=30, allow_blank=True, help_text="code of a pause reason")


class EmptySerializer(serializers.Serializer[dict[str, Any]]):
    pass


ORDER_RESPONSES = {
    202: CommandSerializer,
    400: ErrorSerializer,
    409: ErrorSerializer,
    **DETAIL_ERRORS,
}


class _Order(APIView):
    """Answers 202 with the command; it is done when the phone system has done it."""

    scope = ApiScope.AGENTS_WRITE
    serializer_class: type[serializers.Serializer[dict[str, Any]]] = EmptySerializer

    def post(self, request: Request, agent_id: int) -> Response:
        agent = get_object_or_404(
            Agent.objects.select_related("tenant", "device"), pk=agent_id, is_active=True
        )
        wish = self.serializer_class(data=request.data)
        if not wish.is_valid():
            words = "; ".join(
                f"{name}: {' '.join(map(str, why))}" for name, why in wish.errors.items()
            )
            return Response({"detail": words}, status=status.HTTP_400_BAD_REQUEST)
        try:
            command = self.give(agent, wish.validated_data, request)
        except services.OrderRefused as refusal:
            return Response({"detail": str(refusal.words)}, status=status.HTTP_409_CONFLICT)
        return Response(CommandSerializer(command).data, status=status.HTTP_202_ACCEPTED)

    def give(self, agent: Agent, wish: dict[str, Any], request: Request) -> PbxCommand:
        raise NotImplementedError


def _groups(wish: dict[str, Any]) -> list[AgentGroup] | None:
    if "groups" not in wish:
        return None
    ids = set(wish["groups"])
    found = list(AgentGroup.objects.filter(pk__in=ids, is_active=True))
    if len(found) != len(ids):
        raise Http404
    return found


@extend_schema_view(post=extend_schema(request=GroupsSerializer, responses=ORDER_RESPONSES))
class LogIn(_Order):
    """Log an agent in to groups."""

    serializer_class = GroupsSerializer

    def give(self, agent: Agent, wish: dict[str, Any], request: Request) -> PbxCommand:
        return services.log_in_agent(
            agent=agent, groups=_groups(wish), requested_by=caller_of(request), at=timezone.now()
        )


@extend_schema_view(post=extend_schema(request=GroupsSerializer, responses=ORDER_RESPONSES))
class LogOut(_Order):
    """Log an agent out of groups; a running call goes on."""

    serializer_class = GroupsSerializer

    def give(self, agent: Agent, wish: dict[str, Any], request: Request) -> PbxCommand:
        return services.log_out_agent(
            agent=agent, groups=_groups(wish), requested_by=caller_of(request), at=timezone.now()
        )


@extend_schema_view(post=extend_schema(request=PauseSerializer, responses=ORDER_RESPONSES))
class Pause(_Order):
    """Pause an agent in all groups; during a call the pause begins after it."""

    serializer_class = PauseSerializer

    def give(self, agent: Agent, wish: dict[str, Any], request: Request) -> PbxCommand:
        return services.pause_agent(
            agent=agent, reason=wish["reason"], requested_by=caller_of(request), at=timezone.now()
        )


@extend_schema_view(post=extend_schema(request=None, responses=ORDER_RESPONSES))
class Resume(_Order):
    """End an agent's pause or wrap-up."""

    def give(self, agent: Agent, wish: dict[str, Any], request: Request) -> PbxCommand:  # noqa: ARG002
        return services.resume_agent(
            agent=agent, requested_by=caller_of(request), at=timezone.now()
        )


@extend_schema_view(get=extend_schema(responses={200: CommandSerializer, **DETAIL_ERRORS}))
class CommandDetail(generics.RetrieveAPIView[PbxCommand]):
    """What became of an order."""

    scope = ApiScope.AGENTS_READ
    serializer_class = CommandSerializer

    def get_queryset(self) -> QuerySet[PbxCommand]:
        if is_describing(self):
            return PbxCommand.objects.none()
        return PbxCommand.objects.all()
