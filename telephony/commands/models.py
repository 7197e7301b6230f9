"""Orders to the PBX, each with what became of it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from callcenter.agents.models import Agent
from callcenter.groups.models import AgentGroup
from callcenter.tenants.models import TenantScoped


class CommandStatus(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Sent")
    DONE = "done", _("Done")
    REFUSED = "refused", _("Refused")
    UNREACHABLE = "unreachable", _("Phone system not reached")
    UNKNOWN = "unknown", _("Sent, answer lost")
    EXPIRED = "expired", _("Too late, not carried out")


class PbxCommand(TenantScoped):
    """One order: written with its audit entry, run at most once, never after its deadline.

    `order` is the JSON of a `telephony.pbx.orders` dataclass list; `effect` says what Helin's own
    rows become when it is done (for example the memberships that are then logged in).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    pbx = models.CharField(max_length=32)
    orders = models.JSONField()
    effect = models.JSONField(default=dict)
    status = models.CharField(
        max_length=12, choices=CommandStatus.choices, default=CommandStatus.QUEUED
    )
    words = models.TextField(blank=True, help_text="why not, fit for the user")
    agent = models.ForeignKey(Agent, null=True, on_delete=models.SET_NULL, related_name="+")
    group = models.ForeignKey(AgentGroup, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    requested_at = models.DateTimeField()
    deadline_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-requested_at"]
        indexes = [
            models.Index(fields=["tenant", "-requested_at"]),
            models.Index(
                fields=["deadline_at"],
                condition=models.Q(status__in=["queued", "running"]),
                name="command_unfinished",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.status}"
