"""Orders of reports, what was made of them, and to whom it went."""

from __future__ import annotations

import uuid
from datetime import time

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from callcenter.tenants.models import TenantScoped
from reports.schedules.catalogue import own_titles, title_of


class RepeatsChoice(models.TextChoices):
    ONCE = "once", _("Once")
    DAILY = "daily", _("Every day")
    WEEKLY = "weekly", _("Every week")
    MONTHLY = "monthly", _("Every month")


class Ordered(TenantScoped):
    """What a report is about. `kind` is a key of the catalogue; no groups or agents: all of them;
    no name: the report's own title, in each reader's language.
    """

    kind = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    group_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    agent_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    shows_numbers = models.BooleanField(
        default=False, help_text="callers' numbers whole: who ordered it may see them"
    )
    attaches_xlsx = models.BooleanField(default=True)
    attaches_pdf = models.BooleanField(default=False)

    class Meta:
        abstract = True

    @property
    def given_name(self) -> str:
        """ "" where nobody gave one. Orders of before keep the title of whoever ordered instead."""
        return "" if self.name in own_titles(self.kind) else self.name

    @property
    def title(self) -> str:
        """In the active language."""
        return self.given_name or title_of(self.kind)


class ReportSchedule(Ordered):
    """An order, one-off or regular. `next_run_at` is the due-table: null when nothing is due."""

    repeats = models.CharField(max_length=8, choices=RepeatsChoice.choices)
    at = models.TimeField(default=time(8), help_text="in the tenant's zone")
    weekdays = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    month_day = models.PositiveSmallIntegerField(default=1)
    on_day = models.DateField(null=True, blank=True)
    first_day = models.DateField(null=True, blank=True, help_text="of a one-off; else the span")
    last_day = models.DateField(null=True, blank=True)
    user_ids = ArrayField(models.BigIntegerField(), default=list, blank=True)
    addresses = models.JSONField(default=list, blank=True, help_text="[[address, language], ...]")
    next_run_at = models.DateTimeField(null=True, blank=True)
    is_paused = models.BooleanField(default=False)
    deleted_at = models.DateTimeField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]
        indexes = [
            models.Index(
                fields=["next_run_at"],
                condition=Q(next_run_at__isnull=False, is_paused=False, deleted_at__isnull=True),
                name="schedule_due",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Purpose(models.TextChoices):
    ORDERED = "ordered", _("As ordered")
    TEST = "test", _("Test")
    PREVIEW = "preview", _("Preview")


class RunState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    MADE = "made", _("Made")
    FAILED = "failed", _("Could not be made")
    SKIPPED = "skipped", _("Left out")


class ReportRun(Ordered):
    """One report for one period, both fixed when it fell due. A claim holds until `claimed_until`."""

    schedule = models.ForeignKey(
        ReportSchedule, null=True, on_delete=models.CASCADE, related_name="runs"
    )
    purpose = models.CharField(max_length=8, choices=Purpose.choices, default=Purpose.ORDERED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    due_at = models.DateTimeField()
    since = models.DateTimeField()
    until = models.DateTimeField()
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField(null=True)
    words = models.CharField(max_length=500, blank=True, help_text="why it was not made")
    left_out = models.PositiveIntegerField(
        default=0, help_text="due times of a long outage that this row stands for"
    )

    class Meta:
        ordering = ["-due_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "due_at"],
                condition=Q(purpose="ordered"),
                name="report_run_once",
            )
        ]
        indexes = [
            models.Index(fields=["tenant", "schedule", "-due_at"], name="report_run_history"),
            models.Index(
                fields=["tenant", "due_at"], condition=Q(state="waiting"), name="report_run_waiting"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.due_at:%F %H:%M}"


class ReportEdition(TenantScoped):
    """A run in one language: what is mailed, shown and downloaded, made once and never again."""

    run = models.ForeignKey(ReportRun, on_delete=models.CASCADE, related_name="editions")
    language = models.CharField(max_length=8)
    title = models.CharField(max_length=250)
    document = models.JSONField()
    html = models.TextField()
    text = models.TextField()
    chart = models.BinaryField(null=True)
    xlsx = models.BinaryField()
    pdf = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "language"], name="report_edition_once")
        ]

    def __str__(self) -> str:
        return self.title


class DeliveryState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    REFUSED = "refused", _("Refused")
    BOUNCED = "bounced", _("Came back")
    GIVEN_UP = "given_up", _("Given up")


class Reason(models.TextChoices):
    """What we say of a delivery ourselves, beside the words of a mail server."""

    KEPT = "kept", _("No mail server is set: kept as a file.")
    SILENT = "silent", _("The mail server did not answer in time.")
    LEFT = "left", _("This person may not enter the company any more.")
    DIED = "died", _("Sending stopped half way again and again.")


class ReportDelivery(TenantScoped):
    """One run to one address. `token` is in the Message-ID and in the address for bounces."""

    run = models.ForeignKey(ReportRun, on_delete=models.CASCADE, related_name="deliveries")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    address = models.CharField(max_length=254)
    language = models.CharField(max_length=8)
    token = models.UUIDField(unique=True, default=uuid.uuid4)
    state = models.CharField(
        max_length=8, choices=DeliveryState.choices, default=DeliveryState.QUEUED
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    claimed_until = models.DateTimeField(null=True)
    reason = models.CharField(max_length=8, choices=Reason.choices, blank=True)
    words = models.CharField(max_length=500, blank=True, help_text="the mail server's, as it is")
    sent_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "address"], name="report_delivery_once")
        ]
        indexes = [
            models.Index(
                fields=["tenant", "next_try_at"],
                condition=Q(state__in=["queued", "sending"]),
                name="report_delivery_open",
            ),
            models.Index(fields=["tenant", "address"], name="report_delivery_address"),
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.state}"
