"""Calls that were begun by a click, what a person chose for them, and keys of web pages."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from callcenter.accounts.models import ApiKey, Membership
from callcenter.agents.models import Agent, Device
from callcenter.tenants.models import TenantScoped
from telephony.commands.models import PbxCommand

CLICKED = "c2c-"  # how the linkedid of a call begins that was begun by a click


class PlacedCall(TenantScoped):
    """A call begun by a click. `call_id` is the uniqueid of the own leg, and so the linkedid.

    `number` is empty for an echo test; `shows` is the number that the far end sees, empty for the
    company's usual one.
    """

    command = models.OneToOneField(PbxCommand, on_delete=models.CASCADE, related_name="placed")
    call_id = models.CharField(max_length=150, unique=True, db_collation="C")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="+")
    number = models.CharField(max_length=80, blank=True)
    shows = models.CharField(max_length=20, blank=True)
    is_hidden = models.BooleanField(default=False)
    is_private = models.BooleanField(default=False)
    about = models.CharField(max_length=60, blank=True, help_text="as contact:12; of whoever asked")
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    requested_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "agent", "-requested_at"], name="placed_of_agent"),
        ]

    def __str__(self) -> str:
        return f"{self.agent} -> {self.number}"


class DialChoice(TenantScoped):
    """How an agent's next calls are made, remembered: phone, number shown or none."""

    agent = models.OneToOneField(Agent, on_delete=models.CASCADE, related_name="dial_choice")
    device = models.ForeignKey(
        Device, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    shows = models.CharField(max_length=20, blank=True)
    is_hidden = models.BooleanField(default=False)

    def __str__(self) -> str:
        return str(self.agent)


class BrowserKey(TenantScoped):
    """What a web page or the browser extension calls with: one person's, only for calling, only
    from `origins`. Pages show it to whoever reads them, so it opens nothing else, but with
    `shows_callers` who rings the person's phone.
    """

    membership = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    origins = ArrayField(models.CharField(max_length=200), default=list)
    shows_callers = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["tenant", "membership"], name="browser_key_of_person")]

    def __str__(self) -> str:
        return self.name


class OnceAnswer(TenantScoped):
    """What was answered to a request with an Idempotency-Key, to be answered again for a day."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    once = models.CharField(max_length=200)
    asked = models.CharField(max_length=64, help_text="SHA-256 of method, path and body")
    status = models.PositiveSmallIntegerField(null=True, help_text="null: still at work")
    answer = models.JSONField(default=dict)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "api_key", "once"], name="once_answer_once")
        ]
        indexes = [models.Index(fields=["made_at"], name="once_answer_age")]

    def __str__(self) -> str:
        return self.once
