"""Cases of people who ask what is known of them: copies, erasures, legal holds."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import callcenter.tenants.scope
import telephony.recordings.models
from callcenter.tenants.rls import WallOffTenants


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0011_recordings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="legalhold",
            name="released_by_name",
            field=models.CharField(blank=True, max_length=150),
        ),
        migrations.CreateModel(
            name="PrivacyCase",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference", models.CharField(max_length=60)),
                ("numbers", models.JSONField(default=list)),
                ("number_count", models.PositiveSmallIntegerField()),
                ("opened_by_name", models.CharField(max_length=150)),
                ("opened_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("open", "Open"),
                            ("erasing", "Being erased"),
                            ("stopped", "Stopped by a legal hold"),
                            ("erased", "Erased"),
                        ],
                        default="open",
                        max_length=8,
                    ),
                ),
                (
                    "on_notes",
                    models.CharField(
                        choices=[
                            ("redact", "Empty them: who wrote when remains"),
                            ("delete", "Delete them; of time entries only the words go"),
                        ],
                        default="redact",
                        max_length=8,
                    ),
                ),
                (
                    "on_contacts",
                    models.CharField(
                        choices=[
                            ("delete", "Delete the contacts for good"),
                            ("keep", "Keep the contacts as they are"),
                        ],
                        default="delete",
                        max_length=8,
                    ),
                ),
                ("asked_by_name", models.CharField(blank=True, max_length=150)),
                (
                    "asked_at",
                    models.DateTimeField(help_text="what came later is new data", null=True),
                ),
                ("erased_at", models.DateTimeField(null=True)),
                ("step", models.PositiveSmallIntegerField(default=0)),
                ("cursor", models.JSONField(default=dict)),
                ("done", models.JSONField(default=dict)),
                ("left", models.JSONField(default=list)),
                ("worker", models.UUIDField(null=True)),
                (
                    "working_until",
                    models.DateTimeField(help_text="a worker has it until then", null=True),
                ),
                (
                    "asked_by",
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
                "ordering": ["-opened_at", "-pk"],
                "indexes": [
                    models.Index(fields=["tenant", "-opened_at", "-id"], name="privacy_case_list"),
                    models.Index(
                        condition=models.Q(("state", "erasing")),
                        fields=["working_until"],
                        name="privacy_case_busy",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ErasedNumber",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64)),
                ("pseudonym", models.CharField(max_length=20)),
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
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="erased",
                        to="telephony.privacycase",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "case", "digest"), name="erased_once"
                    ),
                    models.UniqueConstraint(fields=("tenant", "pseudonym"), name="pseudonym_once"),
                ],
            },
        ),
        migrations.AddField(
            model_name="legalhold",
            name="case",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="holds",
                to="telephony.privacycase",
            ),
        ),
        migrations.CreateModel(
            name="PrivacyExport",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "secret",
                    models.CharField(
                        default=telephony.recordings.models.new_secret,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                ("requested_by_name", models.CharField(max_length=150)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Being made"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("done", models.PositiveIntegerField(default=0)),
                ("total", models.PositiveIntegerField(default=0)),
                (
                    "left_out",
                    models.PositiveIntegerField(default=0, help_text="recordings without a sound"),
                ),
                ("bytes", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("worker", models.UUIDField(null=True)),
                ("working_until", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exports",
                        to="telephony.privacycase",
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
            ],
            options={
                "ordering": ["-created_at"],
                "indexes": [
                    models.Index(
                        fields=["tenant", "case", "-created_at"], name="privacy_export_list"
                    ),
                    models.Index(fields=["expires_at"], name="privacy_export_end"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ErasedFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("pbx", models.CharField(max_length=32)),
                ("name", models.CharField(max_length=200)),
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
                "constraints": [
                    models.UniqueConstraint(fields=("pbx", "name"), name="erased_file_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="LateWatch",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("queue_line", models.BigIntegerField()),
                ("cel_line", models.BigIntegerField()),
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
                "constraints": [
                    models.UniqueConstraint(fields=("tenant",), name="late_watch_once")
                ],
            },
        ),
        WallOffTenants("PrivacyCase", "ErasedNumber", "ErasedFile", "LateWatch", "PrivacyExport"),
    ]
