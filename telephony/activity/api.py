"""API v1: what an agent did when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from callcenter.accounts.api import DETAIL_ERRORS, DoNotGoTogether, ErrorSerializer, InstantField
from callcenter.accounts.permissions import ApiScope
from callcenter.agents.models import Agent
from telephony.activity.models import AgentState
from telephony.activity.selectors import ActivitySum, activity_of, activity_sums, sessions_of
from telephony.calls.api import MOST_ID, refused

LONGEST = timedelta(days=31)


class StretchSerializer(serializers.Serializer[Any]):
    """`until` is the end of the period where `is_open`. `linkedid` and `call_group_id` tell of the
    call, if there is one. In a call while not logged in: by the agent's own number."""

    state = serializers.ChoiceField(AgentState.choices)
    reason = serializers.CharField(allow_blank=True, help_text="code of the pause's reason")
    is_logged_in = serializers.BooleanField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    is_open = serializers.BooleanField()
    linkedid = serializers.CharField(allow_blank=True)
    call_group_id = serializers.IntegerField(allow_null=True)


class SessionSerializer(serializers.Serializer[Any]):
    """From log-in to log-out, clipped to the period."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    is_open = serializers.BooleanField()


class SumSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(AgentState.choices)
    reason = serializers.CharField(allow_blank=True)
    is_logged_in = serializers.BooleanField()
    seconds = serializers.FloatField()


class ActivitySerializer(serializers.Serializer[Any]):
    """Without gaps from the first that is known; nothing is said of the time before."""

    agent_id = serializers.IntegerField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField(help_text="as asked for, at most now")
    activity = StretchSerializer(many=True)
    sessions = SessionSerializer(many=True)
    sums = SumSerializer(many=True)


class ActivityQuerySerializer(serializers.Serializer[dict[str, Any]]):
    since = InstantField(help_text="at most 31 days before `until`")
    until = InstantField(required=False, help_text="now, if left out")
    group = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_ID,
        help_text="as this group sees the agent: log-ins to it, pauses in it",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        now = timezone.now()
        attrs["until"] = min(attrs.get("until", now), now)
        if attrs["until"] <= attrs["since"]:
            raise DoNotGoTogether("until: Must be after `since`, which is not ahead.")
        if attrs["until"] - attrs["since"] > LONGEST:
            raise DoNotGoTogether("since: Ask for 31 days at most.")
        return attrs


class AgentActivityDetail(APIView):
    """An agent's time: stretches, sessions and sums of a period of at most 31 days."""

    scope = ApiScope.AGENTS_READ

    @extend_schema(
        operation_id="agent_activity",
        parameters=[OpenApiParameter("pk", int, OpenApiParameter.PATH), ActivityQuerySerializer],
        responses={200: ActivitySerializer, 409: ErrorSerializer, **DETAIL_ERRORS},
    )
    def get(self, request: Request, pk: int) -> Response:
        if not Agent.objects.filter(pk=pk).exists():
            raise Http404
        query = ActivityQuerySerializer(data=request.query_params)
        if not query.is_valid():
            return refused(query)
        since, until = query.validated_data["since"], query.validated_data["until"]
        group = query.validated_data.get("group")
        groups = None if group is None else [group]
        sums = activity_sums([pk], since, until, groups).get(pk, ActivitySum())
        told = {
            "agent_id": pk,
            "since": since,
            "until": until,
            "activity": activity_of([pk], since, until, groups),
            "sessions": sessions_of(pk, since, until, groups),
            "sums": [
                {"state": state, "reason": reason, "is_logged_in": inside, "seconds": seconds}
                for inside, part in ((True, sums.logged_in), (False, sums.logged_out))
                for (state, reason), seconds in sorted(part.items())
            ],
        }
        return Response(ActivitySerializer(told).data)
