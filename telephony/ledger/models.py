"""What a PBX wrote to its own files, line by line, and how far each file has been read."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from callcenter.tenants.models import Tenant, TenantManager, TenantScoped

# lines that tell of a member's presence: telephony/activity/timeline.py
MEMBER_EVENTS = (
    "ADDMEMBER", "AGENTCALLBACKLOGIN", "AGENTCALLBACKLOGOFF", "AGENTLOGIN", "AGENTLOGOFF",
    "CONNECT", "HELIN_REACHABLE", "HELIN_UNREACHABLE", "PAUSE", "PAUSEALL", "REMOVEMEMBER",
    "RINGCANCELED", "RINGNOANSWER", "UNPAUSE", "UNPAUSEALL",
)  # fmt: skip
# what most other lines with an agent are
NO_MEMBER_EVENTS = ("COMPLETECALLER", "COMPLETEAGENT")


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
    unknown = models.JSONField(default=dict, help_text="lines by events that Helin does not know")
    is_ended = models.BooleanField(default=False, help_text="rotated away and read to its end")
    bookmark = models.JSONField(default=dict, help_text="what an import must know to go on")
    last_line_at = models.DateTimeField(null=True, help_text="as the PBX's clock said")
    read_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[models.Manager[LedgerFile]] = models.Manager()

    class Meta:
        indexes = [models.Index(fields=["pbx", "source"])]

    def __str__(self) -> str:
        return f"{self.pbx} {self.name} at {self.offset}"


class LedgerLine(models.Model):
    """A line as it was read. Lines that tell of no tenant are seen in a system scope only.

    Imported lines have an `identity`, made of what they say, and a `place` in time that orders them,
    because another PBX's files come in any order and overlap; those of our own PBXes have neither.
    """

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


class TimedLine(LedgerLine):
    # a constraint would be looked at line by line
    file = models.ForeignKey(
        LedgerFile,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    identity = models.BigIntegerField(null=True)
    place = models.BigIntegerField(null=True)

    class Meta:
        abstract = True


class QueueLogLine(TimedLine):
    at = models.DateTimeField()
    callid = models.TextField(db_collation="C")
    queue = models.TextField(db_collation="C")
    agent = models.TextField(db_collation="C")
    event = models.TextField(db_collation="C")
    data1 = models.TextField()
    data2 = models.TextField()
    data3 = models.TextField()
    data4 = models.TextField()
    data5 = models.TextField()

    class Meta:
        indexes = [
            models.Index(
                fields=["pbx", "id"],
                condition=models.Q(event="QUEUESTART"),
                name="queue_log_restarts",
            ),
            # what agents' time is built from (MEMBER_EVENTS), and some more: all conditions are
            # compared for each line that is written. They stand in activity/facts.py too
            models.Index(
                fields=["pbx", "tenant", "agent", "at"],
                condition=~models.Q(agent="NONE") & ~models.Q(event__in=NO_MEMBER_EVENTS),
                name="queue_log_of_member",
            ),
            # how few there are, and whose: telephony/calls/moved_stays.py
            models.Index(
                fields=["pbx", "agent", "at"],
                condition=models.Q(event="ATTENDEDTRANSFER", data1="APP"),
                name="queue_log_moved",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["file", "byte_offset"],
                condition=models.Q(identity__isnull=True),
                name="queue_log_line_once",
            ),
            # also how a call's lines are found
            models.UniqueConstraint(
                fields=["callid", "identity"], name="imported_queue_log_line_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%F %T} {self.callid} {self.event}"


class CelLine(TimedLine):
    at = models.DateTimeField()
    event = models.TextField(db_collation="C")
    linkedid = models.TextField(db_collation="C")
    uniqueid = models.TextField(db_collation="C")
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
        constraints = [
            models.UniqueConstraint(
                fields=["file", "byte_offset"],
                condition=models.Q(identity__isnull=True),
                name="cel_line_once",
            ),
            models.UniqueConstraint(fields=["linkedid", "identity"], name="imported_cel_line_once"),
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
    by the digits of the number. Empty facts: it was there no longer. oldqueue and oldagent: the same
    as queue, and {agent_id}, by the names that an imported PBX had for them.
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


class GapCause(models.TextChoices):
    PBX_AWAY = "pbx_away", _("the PBX was away")
    MISSING_FILE = "missing_file", _("a file is missing")
    CLOCK_JUMP = "clock_jump", _("the PBX's clock was changed")
    UNREADABLE = "unreadable", _("lines could not be read")


class LedgerGap(models.Model):
    """A time of one PBX of which lines are missing or in doubt: every tenant on it is concerned.

    `file` is the content whose end is missing; when it turns up and is read, the gap is closed.
    """

    pbx = models.CharField(max_length=32)
    source = models.CharField(max_length=10, choices=Source.choices, blank=True)
    since = models.DateTimeField()
    until = models.DateTimeField()
    cause = models.CharField(max_length=16, choices=GapCause.choices)
    file = models.ForeignKey(LedgerFile, null=True, on_delete=models.CASCADE, related_name="+")
    found_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[LedgerGap]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pbx", "source", "cause", "since"], name="ledger_gap_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pbx} {self.cause} {self.since:%F %T} - {self.until:%F %T}"


class LedgerMark(models.Model):
    """How far one PBX's ledger is known to be whole: everything before `complete_to` is built.

    `alive_at`: when the PBX was last known to run.
    """

    pbx = models.CharField(max_length=32, primary_key=True)
    complete_to = models.DateTimeField(null=True)
    alive_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[LedgerMark]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.pbx} complete to {self.complete_to}"
