"""How a company names its callers, and the directories of phones."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from callcenter.agents.models import Device
from callcenter.tenants.models import TenantScoped
from phonebook.naming.sources import TARGAD_KONED


def usual_order() -> list[str]:
    return list(TARGAD_KONED)


class NamingRules(TenantScoped):
    """One per company, made when it is first changed. The order is read by the PBX too
    (asterisk.route_name)."""

    sources = ArrayField(models.CharField(max_length=40), default=usual_order)
    deadline_ms = models.PositiveIntegerField(default=1000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant"], name="naming_rules_once")]

    def __str__(self) -> str:
        return ", ".join(self.sources)


class AnswerForm(models.TextChoices):
    TEXT = "text", _("The name as plain text")
    JSON = "json", "JSON"


class ExternalDirectory(TenantScoped):
    """Somebody else's directory, asked over HTTP for one number at a time.

    `url` has {number} (E.164) or {digits} in its path or query. `secret` is sealed and goes into
    the header `header`. `revision` counts the changes: what was cached before one is not used.
    """

    name = models.CharField(max_length=80)
    url = models.CharField(max_length=500)
    answer = models.CharField(max_length=4, choices=AnswerForm.choices, default=AnswerForm.JSON)
    path = models.CharField(max_length=200, blank=True, help_text="as contacts.0.name")
    header = models.CharField(max_length=60, blank=True)
    secret = models.TextField(blank=True)
    timeout_ms = models.PositiveIntegerField(default=3000)
    keep_minutes = models.PositiveIntegerField(default=1440)
    per_minute = models.PositiveIntegerField(default=120)
    is_active = models.BooleanField(default=True)
    revision = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="external_directory_once")
        ]

    def __str__(self) -> str:
        return self.name


class AskedOutcome(models.TextChoices):
    FOUND = "found", _("Found")
    NOTHING = "nothing", _("Nobody has it")
    FAILED = "failed", _("Failed")
    RESTING = "resting", _("Not asked: it failed too often")
    LIMITED = "limited", _("Not asked: too many questions a minute")


class DirectoryQuestion(TenantScoped):
    """The log of questions to others; kept for a week. Answers from the cache are no questions."""

    directory = models.ForeignKey(
        ExternalDirectory, on_delete=models.CASCADE, related_name="questions"
    )
    at = models.DateTimeField()
    key = models.CharField(max_length=80)
    outcome = models.CharField(max_length=8, choices=AskedOutcome.choices)
    name = models.CharField(max_length=120, blank=True)
    words = models.CharField(max_length=300, blank=True)
    milliseconds = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(
                fields=["tenant", "directory", "-at", "-id"], name="directory_question_log"
            ),
            models.Index(fields=["tenant", "at"], name="directory_question_age"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.outcome}"


class PhoneDirectory(TenantScoped):
    """The address at which one phone reads the phonebook; only a hash of its token is kept."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the token")
    made_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "device"], name="phone_directory_once")
        ]

    def __str__(self) -> str:
        return str(self.device)
