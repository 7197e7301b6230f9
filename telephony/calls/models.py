"""What has happened, built from the ledger: conversations, their channels, their stays in queues.

Everything here can be dropped and rebuilt; nothing but telephony/calls/building writes it. Agents,
groups and queues are named without foreign keys, because history outlives them.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Reverse
from django.utils.translation import gettext_lazy as _

from callcenter.agents.models import Agent
from callcenter.groups.models import AgentGroup, Queue, ServiceLevelMode
from callcenter.tenants.models import Tenant, TenantScoped
from callcenter.tenants.scope import tenant_of_new_row
from telephony.calls.visit_kind import kind_of_visit


class Direction(models.TextChoices):
    IN = "in", _("Incoming")
    OUT = "out", _("Outgoing")
    INTERNAL = "internal", _("Internal")


class CallOutcome(models.TextChoices):
    RUNNING = "running", _("Running")
    ANSWERED = "answered", _("Answered")
    ABANDONED = "abandoned", _("Abandoned")
    SHORT_ABANDONED = "short_abandoned", _("Hung up at once")
    OVERFLOWED = "overflowed", _("Overflowed")
    CLOSED = "closed", _("Closed")
    NO_ANSWER = "no_answer", _("No answer")
    BUSY = "busy", _("Busy")
    FAILED = "failed", _("Failed")


class VisitOutcome(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    ANSWERED = "answered", _("Answered")
    ABANDONED = "abandoned", _("Abandoned")
    SHORT_ABANDONED = "short_abandoned", _("Hung up at once")
    OVERFLOWED = "overflowed", _("Overflowed")


class LegEnd(models.TextChoices):
    """What became of one phone's part in a call."""

    RUNNING = "", _("Running")
    ANSWERED = "answered", _("Talked")
    NO_ANSWER = "no_answer", _("No answer")
    BUSY = "busy", _("Busy or rejected")
    REJECTED = "rejected", _("Rejected")
    UNREACHABLE = "unreachable", _("Phone unreachable")
    ELSEWHERE = "elsewhere", _("Answered elsewhere")
    GIVEN_UP = "given_up", _("Caller hung up first")
    NOT_CONNECTED = "not_connected", _("Not connected")


def historic(to: Any) -> Any:
    """A reference that may point to what no longer exists."""
    return models.ForeignKey(
        to,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )


class HistoryRow(TenantScoped):
    # every index below begins with the tenant, so one of its own would only cost; a constraint
    # would be looked at row by row, which takes longer than writing the rows
    tenant = models.ForeignKey(
        Tenant,
        on_delete=models.CASCADE,
        default=tenant_of_new_row,
        db_constraint=False,
        db_index=False,
        editable=False,
        related_name="+",
    )

    class Meta:
        abstract = True


class Call(HistoryRow):
    """A conversation: everything with one linkedid in one PBX.

    `group_ids` and `agent_ids` are those it concerns: groups whose queue it was in or whose number
    it showed, agents who talked, dialled or were dialled by their own number. `party_digits` is
    the other side's number, for search. Durations are seconds.
    """

    pbx = models.CharField(max_length=32)
    linkedid = models.CharField(max_length=150, db_collation="C")  # compared byte by byte: quick
    part_of = models.ForeignKey(
        "self",
        null=True,
        on_delete=models.SET_NULL,
        db_constraint=False,
        db_index=False,
        related_name="parts",
        help_text="a consultation, pickup or park retrieval belongs to the call it joined",
    )
    direction = models.CharField(max_length=8, choices=Direction.choices)
    caller_number = models.CharField(max_length=80, blank=True)
    caller_name = models.CharField(max_length=120, blank=True)
    dialled = models.CharField(max_length=80, blank=True)
    party_digits = models.CharField(max_length=32, blank=True)
    # a column, not an index on the expression: behind row-level security PostgreSQL uses an index
    # only for what cannot leak, and reverse() and LIKE are not known to be of that kind
    party_backwards = models.GeneratedField(
        expression=Reverse("party_digits"),
        output_field=models.CharField(max_length=32, db_collation="C"),
        db_persist=True,
    )
    group = historic(AgentGroup)
    queue = historic(Queue)
    agent = historic(Agent)
    group_ids = ArrayField(models.BigIntegerField(), default=list)
    agent_ids = ArrayField(models.BigIntegerField(), default=list)
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    wait_seconds = models.FloatField(default=0)
    talk_seconds = models.FloatField(default=0)
    outcome = models.CharField(max_length=16, choices=CallOutcome.choices)
    reason = models.CharField(max_length=20, blank=True)
    moments = models.JSONField(
        default=list,
        db_default=models.Value([], output_field=models.JSONField()),
        help_text="transfers, parks ...: see BuiltCall",
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pbx", "linkedid"], name="call_once")]
        indexes = [
            # how the list is walked: telephony/calls/listing.py
            models.Index(
                fields=["tenant", "started_at", "id"],
                condition=Q(part_of__isnull=True),
                name="call_list",
            ),
            models.Index(
                fields=["tenant", "direction", "outcome", "started_at", "id"],
                condition=Q(part_of__isnull=True),
                name="call_list_split",
            ),
            models.Index(
                fields=["tenant", "party_backwards"],
                include=["id"],
                condition=Q(part_of__isnull=True),
                name="call_party",
            ),
            models.Index(fields=["part_of"], condition=Q(part_of__isnull=False), name="call_parts"),
            models.Index(
                fields=["pbx", "started_at"],
                condition=Q(ended_at__isnull=True),
                name="call_running",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.started_at:%F %T} {self.caller_number} -> {self.dialled}"


class CallConcern(HistoryRow):
    """Whom a call concerns: `ref` is a group (kind g) or an agent (kind a).

    Kept by triggers on the calls (migration 0010), whoever writes these; for the list alone.
    """

    pk = models.CompositePrimaryKey(
        "tenant_id", "kind", "ref", "direction", "outcome", "started_at", "call_id"
    )
    kind = models.CharField(max_length=1)
    ref = models.BigIntegerField()
    direction = models.CharField(max_length=8)
    outcome = models.CharField(max_length=16)
    started_at = models.DateTimeField()
    call = models.ForeignKey(
        Call, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.call_id} {self.kind}{self.ref}"


class CallLeg(HistoryRow):
    """One channel's part in a call: whom it rang, how long, why not."""

    call = models.ForeignKey(
        Call, on_delete=models.CASCADE, db_constraint=False, related_name="legs"
    )
    position = models.PositiveSmallIntegerField()
    uniqueid = models.CharField(max_length=150, db_collation="C")
    channel = models.CharField(max_length=150)
    is_caller = models.BooleanField(default=False)
    extension = models.CharField(max_length=10, blank=True, help_text="blank: not one of ours")
    agent = historic(Agent)
    number = models.CharField(max_length=80, blank=True)
    name = models.CharField(max_length=120, blank=True)
    started_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ring_seconds = models.FloatField(default=0)
    talk_seconds = models.FloatField(default=0)
    end = models.CharField(max_length=16, choices=LegEnd.choices, blank=True)

    class Meta:
        ordering = ["call_id", "position"]
        indexes = [
            models.Index(fields=["uniqueid"], name="leg_of_channel"),
            models.Index(
                fields=["tenant", "agent", "started_at"],
                condition=Q(agent__isnull=False),
                name="leg_of_agent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.end}"


class QueueVisit(HistoryRow):
    """One stay in one queue. It ends as exactly one of answered, abandoned, short-abandoned,
    overflowed(reason). The thresholds are those in force when the caller entered.
    """

    pbx = models.CharField(max_length=32)
    callid = models.CharField(max_length=150, db_collation="C")
    stay = models.PositiveSmallIntegerField(help_text="the call's first, second, ... queue")
    call = models.ForeignKey(
        Call,
        null=True,
        on_delete=models.SET_NULL,
        db_constraint=False,
        db_index=False,
        related_name="visits",
    )
    queue_name = models.CharField(max_length=150, help_text="in the PBX")
    queue = historic(Queue)
    group = historic(AgentGroup)
    agent = historic(Agent)
    member = models.CharField(max_length=150, blank=True, help_text="as the queue log names it")
    caller_number = models.CharField(max_length=80, blank=True)
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, help_text="answered, given up or sent on")
    ended_at = models.DateTimeField(null=True, help_text="the end of the talk, or left_at")
    wait_seconds = models.IntegerField(default=0)
    talk_seconds = models.IntegerField(default=0)
    wrap_up_ms = models.IntegerField(
        default=0, db_default=0, help_text="after-call work of who answered; activity writes it"
    )
    outcome = models.CharField(max_length=16, choices=VisitOutcome.choices)
    reason = models.CharField(max_length=20, blank=True)
    short_abandon_seconds = models.PositiveSmallIntegerField()
    answer_within_seconds = models.PositiveSmallIntegerField()
    service_level_mode = models.CharField(max_length=20, choices=ServiceLevelMode.choices)
    left_by = ArrayField(
        models.BigIntegerField(),
        null=True,
        help_text="agents whose phone rang in vain, 0 for any not known; null: none",
    )
    kind = kind_of_visit()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pbx", "callid", "stay"], name="queue_visit_once")
        ]
        indexes = [
            models.Index(fields=["call"], name="visit_of_call"),
            # figures are sums over this index alone
            models.Index(
                fields=["tenant", "entered_at"],
                include=[
                    "queue_name",
                    "group",
                    "agent",
                    "wait_seconds",
                    "talk_seconds",
                    "wrap_up_ms",
                    "kind",
                ],
                name="visit_figures",
            ),
            # in which a phone rang in vain: reports/statistics/rings.py
            models.Index(
                fields=["tenant", "entered_at"],
                include=[
                    "queue_name",
                    "group",
                    "left_by",
                    "outcome",
                    "reason",
                    "service_level_mode",
                    "id",
                ],
                condition=Q(left_by__isnull=False),
                name="visit_left_ringing",
            ),
            models.Index(
                fields=["pbx", "entered_at"],
                condition=Q(ended_at__isnull=True),
                name="visit_running",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.entered_at:%F %T} {self.queue_name} {self.outcome}"


class BuildProgress(models.Model):
    """Up to which ledger lines one PBX's calls are built."""

    pbx = models.CharField(max_length=32, primary_key=True)
    queue_line = models.BigIntegerField(default=0)
    cel_line = models.BigIntegerField(default=0)
    failed = models.BigIntegerField(default=0, help_text="calls that could not be built")
    must_begin_again = models.BooleanField(
        default=False,
        db_default=False,
        help_text="names of an imported PBX mean something else than when its calls were built",
    )

    objects: ClassVar[models.Manager[BuildProgress]] = models.Manager()

    def __str__(self) -> str:
        return self.pbx
