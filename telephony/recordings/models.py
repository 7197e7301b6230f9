"""Recordings of calls: the sound itself lies in storage, everything about it here.

A row is made when a PBX's finished file is shipped, and goes when the sound does. Calls are
rebuilt from the ledger at will, so they are named by PBX and channel, without a foreign key.
"""

from __future__ import annotations

import secrets
import uuid
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from callcenter.groups.models import AgentGroup
from callcenter.tenants.models import Tenant, TenantScoped
from callcenter.tenants.scope import tenant_of_new_row
from telephony.calls.models import Direction


def new_secret() -> str:
    """Part of a storage key: 128 random bits, so that nobody can guess where a sound lies."""
    return secrets.token_hex(16)


class RecordingState(models.TextChoices):
    ARRIVING = "arriving", _("Being fetched from the phone system")
    ARRIVED = "arrived", _("Being converted")
    READY = "ready", _("Ready")
    BROKEN = "broken", _("Cannot be played")


class Problem(models.TextChoices):
    """What is wrong with a recording; blank: nothing."""

    NONE = "", ""
    MISSING = "missing", _("The file is missing")
    EMPTY = "empty", _("The file is empty")
    CUT = "cut", _("The recording is shorter than the talk")
    DAMAGED = "damaged", _("The file is damaged")


class Recording(TenantScoped):
    """The sound of one outside party's channel while it talked with us.

    Left is the outside party, right our side. `secret` names its objects in storage
    (telephony/recordings/keys.py). `peaks`: for each stretch one byte left, one right: the loudest
    sample's size, 0..255. `talk_seconds` is what the ledger says, `seconds` what can be heard.
    """

    tenant = models.ForeignKey(
        Tenant,
        on_delete=models.CASCADE,
        default=tenant_of_new_row,
        db_index=False,  # every index below begins with the tenant
        editable=False,
        related_name="+",
    )
    pbx = models.CharField(max_length=32)
    name = models.CharField(max_length=200, help_text="of the PBX's file, below its folder")
    uniqueid = models.CharField(max_length=150)
    linkedid = models.CharField(max_length=150, blank=True)
    secret = models.CharField(max_length=32, default=new_secret, unique=True, editable=False)
    state = models.CharField(
        max_length=10, choices=RecordingState.choices, default=RecordingState.ARRIVING
    )
    problem = models.CharField(max_length=10, choices=Problem.choices, blank=True)
    direction = models.CharField(max_length=8, choices=Direction.choices)
    group = models.ForeignKey(
        AgentGroup,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    agent_ids = ArrayField(models.BigIntegerField(), default=list)
    party_number = models.CharField(max_length=80, blank=True, help_text="the outside party's")
    party_digits = models.CharField(max_length=32, blank=True)
    party_backwards = models.GeneratedField(
        expression=Reverse("party_digits"),
        output_field=models.CharField(max_length=32, db_collation="C"),
        db_persist=True,
    )
    own_number = models.CharField(max_length=80, blank=True, help_text="ours: dialled, or shown")
    started_at = models.DateTimeField()
    seconds = models.FloatField(default=0)
    talk_seconds = models.FloatField(null=True)
    peaks = models.BinaryField(default=bytes)
    original_bytes = models.BigIntegerField(default=0)
    original_sha256 = models.CharField(max_length=64, blank=True)
    has_original = models.BooleanField(default=False, help_text="the uncompressed sound is kept")
    media_bytes = models.BigIntegerField(default=0)
    media_sha256 = models.CharField(max_length=64, blank=True)
    encrypted_with = models.CharField(max_length=32, blank=True, help_text="the key's id")
    arrived_at = models.DateTimeField(null=True)
    converting_until = models.DateTimeField(null=True, help_text="a worker has it until then")
    listened_until = models.DateTimeField(null=True, help_text="somebody listens until then")
    kept_until = models.DateTimeField(null=True)
    keep_reason = models.CharField(max_length=200, blank=True)
    kept_by = models.CharField(max_length=150, blank=True)
    going_at = models.DateTimeField(null=True, help_text="chosen to be deleted; seen by nobody")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pbx", "name"], name="recording_once")]
        indexes = [
            models.Index(
                fields=["tenant", "-started_at", "-id"],
                include=["group", "agent_ids", "seconds", "kept_until"],
                condition=Q(going_at__isnull=True),
                name="recording_list",
            ),
            models.Index(fields=["party_backwards", "tenant"], name="recording_party"),
            models.Index(fields=["tenant", "uniqueid"], name="recording_of_channel"),
            models.Index(
                fields=["tenant", "kept_until"],
                condition=Q(kept_until__isnull=False),
                name="recording_kept",
            ),
            models.Index(
                fields=["converting_until"],
                condition=Q(state__in=["arriving", "arrived"]) | Q(converting_until__isnull=False),
                name="recording_unfinished",
            ),
            models.Index(
                fields=["going_at"], condition=Q(going_at__isnull=False), name="recording_going"
            ),
        ]

    def __str__(self) -> str:
        """By the company's clock, as people know it: the audit log keeps this."""
        began = localtime(self.started_at, ZoneInfo(self.tenant.time_zone))
        return f"{began:%F %T} {self.party_number}".strip()


class RecordingNote(TenantScoped):
    """Something said about a moment of a recording."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="notes")
    at_seconds = models.FloatField()
    text = models.CharField(max_length=500)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    by_name = models.CharField(max_length=150)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["at_seconds", "pk"]

    def __str__(self) -> str:
        return self.text


class LegalHold(TenantScoped):
    """Nothing of this outside party is deleted, by anybody, until the hold is released."""

    party_digits = models.CharField(max_length=32)
    reason = models.CharField(max_length=200)
    by_name = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    released_at = models.DateTimeField(null=True)
    released_by_name = models.CharField(max_length=150, blank=True)
    case = models.ForeignKey(
        "telephony.PrivacyCase", null=True, on_delete=models.SET_NULL, related_name="holds"
    )

    class Meta:
        indexes = [
            models.Index(
                fields=["tenant", "party_digits"],
                condition=Q(released_at__isnull=True),
                name="hold_of_party",
            )
        ]

    def __str__(self) -> str:
        return self.party_digits


class ExportState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    RUNNING = "running", _("Being made")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")
    ERASED = "erased", _("Removed by an erasure")


class RecordingExport(TenantScoped):
    """A selection of recordings as one zip, made by a worker and gone after a while."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    secret = models.CharField(max_length=32, default=new_secret, unique=True, editable=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    requested_by_name = models.CharField(max_length=150)
    recording_ids = ArrayField(models.BigIntegerField())
    shows_numbers = models.BooleanField(default=False, help_text="in the names of its files")
    state = models.CharField(
        max_length=10, choices=ExportState.choices, default=ExportState.WAITING
    )
    done = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0, help_text="gone or not playable meanwhile")
    bytes = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    working_until = models.DateTimeField(null=True, help_text="a worker has it until then")
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["tenant", "-created_at"], name="recording_export_list"),
            models.Index(fields=["expires_at"], name="recording_export_end"),
        ]

    def __str__(self) -> str:
        return f"{len(self.recording_ids)}"


class RecordingWatch(models.Model):
    """Up to which ledger line one PBX's announcements of recordings are noticed."""

    pbx = models.CharField(max_length=32, primary_key=True)
    cel_line = models.BigIntegerField(default=0)

    objects: ClassVar[models.Manager[RecordingWatch]] = models.Manager()

    def __str__(self) -> str:
        return self.pbx
