"""Lost calls, and the promise to call back that those of one number become together.

`LostCall` can be dropped and built anew from the calls; nothing but telephony/callbacks/keeping
writes it. A `Callback` carries people's work too, so it stays, and is found again by its first call.
Calls are named by PBX and linkedid, because their keys change when they are rebuilt.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.models import User
from callcenter.agents.models import Agent
from callcenter.groups.models import AgentGroup
from callcenter.tenants.models import TenantScoped
from telephony.calls.models import HistoryRow, historic

DUE_MINUTES = 60


class CallbackState(models.TextChoices):
    OPEN = "open", _("To call back")
    REACHED = "reached", _("Called back")
    CALLED_IN = "called_in", _("Called again and was answered")
    GIVEN_UP = "given_up", _("Given up")
    BLOCKED = "blocked", _("Never to be called back")
    ANONYMOUS = "anonymous", _("Cannot be called back")


class Callback(TenantScoped):
    """One promise: a number's lost calls from one contact with it to the next.

    `key` as phonebook.numbers.kinds makes it, "" for a caller without a number, whose calls are
    never merged. `group` is the last one tried. A snooze holds until then, or until the caller
    calls in vain again. `given_up_seen_at` is the last lost call that was known when it was given
    up: what is lost later is a new promise.
    """

    pbx = models.CharField(max_length=32, help_text="of the first lost call")
    linkedid = models.CharField(max_length=150, db_collation="C")
    key = models.CharField(max_length=80, blank=True, db_collation="C")
    number = models.CharField(max_length=80, blank=True)
    name = models.CharField(max_length=120, blank=True, help_text="as the caller's network said")
    group = historic(AgentGroup)
    group_ids = ArrayField(models.BigIntegerField(), default=list)
    first_lost_at = models.DateTimeField()
    last_lost_at = models.DateTimeField()
    lost_count = models.PositiveIntegerField(default=1)
    longest_wait_seconds = models.FloatField(default=0)
    outcome = models.CharField(max_length=16, help_text="of the last lost call")
    reason = models.CharField(max_length=20, blank=True)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=9, choices=CallbackState.choices)
    closed_at = models.DateTimeField(null=True)
    closed_by = historic(Agent)
    closed_pbx = models.CharField(max_length=32, blank=True)
    closed_linkedid = models.CharField(max_length=150, blank=True)

    assigned_to = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    assigned_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    snoozed_at = models.DateTimeField(null=True)
    leased_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    leased_until = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    given_up_seen_at = models.DateTimeField(null=True)
    given_up_by = models.CharField(max_length=150, blank=True)
    given_up_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pbx", "linkedid"], name="callback_once"),
            models.CheckConstraint(
                condition=Q(state__in=("open", "anonymous"), closed_at__isnull=True)
                | Q(
                    state__in=("reached", "called_in", "given_up", "blocked"),
                    closed_at__isnull=False,
                ),
                name="callback_closed_at",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "last_lost_at", "id"], name="callback_list"),
            models.Index(fields=["tenant", "key", "first_lost_at"], name="callback_of_number"),
            models.Index(
                fields=["tenant", "due_at", "id"], condition=Q(state="open"), name="callback_due"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.state == CallbackState.OPEN

    @property
    def has_work(self) -> bool:
        """Somebody has done something about it that must not be lost."""
        return bool(self.assigned_to_id or self.snoozed_at or self.given_up_at or self.leased_by_id)


class LostCall(HistoryRow):
    """A call from outside that nobody answered. `called_back_at`: the first answered call to the
    number afterwards; `contacted_at`: that, or an answered call from it, whichever was earlier.
    `visit_callid` and `visit_stay` name its last stay in a queue, if it was in one.
    """

    pbx = models.CharField(max_length=32)
    linkedid = models.CharField(max_length=150, db_collation="C")
    callback = models.ForeignKey(
        Callback, null=True, on_delete=models.SET_NULL, related_name="lost_calls"
    )
    party_digits = models.CharField(max_length=32, blank=True, db_collation="C")
    group = historic(AgentGroup)
    began_at = models.DateTimeField()
    lost_at = models.DateTimeField()
    wait_seconds = models.FloatField(default=0)
    outcome = models.CharField(max_length=16)
    reason = models.CharField(max_length=20, blank=True)
    visit_callid = models.CharField(max_length=150, blank=True, db_collation="C")
    visit_stay = models.PositiveSmallIntegerField(default=0)
    called_back_at = models.DateTimeField(null=True)
    contacted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pbx", "linkedid"], name="lost_call_once"),
            models.CheckConstraint(
                condition=Q(called_back_at__isnull=True) | Q(called_back_at__gte=F("lost_at")),
                name="lost_call_back_later",
            ),
        ]
        indexes = [
            models.Index(fields=["tenant", "party_digits"], name="lost_call_of_number"),
            models.Index(fields=["tenant", "visit_callid", "visit_stay"], name="lost_call_visit"),
        ]

    def __str__(self) -> str:
        return f"{self.lost_at:%F %T} {self.party_digits}"


class CallTouch(HistoryRow):
    """A call changed, so what is known of its number must be looked at again.

    Written by triggers on the calls (migration 0014), whoever writes these; taken in order of id.
    """

    pbx = models.CharField(max_length=32)
    linkedid = models.CharField(max_length=150, db_collation="C")
    party_digits = models.CharField(max_length=32, blank=True, db_collation="C")

    class Meta:
        indexes = [models.Index(fields=["tenant", "id"], name="call_touch_next")]

    def __str__(self) -> str:
        return f"{self.party_digits} {self.linkedid}"


class CallbackRule(TenantScoped):
    """How soon callers are called back; of one group, or of the company where `group` is null."""

    group = models.ForeignKey(
        AgentGroup, null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    due_minutes = models.PositiveIntegerField(default=DUE_MINUTES)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "group"], name="callback_rule_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(due_minutes__range=(1, 10080)), name="callback_rule_within_week"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.due_minutes} min"


class NeverCallBack(TenantScoped):
    """A number whose lost calls promise nothing."""

    key = models.CharField(max_length=80, db_collation="C")
    number = models.CharField(max_length=80)
    reason = models.CharField(max_length=300, blank=True)
    by_name = models.CharField(max_length=150)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "key"], name="never_call_back_once")
        ]

    def __str__(self) -> str:
        return self.number
