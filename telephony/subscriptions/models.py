"""Facts for other programs, in the order in which they were told, and who wants them sent."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from callcenter.agents.models import Device
from callcenter.groups.models import AgentGroup, Number
from callcenter.tenants.models import TenantScoped


class OutwardEvent(TenantScoped):
    """One fact. The primary key is the cursor: within a tenant it grows in the order of commits."""

    key = models.UUIDField(default=uuid.uuid4, help_text="so that a repeated write is one event")
    type = models.CharField(max_length=40)
    at = models.DateTimeField()
    call = models.CharField(max_length=150, blank=True, help_text="linkedid")
    data = models.JSONField(default=dict)
    group_ids = ArrayField(models.BigIntegerField(), default=list)
    agent_ids = ArrayField(models.BigIntegerField(), default=list)
    user_ids = ArrayField(models.BigIntegerField(), default=list)
    numbers = ArrayField(models.CharField(max_length=16), default=list)
    for_all = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="outward_event_once")]
        indexes = [models.Index(fields=["tenant", "id"], name="outward_event_cursor")]

    def __str__(self) -> str:
        return f"{self.pk} {self.type}"


class EventHorizon(TenantScoped):
    """Events up to here have been purged: an older cursor has missed some."""

    purged_through = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant"], name="event_horizon_once")]

    def __str__(self) -> str:
        return str(self.purged_through)


class About(models.TextChoices):
    TENANT = "tenant", _("The whole company")
    GROUP = "group", _("One group")
    NUMBER = "number", _("One number")
    PHONE = "phone", _("One phone")


class WebhookState(models.TextChoices):
    ACTIVE = "active", _("Active")
    PAUSED = "paused", _("Paused")
    FAILED = "failed", _("Paused after failures")
    STOPPED = "stopped", _("Stopped by the receiver")
    UNLINKED = "unlinked", _("Stopped: the number or group is gone")


class Webhook(TenantScoped):
    """Where facts are sent to. `secret` is sealed (callcenter/outbound/sealing.py).

    `cursor` is the last event that needs no more sending; everything else is a move of it.
    `turn` changes with each move by a person, so that a courier that was at work knows.
    """

    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    secret = models.TextField()
    about = models.CharField(max_length=8, choices=About.choices, default=About.TENANT)
    group = models.ForeignKey(AgentGroup, null=True, on_delete=models.SET_NULL, related_name="+")
    number = models.ForeignKey(Number, null=True, on_delete=models.SET_NULL, related_name="+")
    # as it was when it was linked: a number that goes to another group is another's
    number_group = models.BigIntegerField(null=True)
    e164 = models.CharField(max_length=16, blank=True)
    # a phone stands for the calls of whose it was when it was linked
    device = models.ForeignKey(Device, null=True, on_delete=models.SET_NULL, related_name="+")
    device_agent = models.BigIntegerField(null=True)
    types = ArrayField(models.CharField(max_length=40), default=list, help_text="empty: all")
    state = models.CharField(
        max_length=8, choices=WebhookState.choices, default=WebhookState.ACTIVE
    )
    words = models.CharField(max_length=300, blank=True, help_text="why it is not active")
    cursor = models.BigIntegerField(default=0)
    turn = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0, help_text="in vain, of the event next due")
    failing_since = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)
    test_asked_at = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=40, blank=True)
    lease_until = models.DateTimeField(null=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="webhook_name_once"),
            models.CheckConstraint(
                condition=Q(about=About.NUMBER) | Q(number__isnull=True), name="webhook_number"
            ),
            models.CheckConstraint(
                condition=Q(about=About.GROUP) | Q(group__isnull=True), name="webhook_group"
            ),
            models.CheckConstraint(
                condition=Q(about=About.PHONE) | Q(device__isnull=True), name="webhook_phone"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(TenantScoped):
    """One attempt. `event` 0 is a test. `status` None: nobody answered; `words` says why."""

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    event = models.BigIntegerField()
    type = models.CharField(max_length=40)
    attempt = models.PositiveIntegerField(default=1)
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField(default=0)
    is_delivered = models.BooleanField(default=False)
    words = models.CharField(max_length=300, blank=True)
    response = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["tenant", "webhook", "-id"], name="webhook_delivery_latest"),
            models.Index(fields=["tenant", "at"], name="webhook_delivery_at"),
        ]

    def __str__(self) -> str:
        return f"{self.webhook_id}: {self.event} {self.status}"
