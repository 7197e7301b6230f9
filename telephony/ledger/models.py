"""What a PBX wrote to its own files, line by line, and how far each file has been read."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from callcenter.tenants.models import Tenant, TenantManager, TenantScoped


class Source(models.TextChoices):
    QUEUE_LOG = "queue_log"
    CEL = "cel"


class LedgerFile(models.Model):
    """One file's content, wherever rotation moves it, and the offset up to which it is kept.

    A file is known by the digests of its first bytes, by length, because rotation changes its name
    and copying its inode.
    """

    pbx = models.CharField(max_length=32)
    source = models.CharField(max_length=10, choices=Source.choices)
    name = models.CharField(max_length=255)
    inode = models.BigIntegerField()
    digests = models.JSONField(default=dict)
    offset = models.BigIntegerField(default=0)
    lines = models.BigIntegerField(default=0)
    unreadable = models.BigIntegerField(default=0)
    last_line_at = models.DateTimeField(null=True, help_text="as the PBX's clock said")
    read_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager[LedgerFile]] = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["pbx", "source"])]

    def __str__(self) -> str:
        return f"{self.pbx} {self.name} at {self.offset}"


class LedgerLine(models.Model):
    """A line as it was read. Lines that tell of no tenant are seen in a system scope only."""

    # no foreign key and no index: history outlives what it tells of, and is written in bulk
    tenant = models.ForeignKey(
        Tenant,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        editable=False,
        related_name="+",
    )
    pbx = models.CharField(max_length=32)
    file = models.ForeignKey(LedgerFile, on_delete=models.PROTECT, db_index=False, related_name="+")
    byte_offset = models.BigIntegerField()

    objects = TenantManager()

    class Meta:
        abstract = True


class QueueLogLine(LedgerLine):
    at = models.DateTimeField()
    callid = models.TextField()
    queue = models.TextField()
    agent = models.TextField()
    event = models.TextField()
    data1 = models.TextField()
    data2 = models.TextField()
    data3 = models.TextField()
    data4 = models.TextField()
    data5 = models.TextField()

    class Meta:
        indexes = [
            models.Index(fields=["callid", "id"], name="queue_log_of_call"),
            models.Index(
                fields=["pbx", "id"],
                condition=models.Q(event="QUEUESTART"),
                name="queue_log_restarts",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["file", "byte_offset"], name="queue_log_line_once")
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.callid} {self.event}"


class CelLine(LedgerLine):
    at = models.DateTimeField()
    event = models.TextField()
    linkedid = models.TextField()
    uniqueid = models.TextField()
    channel = models.TextField()
    name = models.TextField()
    number = models.TextField()
    ani = models.TextField()
    rdnis = models.TextField()
    dnid = models.TextField()
    exten = models.TextField()
    context = models.TextField()
    application = models.TextField()
    application_data = models.TextField()
    account = models.TextField()
    tenant_name = models.TextField()
    peer = models.TextField()
    user_event = models.TextField()
    user_field = models.TextField()
    extra = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["linkedid", "id"], name="cel_of_call")]
        constraints = [
            models.UniqueConstraint(fields=["file", "byte_offset"], name="cel_line_once")
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.linkedid} {self.event} {self.channel}"


class UnreadableLine(LedgerLine):
    """A line that could not be understood: kept, counted, never dropped in silence."""

    content = models.BinaryField(help_text="at most its first 64 KiB")
    length = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    read_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["pbx", "id"])]
        constraints = [
            models.UniqueConstraint(fields=["file", "byte_offset"], name="unreadable_line_once")
        ]

    def __str__(self) -> str:
        return f"{self.pbx} {self.byte_offset}: {self.reason}"


class CompanyFact(TenantScoped):
    """What the company's data said from an instant on, so that history can be rebuilt as it was.

    `kind` queue: {queue_id, group_id, short_abandon_seconds, answer_within_seconds,
    service_level_mode} by PBX name; phone: {agent_id} by extension; number: {queue_id, group_id}
    by the digits of the number. Empty facts: it was there no longer.
    """

    kind = models.CharField(max_length=8)
    name = models.CharField(max_length=80)
    since = models.DateTimeField()
    facts = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "kind", "name", "since"], name="company_fact_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name} since {self.since:%F %T}"
