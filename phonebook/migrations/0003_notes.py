"""Notes, POST-ITs, activities, time, and what work is booked on."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import callcenter.tenants.scope
from callcenter.tenants.rls import WallOffTenants


class Migration(migrations.Migration):
    dependencies = [
        ("callcenter", "0005_recording_settings"),
        ("phonebook", "0002_naming"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Project",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("is_active", models.BooleanField(default=True)),
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
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "name"), name="project_name_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="TaskType",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("is_for_calls", models.BooleanField(default=False)),
                ("is_active", models.BooleanField(default=True)),
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
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "name"), name="task_type_name_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_for_calls", True)),
                        fields=("tenant",),
                        name="task_type_for_calls_once",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Work",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(blank=True, max_length=4000)),
                ("by_name", models.CharField(max_length=150)),
                ("key", models.CharField(blank=True, db_collation="C", max_length=80)),
                ("call_pbx", models.CharField(blank=True, max_length=32)),
                ("call_linkedid", models.CharField(blank=True, max_length=150)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField(null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[("activity", "Activity"), ("time", "Time entry")], max_length=8
                    ),
                ),
                ("subject", models.CharField(blank=True, max_length=200)),
                ("began_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="phonebook.contact",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="phonebook.project",
                    ),
                ),
                (
                    "task_type",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="phonebook.tasktype",
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
                "indexes": [
                    models.Index(fields=["tenant", "-began_at", "-id"], name="work_list"),
                    models.Index(
                        fields=["tenant", "by", "-began_at", "-id"], name="work_of_person"
                    ),
                    models.Index(
                        condition=models.Q(("call_linkedid", ""), _negated=True),
                        fields=["tenant", "call_linkedid"],
                        name="work_of_call",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("kind", "activity")),
                            models.Q(("ended_at__gt", models.F("began_at")), ("kind", "time")),
                            _connector="OR",
                        ),
                        name="work_time_is_positive",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField(blank=True, max_length=4000)),
                ("by_name", models.CharField(max_length=150)),
                ("key", models.CharField(blank=True, db_collation="C", max_length=80)),
                ("call_pbx", models.CharField(blank=True, max_length=32)),
                ("call_linkedid", models.CharField(blank=True, max_length=150)),
                ("created_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField(null=True)),
                ("is_private", models.BooleanField(default=False)),
                ("to_name", models.CharField(blank=True, max_length=150)),
                ("seen_at", models.DateTimeField(null=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="phonebook.contact",
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
                    "to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant", "-created_at", "-id"], name="note_list"),
                    models.Index(
                        condition=models.Q(("key", ""), _negated=True),
                        fields=["tenant", "key", "-created_at"],
                        name="note_of_number",
                    ),
                    models.Index(
                        condition=models.Q(("contact__isnull", False)),
                        fields=["tenant", "contact", "-created_at"],
                        name="note_of_contact",
                    ),
                    models.Index(
                        condition=models.Q(("call_linkedid", ""), _negated=True),
                        fields=["tenant", "call_linkedid"],
                        name="note_of_call",
                    ),
                    models.Index(
                        condition=models.Q(("seen_at__isnull", True), ("to__isnull", False)),
                        fields=["tenant", "to"],
                        name="note_unread",
                    ),
                ],
            },
        ),
        WallOffTenants("Project", "TaskType", "Work", "Note"),
    ]
