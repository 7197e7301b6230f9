"""Phonebooks, the people and companies in them, and how they are reached."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.models import User
from callcenter.groups.models import AgentGroup
from callcenter.tenants.models import TenantScoped
from phonebook.numbers.kinds import NumberKind


class BookKind(models.TextChoices):
    PERSONAL = "personal", _("Personal")
    GROUP = "group", _("Group")
    COMPANY = "company", _("Company")


class Phonebook(TenantScoped):
    """One person's, one group's, or one of the company's."""

    kind = models.CharField(max_length=8, choices=BookKind.choices)
    name = models.CharField(max_length=80, blank=True)
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    group = models.ForeignKey(
        AgentGroup, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    members_add = models.BooleanField(
        default=False, help_text="who may not manage the book may add to it, and change those"
    )

    class Meta:
        ordering = ["kind", "name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "owner"], condition=Q(kind="personal"), name="book_person_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "group"], condition=Q(kind="group"), name="book_group_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "name"], condition=Q(kind="company"), name="book_name_once"
            ),
            models.CheckConstraint(
                condition=Q(kind="personal", owner__isnull=False, group__isnull=True)
                | Q(kind="group", owner__isnull=True, group__isnull=False)
                | Q(kind="company", owner__isnull=True, group__isnull=True),
                name="book_owner_by_kind",
            ),
        ]

    def __str__(self) -> str:
        if self.kind == BookKind.PERSONAL:
            return str(_("My phonebook"))
        if self.kind == BookKind.GROUP:
            return str(self.group)
        return self.name or str(_("Company"))


class Visibility(models.TextChoices):
    PUBLIC = "public", _("Public")
    PRIVATE = "private", _("Private")
    SPEED_DIAL = "speed_dial", _("Speed dial")  # private, and on its owner's desk


class Contact(TenantScoped):
    """Somebody, or a company; written by services only, which keep what search and sync need.

    `search_text` is name and company folded (phonebook/contacts/folding.py), `search_digits` the
    digits of all numbers. `change` counts the tenant's changes: a program that has read up to n
    asks for what came after. A deleted contact is kept for a while, to be taken back.
    """

    book = models.ForeignKey(Phonebook, on_delete=models.CASCADE, related_name="contacts")
    name = models.CharField(max_length=120, blank=True)
    company = models.CharField(max_length=120, blank=True)
    job_title = models.CharField(max_length=120, blank=True)
    email = models.CharField(max_length=254, blank=True)
    web = models.CharField(max_length=500, blank=True)
    address = models.CharField(max_length=500, blank=True)
    note = models.CharField(max_length=2000, blank=True)
    custom = models.JSONField(default=dict, blank=True, help_text="label -> text")
    visibility = models.CharField(
        max_length=10, choices=Visibility.choices, default=Visibility.PUBLIC
    )
    creator = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    external_id = models.CharField(max_length=200, blank=True, help_text="in the source's words")
    search_text = models.TextField(blank=True, editable=False)
    search_digits = models.TextField(blank=True, editable=False)
    sort_name = models.CharField(max_length=250, blank=True, db_collation="C", editable=False)
    change = models.BigIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["sort_name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "book", "external_id"],
                condition=~Q(external_id=""),
                name="contact_external_once",
            ),
            models.CheckConstraint(
                condition=~Q(name="") | ~Q(company=""), name="contact_has_a_name"
            ),
        ]
        indexes = [
            models.Index(
                fields=["tenant", "book", "sort_name", "id"],
                condition=Q(deleted_at__isnull=True),
                name="contact_list",
            ),
            models.Index(fields=["tenant", "change", "id"], name="contact_changes"),
            models.Index(
                fields=["tenant", "deleted_at"],
                condition=Q(deleted_at__isnull=False),
                name="contact_deleted",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.company


class NumberType(models.TextChoices):
    MOBILE = "mobile", _("Mobile")
    WORK = "work", _("Work")
    HOME = "home", _("Home")
    MAIN = "main", _("Main")
    FAX = "fax", _("Fax")
    OTHER = "other", _("Other")


class ContactNumber(TenantScoped):
    """`entered` as somebody wrote it; `key` as phonebook.numbers.kinds.identify makes it."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="numbers")
    position = models.PositiveSmallIntegerField(default=0)
    type = models.CharField(max_length=8, choices=NumberType.choices, default=NumberType.OTHER)
    entered = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=[(one.value, one.value) for one in NumberKind])
    key = models.CharField(max_length=80, blank=True, db_collation="C")
    inner = models.CharField(max_length=8, blank=True, help_text="extension behind the number")

    class Meta:
        ordering = ["position", "id"]
        indexes = [
            # who is calling: everything that the look-up needs lies in the index
            models.Index(
                fields=["tenant", "key"], include=["contact", "type", "entered"], name="number_key"
            ),
            models.Index(
                fields=["tenant", "contact"],
                condition=Q(kind="unreadable"),
                name="number_unreadable",
            ),
        ]

    def __str__(self) -> str:
        return self.entered


class ContactPhoto(TenantScoped):
    """A small JPEG, made anew from what was uploaded."""

    contact = models.OneToOneField(Contact, on_delete=models.CASCADE, related_name="photo")
    jpeg = models.BinaryField()
    sha256 = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"photo of {self.contact_id}"


class PhonebookClock(TenantScoped):
    """Counts the changes of a tenant's contacts, in the order in which they become visible."""

    last = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant"], name="phonebook_clock_once")]

    def __str__(self) -> str:
        return str(self.last)


class JobStatus(models.TextChoices):
    WAITING = "waiting", _("Waiting for your choice")
    QUEUED = "queued", _("About to begin")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")


class FileKind(models.TextChoices):
    CSV = "csv", "CSV"
    VCARD = "vcard", "vCard"
    XLSX = "xlsx", "XLSX"


class OnMatch(models.TextChoices):
    """What becomes of a contact that is in the book already."""

    UPDATE = "update", _("Bring it up to date")
    SKIP = "skip", _("Leave it as it is")
    ADD = "add", _("Add it once more")


class ContactImport(TenantScoped):
    """A file on its way into a book: uploaded, its columns chosen, read by a worker.

    `mapping`: column number as text -> field (importing/fields.py). `failures`: the rows that were
    not taken, [[row number, words], ...], bounded. The file is dropped when the work is done.
    """

    book = models.ForeignKey(Phonebook, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    by_name = models.CharField(max_length=150)
    file_name = models.CharField(max_length=200)
    file_kind = models.CharField(max_length=6, choices=FileKind.choices)
    encoding = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    has_header = models.BooleanField(default=True)
    content = models.BinaryField()
    mapping = models.JSONField(default=dict)
    visibility = models.CharField(
        max_length=10, choices=Visibility.choices, default=Visibility.PUBLIC
    )
    on_match = models.CharField(max_length=6, choices=OnMatch.choices, default=OnMatch.UPDATE)
    status = models.CharField(max_length=8, choices=JobStatus.choices, default=JobStatus.WAITING)
    words = models.CharField(max_length=500, blank=True, help_text="why it failed")
    read = models.PositiveIntegerField(default=0)
    read_bytes = models.PositiveIntegerField(default=0)
    size = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    numbers_unread = models.PositiveIntegerField(default=0)
    failures = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["tenant", "-created_at"], name="contact_import_list")]

    def __str__(self) -> str:
        return self.file_name


class SourceKind(models.TextChoices):
    CARDDAV = "carddav", "CardDAV"
    LDAP = "ldap", "LDAP"
    HTTP = "http", _("HTTP (JSON)")


class ContactSource(TenantScoped):
    """Where a book's contacts come from by themselves. `secret` is sealed (outbound/sealing.py)."""

    book = models.ForeignKey(Phonebook, on_delete=models.CASCADE, related_name="sources")
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=8, choices=SourceKind.choices)
    url = models.CharField(max_length=500)
    username = models.CharField(max_length=254, blank=True)
    secret = models.TextField(blank=True)
    settings = models.JSONField(default=dict, help_text="search base, filter, fields")
    every_minutes = models.PositiveIntegerField(default=60, help_text="0: only by hand")
    is_active = models.BooleanField(default=True)
    status = models.CharField(max_length=8, choices=JobStatus.choices, default=JobStatus.DONE)
    words = models.CharField(max_length=500, blank=True, help_text="what came of the last time")
    created = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "name"], name="contact_source_once")
        ]
        indexes = [models.Index(fields=["tenant", "next_at"], name="contact_source_due")]

    def __str__(self) -> str:
        return self.name


class ContactConflict(TenantScoped):
    """Two sides changed the same contact: what is here, what came, and what was done about it."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="conflicts")
    source_name = models.CharField(max_length=150)
    here = models.JSONField(default=dict)
    came = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(
                fields=["tenant", "-at"],
                condition=Q(settled_at__isnull=True),
                name="contact_conflict_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.contact} / {self.source_name}"
