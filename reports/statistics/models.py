"""Sums of visits by day and hour of the tenant's zone. Can be dropped and rebuilt; only services
write them.

A day of which a ChangedSpan tells is summed from its visits instead; PostgreSQL's own triggers
write these spans in the transaction that changes visits, so that no sum can be taken for true that
is not.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from callcenter.tenants.models import Tenant, TenantScoped
from callcenter.tenants.scope import tenant_of_new_row


class SumsRow(TenantScoped):
    # every index begins with the tenant
    tenant = models.ForeignKey(
        Tenant,
        on_delete=models.CASCADE,
        default=tenant_of_new_row,
        db_index=False,
        editable=False,
        related_name="+",
    )

    class Meta:
        abstract = True


class DaySums(SumsRow):
    """Answered visits of one day, by what they have in common; fields as in kpi.Visits."""

    day = models.DateField(help_text="in the tenant's zone")
    queue_name = models.CharField(max_length=150)
    group_id = models.BigIntegerField(null=True)
    service_level_mode = models.CharField(max_length=20)
    answered = models.IntegerField()
    answered_in_time = models.IntegerField()
    wait_answered = models.BigIntegerField()
    talk = models.BigIntegerField()
    wrap_up_ms = models.BigIntegerField()
    talk_unknown = models.IntegerField(default=0, db_default=0)
    longest = models.IntegerField(null=True)
    answered_waits = ArrayField(models.IntegerField(), help_text="by kpi.WAIT_EDGES")

    class Meta:
        abstract = True


class AgentDay(DaySums):
    agent_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tenant", "day"], name="agent_day")]

    def __str__(self) -> str:
        return f"{self.day} agent {self.agent_id} {self.queue_name}"


class QueueSums(DaySums):
    """And of those that were not answered."""

    abandoned = models.IntegerField()
    abandoned_in_time = models.IntegerField()
    overflowed = models.IntegerField()
    short_abandoned = models.IntegerField()
    closed = models.IntegerField()
    wait_all = models.BigIntegerField()
    timeout = models.IntegerField()
    full = models.IntegerField()
    no_agents = models.IntegerField()
    agents_left = models.IntegerField()
    key = models.IntegerField()
    other = models.IntegerField()
    restarted = models.IntegerField()
    unanswered_waits = ArrayField(models.IntegerField(), help_text="by kpi.WAIT_EDGES")

    class Meta:
        abstract = True


class QueueDay(QueueSums):
    class Meta:
        indexes = [models.Index(fields=["tenant", "day"], name="queue_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.queue_name}"


class QueueHour(QueueSums):
    hour = models.SmallIntegerField(help_text="0 to 23 on the clocks of the tenant's zone")

    class Meta:
        indexes = [models.Index(fields=["tenant", "day"], name="queue_hour")]

    def __str__(self) -> str:
        return f"{self.day} {self.hour:02}:00 {self.queue_name}"


class ChangedSpan(TenantScoped):
    """Visits that entered within [first_at, last_at] changed after their days were summed."""

    # written while a company and its history are being deleted, too
    tenant = models.ForeignKey(
        Tenant,
        on_delete=models.CASCADE,
        default=tenant_of_new_row,
        db_index=False,
        db_constraint=False,
        editable=False,
        related_name="+",
    )
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["tenant", "first_at", "last_at"], name="changed_span")]

    def __str__(self) -> str:
        return f"{self.first_at:%F %T} to {self.last_at:%F %T}"
