"""API v1: the groups."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import generics, pagination, serializers

from callcenter.accounts.api import DETAIL_ERRORS, is_describing
from callcenter.accounts.permissions import ApiScope
from callcenter.groups.models import AgentGroup, GroupMember, Queue


class QueueSerializer(serializers.ModelSerializer[Queue]):
    pbx_name = serializers.SerializerMethodField(help_text="as the live state names it")
    numbers = serializers.SlugRelatedField("e164", many=True, read_only=True)  # type: ignore[var-annotated]

    class Meta:
        model = Queue
        fields = [
            "id", "name", "pbx_name", "strategy", "ring_seconds", "max_wait_seconds", "numbers",
        ]  # fmt: skip

    def get_pbx_name(self, queue: Queue) -> str:
        return f"{self.context['request'].tenant.slug}-{queue.slug}"


class MemberSerializer(serializers.ModelSerializer[GroupMember]):
    agent_id = serializers.IntegerField(read_only=True)

    class Meta:
        model = GroupMember
        fields = ["agent_id", "penalty", "logged_in"]


class GroupSerializer(serializers.ModelSerializer[AgentGroup]):
    queues = QueueSerializer(many=True, read_only=True)
    members = MemberSerializer(many=True, read_only=True)

    class Meta:
        model = AgentGroup
        fields = [
            "id", "slug", "name", "caller_id", "wrap_up_seconds", "answer_within_seconds",
            "service_level_target", "service_level_mode", "short_abandon_seconds",
            "is_recorded", "queues", "members",
        ]  # fmt: skip


class IdCursor(pagination.CursorPagination):
    """Pages by id: `next` and `previous` are links, stable while rows come and go."""

    ordering = "id"

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        for parameter in parameters:
            if parameter["name"] == self.cursor_query_param:
                # what `next` holds is base64
                parameter["schema"]["pattern"] = "^[A-Za-z0-9+/=_-]*$"
        return parameters


class _Groups(generics.GenericAPIView[AgentGroup]):
    scope = ApiScope.GROUPS_READ
    serializer_class = GroupSerializer
    pagination_class = IdCursor

    def get_queryset(self) -> QuerySet[AgentGroup]:
        if is_describing(self):
            return AgentGroup.objects.none()
        return (
            AgentGroup.objects.filter(is_active=True)
            .prefetch_related(
                Prefetch("queues", Queue.objects.prefetch_related("numbers")),
                Prefetch("members", GroupMember.objects.order_by("penalty", "agent_id")),
            )
            .order_by("pk")
        )


@extend_schema_view(get=extend_schema(responses={200: GroupSerializer(many=True), **DETAIL_ERRORS}))
class GroupList(_Groups, generics.ListAPIView[AgentGroup]):
    """The tenant's groups with their queues, numbers and members."""


@extend_schema_view(get=extend_schema(responses={200: GroupSerializer, **DETAIL_ERRORS}))
class GroupDetail(_Groups, generics.RetrieveAPIView[AgentGroup]):
    """One group."""
