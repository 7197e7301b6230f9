"""The business groups: who answers which numbers, with what clips, from which queue."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.models import User
from callcenter.agents.models import Agent
from callcenter.calendars.models import OpeningCalendar
from callcenter.tenants.models import TenantScoped

SLUG_RULE = r"^[a-z0-9](-?[a-z0-9])*$"


class Clip(TenantScoped):
    """What callers hear. Kept here as 8 kHz mono 16-bit WAV; each PBX gets a copy on its disk."""

    description = models.CharField(max_length=120)
    audio = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    seconds = models.FloatField()
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    is_public = models.BooleanField(default=True, help_text="others in the tenant may use it")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["description"]

    def __str__(self) -> str:
        return self.description


class ServiceLevelMode(models.TextChoices):
    """What the service level counts; the formulas stand in reports/statistics/kpi.py."""

    HANDLED = "handled", _("of answered calls only")
    ABANDONS_IGNORED = "abandons_ignored", _("early abandons left out")
    ABANDONS_POSITIVE = "abandons_positive", _("early abandons count as good")
    ABANDONS_NEGATIVE = "abandons_negative", _("abandons count as bad")


class AgentGroup(TenantScoped):
    """A business group: members, numbers, calendar, clips, targets."""

    slug = models.CharField(max_length=30)
    name = models.CharField(max_length=80)
    calendar = models.ForeignKey(
        OpeningCalendar, null=True, blank=True, on_delete=models.PROTECT, related_name="groups"
    )
    greeting = models.ForeignKey(
        Clip, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_clip = models.ForeignKey(
        Clip, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    caller_id = models.CharField(max_length=20, blank=True, help_text="E.164, one of the group's")
    wrap_up_seconds = models.PositiveSmallIntegerField(default=0)
    answer_within_seconds = models.PositiveSmallIntegerField(default=20)
    service_level_target = models.PositiveSmallIntegerField(default=80, help_text="per cent")
    service_level_mode = models.CharField(
        max_length=20, choices=ServiceLevelMode.choices, default=ServiceLevelMode.ABANDONS_NEGATIVE
    )
    short_abandon_seconds = models.PositiveSmallIntegerField(default=5)
    is_recorded = models.BooleanField(default=True)
    consent_clip = models.ForeignKey(
        Clip, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "slug"], name="group_slug_once"),
            models.UniqueConstraint(fields=["tenant", "name"], name="group_name_once"),
            models.CheckConstraint(condition=Q(slug__regex=SLUG_RULE), name="group_slug_plain"),
            models.CheckConstraint(
                condition=Q(service_level_target__range=(1, 100)), name="group_target_per_cent"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class GroupMember(TenantScoped):
    """An agent's place in a group. `logged_in` is what Helin last had the PBX carry out."""

    group = models.ForeignKey(AgentGroup, on_delete=models.CASCADE, related_name="members")
    agent = models.ForeignKey(Agent, on_delete=models.CASCADE, related_name="memberships")
    penalty = models.PositiveSmallIntegerField(default=0)
    logged_in = models.BooleanField(default=False)
    logged_in_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["penalty", "agent__name"]
        constraints = [
            models.UniqueConstraint(fields=["group", "agent"], name="group_member_once"),
            models.CheckConstraint(condition=Q(penalty__lte=99), name="penalty_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.agent} in {self.group}"


class Strategy(models.TextChoices):
    LEAST_RECENT = "leastrecent", _("longest free first")
    FEWEST_CALLS = "fewestcalls", _("fewest calls first")
    ROUND_ROBIN = "rrmemory", _("in turn")
    RANDOM = "random", _("at random")
    LINEAR = "linear", _("in fixed order")
    RING_ALL = "ringall", _("all at once")


class Overflow(models.TextChoices):
    """What becomes of a caller whom the queue does not keep."""

    HANG_UP = "hang_up", _("Hang up")
    CLIP = "clip", _("Play the clip, then hang up")
    QUEUE = "queue", _("Go to another queue")


class Queue(TenantScoped):
    """The waiting line of a group in the PBX: `<tenant slug>-<queue slug>`; the slug never changes."""

    group = models.ForeignKey(AgentGroup, on_delete=models.CASCADE, related_name="queues")
    slug = models.CharField(max_length=30)
    name = models.CharField(max_length=80)
    strategy = models.CharField(
        max_length=12, choices=Strategy.choices, default=Strategy.LEAST_RECENT
    )
    ring_seconds = models.PositiveSmallIntegerField(default=15)
    retry_seconds = models.PositiveSmallIntegerField(default=1)
    max_wait_seconds = models.PositiveSmallIntegerField(default=600)
    max_length = models.PositiveSmallIntegerField(default=0, help_text="0: no limit")
    takes_calls_without_agents = models.BooleanField(default=True)
    announces_position = models.BooleanField(default=False)
    overflow_on_timeout = models.CharField(
        max_length=10, choices=Overflow.choices, default=Overflow.HANG_UP
    )
    overflow_on_full = models.CharField(
        max_length=10, choices=Overflow.choices, default=Overflow.HANG_UP
    )
    overflow_on_no_agents = models.CharField(
        max_length=10, choices=Overflow.choices, default=Overflow.HANG_UP
    )
    exit_key = models.CharField(
        max_length=1,
        blank=True,
        choices=[(digit, digit) for digit in "0123456789"],
        help_text="pressed while waiting, it leads out of the queue; blank: none does",
    )
    overflow_on_key = models.CharField(
        max_length=10, choices=Overflow.choices, default=Overflow.HANG_UP
    )
    overflow_clip = models.ForeignKey(
        Clip, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    overflow_queue = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "slug"], name="queue_slug_once"),
            models.CheckConstraint(condition=Q(slug__regex=SLUG_RULE), name="queue_slug_plain"),
            models.CheckConstraint(
                condition=Q(ring_seconds__range=(3, 120)) & Q(retry_seconds__range=(0, 60)),
                name="queue_times_make_sense",
            ),
            models.CheckConstraint(condition=Q(exit_key__regex="^[0-9]?$"), name="exit_key_digit"),
        ]

    def __str__(self) -> str:
        return self.name


class Number(TenantScoped):
    """A dialled number (DID): E.164, on the whole platform the property of one tenant."""

    e164 = models.CharField(max_length=16, unique=True)
    label = models.CharField(max_length=80, blank=True)
    queue = models.ForeignKey(Queue, on_delete=models.PROTECT, related_name="numbers")

    class Meta:
        ordering = ["e164"]
        constraints = [
            models.CheckConstraint(condition=Q(e164__regex=r"^\+[1-9][0-9]{3,14}$"), name="e164"),
        ]

    def __str__(self) -> str:
        return self.e164
