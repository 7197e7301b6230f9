"""What people write down about callers: notes, POST-ITs for a colleague, activities, time worked.

A call is named by its PBX and linkedid, not by a key: calls can be rebuilt from the ledger.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.models import User
from callcenter.tenants.models import TenantScoped
from phonebook.contacts.models import Contact


class About(TenantScoped):
    """What was written, by whom, about whom. `key` as phonebook.numbers.kinds.identify makes it."""

    text = models.TextField(max_length=4000, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=150)
    key = models.CharField(max_length=80, blank=True, db_collation="C")
    contact = models.ForeignKey(Contact, null=True, on_delete=models.SET_NULL, related_name="+")
    call_pbx = models.CharField(max_length=32, blank=True)
    call_linkedid = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.text[:80]


class Note(About):
    """With `to` it is a POST-IT, which only its two people see while it is private."""

    is_private = models.BooleanField(default=False)
    to = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    to_name = models.CharField(max_length=150, blank=True)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="note_list"),
            models.Index(
                fields=["tenant", "key", "-created_at"], condition=~Q(key=""), name="note_of_number"
            ),
            models.Index(
                fields=["tenant", "contact", "-created_at"],
                condition=Q(contact__isnull=False),
                name="note_of_contact",
            ),
            models.Index(
                fields=["tenant", "call_linkedid"],
                condition=~Q(call_linkedid=""),
                name="note_of_call",
            ),
            models.Index(
                fields=["tenant", "to"],
                condition=Q(to__isnull=False, seen_at__isnull=True),
                name="note_unread",
            ),
        ]


class Project(TenantScoped):
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="project_name_once")]

    def __str__(self) -> str:
        return self.name


class TaskType(TenantScoped):
    """What time was spent on. One may be what calls are booked on unless somebody says otherwise."""

    name = models.CharField(max_length=120)
    is_for_calls = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="task_type_name_once"),
            models.UniqueConstraint(
                fields=["tenant"], condition=Q(is_for_calls=True), name="task_type_for_calls_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class WorkKind(models.TextChoices):
    ACTIVITY = "activity", _("Activity")
    TIME = "time", _("Time entry")


class Work(About):
    """An activity (what was done, at `began_at`) or a time entry (from `began_at` to `ended_at`)."""

    kind = models.CharField(max_length=8, choices=WorkKind.choices)
    subject = models.CharField(max_length=200, blank=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    project = models.ForeignKey(Project, null=True, on_delete=models.PROTECT, related_name="+")
    task_type = models.ForeignKey(TaskType, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        indexes = [
            models.Index(fields=["tenant", "-began_at", "-id"], name="work_list"),
            models.Index(fields=["tenant", "by", "-began_at", "-id"], name="work_of_person"),
            models.Index(
                fields=["tenant", "call_linkedid"],
                condition=~Q(call_linkedid=""),
                name="work_of_call",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="activity", ended_at__isnull=True)
                | Q(kind="time", ended_at__gt=F("began_at")),
                name="work_time_is_positive",
            )
        ]

    def __str__(self) -> str:
        return self.subject or self.text[:80]

    @property
    def seconds(self) -> float | None:
        """How long it took; None for an activity."""
        return (self.ended_at - self.began_at).total_seconds() if self.ended_at else None
