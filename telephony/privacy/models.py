"""One person's data: cases, holds' cases, what was erased, and copies made for the person.

The services are callcenter/privacy's, which may look into every room.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from callcenter.tenants.models import TenantScoped
from telephony.recordings.models import ExportState, new_secret


class CaseState(models.TextChoices):
    OPEN = "open", _("Open")
    ERASING = "erasing", _("Being erased")
    STOPPED = "stopped", _("Stopped by a legal hold")
    ERASED = "erased", _("Erased")


class NotesChoice(models.TextChoices):
    REDACT = "redact", _("Empty them: who wrote when remains")
    DELETE = "delete", _("Delete them; of time entries only the words go")


class ContactsChoice(models.TextChoices):
    DELETE = "delete", _("Delete the contacts for good")
    KEEP = "keep", _("Keep the contacts as they are")


class PrivacyCase(TenantScoped):
    """Somebody who asked what is known of them. `numbers`: as calls have them (E.164, where it is
    one); emptied when all is erased.

    `step` and `cursor` say how far an erasure is: they move in the transaction that does the work.
    `done`: code -> how many; `left`: codes of what could not be erased (privacy/wording.py).
    """

    reference = models.CharField(max_length=60)
    numbers = models.JSONField(default=list)
    number_count = models.PositiveSmallIntegerField()
    opened_by_name = models.CharField(max_length=150)
    opened_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=CaseState.choices, default=CaseState.OPEN)
    on_notes = models.CharField(
        max_length=8, choices=NotesChoice.choices, default=NotesChoice.REDACT
    )
    on_contacts = models.CharField(
        max_length=8, choices=ContactsChoice.choices, default=ContactsChoice.DELETE
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_by_name = models.CharField(max_length=150, blank=True)
    asked_at = models.DateTimeField(null=True, help_text="what came later is new data")
    erased_at = models.DateTimeField(null=True)
    step = models.PositiveSmallIntegerField(default=0)
    cursor = models.JSONField(default=dict)
    done = models.JSONField(default=dict)
    left = models.JSONField(default=list)
    worker = models.UUIDField(null=True)
    working_until = models.DateTimeField(null=True, help_text="a worker has it until then")

    class Meta:
        ordering = ["-opened_at", "-pk"]
        indexes = [
            models.Index(fields=["tenant", "-opened_at", "-id"], name="privacy_case_list"),
            models.Index(
                fields=["working_until"], condition=Q(state="erasing"), name="privacy_case_busy"
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class ErasedNumber(TenantScoped):
    """What an erased number is called now. `digest` is keyed with a secret that is not in the
    database: lines that come late are recognised by it, nobody can read the number from it."""

    case = models.ForeignKey(PrivacyCase, on_delete=models.CASCADE, related_name="erased")
    digest = models.CharField(max_length=64)
    pseudonym = models.CharField(max_length=20)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "case", "digest"], name="erased_once"),
            models.UniqueConstraint(fields=["tenant", "pseudonym"], name="pseudonym_once"),
        ]

    def __str__(self) -> str:
        return self.pseudonym


class ErasedFile(TenantScoped):
    """A recording that was erased while its file may still lie on the PBX's disk."""

    pbx = models.CharField(max_length=32)
    name = models.CharField(max_length=200)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["pbx", "name"], name="erased_file_once")]

    def __str__(self) -> str:
        return self.name


class LateWatch(TenantScoped):
    """Up to which ledger lines a company's were looked through for numbers erased before."""

    queue_line = models.BigIntegerField()
    cel_line = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant"], name="late_watch_once")]

    def __str__(self) -> str:
        return f"{self.queue_line}, {self.cel_line}"


class PrivacyExport(TenantScoped):
    """Everything that a case finds, as one zip; gone after a while."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(PrivacyCase, on_delete=models.CASCADE, related_name="exports")
    secret = models.CharField(max_length=32, default=new_secret, unique=True, editable=False)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    requested_by_name = models.CharField(max_length=150)
    state = models.CharField(
        max_length=10, choices=ExportState.choices, default=ExportState.WAITING
    )
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0, help_text="recordings without a sound")
    bytes = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    worker = models.UUIDField(null=True)
    working_until = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["tenant", "case", "-created_at"], name="privacy_export_list"),
            models.Index(fields=["expires_at"], name="privacy_export_end"),
        ]

    def __str__(self) -> str:
        return str(self.case_id)
