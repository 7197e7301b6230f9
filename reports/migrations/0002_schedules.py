"""Orders of reports, their runs, editions and deliveries."""

import datetime
import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import callcenter.tenants.scope
from callcenter.tenants.rls import WallOffTenants


class Migration(migrations.Migration):
    dependencies = [
        ("reports", "0001_statistics"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ReportSchedule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=120)),
                (
                    "group_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "agent_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "shows_numbers",
                    models.BooleanField(
                        default=False,
                        help_text="callers' numbers whole: who ordered it may see them",
                    ),
                ),
                ("attaches_xlsx", models.BooleanField(default=True)),
                ("attaches_pdf", models.BooleanField(default=False)),
                (
                    "repeats",
                    models.CharField(
                        choices=[
                            ("once", "Once"),
                            ("daily", "Every day"),
                            ("weekly", "Every week"),
                            ("monthly", "Every month"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "at",
                    models.TimeField(default=datetime.time(8, 0), help_text="in the tenant's zone"),
                ),
                (
                    "weekdays",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveSmallIntegerField(),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("month_day", models.PositiveSmallIntegerField(default=1)),
                ("on_day", models.DateField(blank=True, null=True)),
                (
                    "first_day",
                    models.DateField(
                        blank=True, help_text="of a one-off; else the span", null=True
                    ),
                ),
                ("last_day", models.DateField(blank=True, null=True)),
                (
                    "user_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "addresses",
                    models.JSONField(
                        blank=True, default=list, help_text="[[address, language], ...]"
                    ),
                ),
                ("next_run_at", models.DateTimeField(blank=True, null=True)),
                ("is_paused", models.BooleanField(default=False)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        default=callcenter.tenants.scope.tenant_of_new_row,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.tenant",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            ("deleted_at__isnull", True),
                            ("is_paused", False),
                            ("next_run_at__isnull", False),
                        ),
                        fields=["next_run_at"],
                        name="schedule_due",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=40)),
                ("name", models.CharField(max_length=120)),
                (
                    "group_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "agent_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), blank=True, default=list, size=None
                    ),
                ),
                (
                    "shows_numbers",
                    models.BooleanField(
                        default=False,
                        help_text="callers' numbers whole: who ordered it may see them",
                    ),
                ),
                ("attaches_xlsx", models.BooleanField(default=True)),
                ("attaches_pdf", models.BooleanField(default=False)),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("ordered", "As ordered"),
                            ("test", "Test"),
                            ("preview", "Preview"),
                        ],
                        default="ordered",
                        max_length=8,
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("made", "Made"),
                            ("failed", "Could not be made"),
                            ("skipped", "Left out"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("claim", models.UUIDField(null=True)),
                ("claimed_until", models.DateTimeField(null=True)),
                ("made_at", models.DateTimeField(null=True)),
                (
                    "words",
                    models.CharField(blank=True, help_text="why it was not made", max_length=500),
                ),
                (
                    "left_out",
                    models.PositiveIntegerField(
                        default=0, help_text="due times of a long outage that this row stands for"
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        default=callcenter.tenants.scope.tenant_of_new_row,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.tenant",
                    ),
                ),
                (
                    "schedule",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="runs",
                        to="reports.reportschedule",
                    ),
                ),
            ],
            options={
                "ordering": ["-due_at", "-pk"],
                "indexes": [
                    models.Index(
                        fields=["tenant", "schedule", "-due_at"], name="report_run_history"
                    ),
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["tenant", "due_at"],
                        name="report_run_waiting",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("purpose", "ordered")),
                        fields=("schedule", "due_at"),
                        name="report_run_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportEdition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("language", models.CharField(max_length=8)),
                ("title", models.CharField(max_length=250)),
                ("document", models.JSONField()),
                ("html", models.TextField()),
                ("text", models.TextField()),
                ("chart", models.BinaryField(null=True)),
                ("xlsx", models.BinaryField()),
                ("pdf", models.BinaryField()),
                (
                    "tenant",
                    models.ForeignKey(
                        default=callcenter.tenants.scope.tenant_of_new_row,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.tenant",
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="editions",
                        to="reports.reportrun",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("run", "language"), name="report_edition_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ReportDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("address", models.CharField(max_length=254)),
                ("language", models.CharField(max_length=8)),
                ("token", models.UUIDField(default=uuid.uuid4, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("sending", "Being sent"),
                            ("sent", "Sent"),
                            ("refused", "Refused"),
                            ("bounced", "Came back"),
                            ("given_up", "Given up"),
                        ],
                        default="queued",
                        max_length=8,
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("claim", models.UUIDField(null=True)),
                ("claimed_until", models.DateTimeField(null=True)),
                (
                    "reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("kept", "No mail server is set: kept as a file."),
                            ("silent", "The mail server did not answer in time."),
                            ("left", "This person may not enter the company any more."),
                            ("died", "Sending stopped half way again and again."),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "words",
                    models.CharField(
                        blank=True, help_text="the mail server's, as it is", max_length=500
                    ),
                ),
                ("sent_at", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField(auto_now=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        default=callcenter.tenants.scope.tenant_of_new_row,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.tenant",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="reports.reportrun",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["queued", "sending"])),
                        fields=["tenant", "next_try_at"],
                        name="report_delivery_open",
                    ),
                    models.Index(fields=["tenant", "address"], name="report_delivery_address"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("run", "address"), name="report_delivery_once")
                ],
            },
        ),
        WallOffTenants("ReportSchedule", "ReportRun", "ReportEdition", "ReportDelivery"),
    ]
