"""What each agent did when: one gapless row after the other, built from the ledger.

Everything here can be dropped and rebuilt; nothing but telephony/activity/services writes it.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from callcenter.agents.models import Agent
from callcenter.groups.models import AgentGroup
from telephony.calls.models import HistoryRow, historic


class AgentState(models.TextChoices):
    """The words of the live state (telephony/live/agents.py)."""

    LOGGED_OUT = "logged_out", _("Logged out")
    AVAILABLE = "available", _("Available")
    RINGING = "ringing", _("Ringing")
    IN_CALL = "in_call", _("In a call")
    WRAPPING_UP = "wrapping_up", _("Wrapping up")
    PAUSED = "paused", _("Paused")
    UNREACHABLE = "unreachable", _("Phone unreachable")


class AgentActivity(HistoryRow):
    """One stretch of one agent's time, over all groups. [since, until); open: until is null.

    An agent whom another PBX names and nobody here is: `member` alone. `group_ids` are the groups
    he was logged in to; `is_logged_in` also where a queue belongs to no group. In a call while
    logged out: he called or was called by his own number. `pauses` says where a group's view
    differs: {group id: reason} of groups in all of whose queues he was paused, though not in all
    queues, or for another reason. `call_group` is whose call it was, by queue or number shown.
    """

    pbx = models.CharField(max_length=32)
    agent = historic(Agent)
    member = models.CharField(max_length=150, blank=True, help_text="blank: the agent is known")
    state = models.CharField(max_length=12, choices=AgentState.choices)
    reason = models.CharField(max_length=80, blank=True, help_text="of a pause, its code")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    is_logged_in = models.BooleanField()
    group_ids = ArrayField(models.BigIntegerField(), default=list)
    pauses = models.JSONField(null=True)
    linkedid = models.CharField(max_length=150, blank=True, help_text="of the call, in this PBX")
    call_group = historic(AgentGroup)
    memory = models.JSONField(help_text="what to go on from: see timeline.Memory")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "agent", "member", "since", "pbx"],
                nulls_distinct=False,
                name="activity_once",
            ),
            models.UniqueConstraint(
                fields=["tenant", "agent", "member", "pbx"],
                condition=Q(until__isnull=True),
                nulls_distinct=False,
                name="activity_one_open",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gt=F("since")),
                name="activity_goes_forward",
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "linkedid"],
                condition=~Q(linkedid=""),
                name="activity_of_call",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent_id or self.member} {self.state} {self.since:%F %T}"


class ActivityProgress(models.Model):
    """Up to which ledger lines one PBX's activity is built; never beyond its calls."""

    pbx = models.CharField(max_length=32, primary_key=True)
    queue_line = models.BigIntegerField(default=0)
    cel_line = models.BigIntegerField(default=0)

    objects: ClassVar[models.Manager[ActivityProgress]] = models.Manager()

    def __str__(self) -> str:
        return self.pbx
