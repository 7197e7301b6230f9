"""Facts for other programs, and where they are sent."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import callcenter.tenants.scope
from callcenter.tenants.rls import WallOffTenants


class Migration(migrations.Migration):
    dependencies = [
        ("callcenter", "0005_recording_settings"),
        ("telephony", "0015_emergency_numbers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Webhook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("url", models.CharField(max_length=500)),
                ("secret", models.TextField()),
                (
                    "about",
                    models.CharField(
                        choices=[
                            ("tenant", "The whole company"),
                            ("group", "One group"),
                            ("number", "One number"),
                        ],
                        default="tenant",
                        max_length=8,
                    ),
                ),
                ("number_group", models.BigIntegerField(null=True)),
                ("e164", models.CharField(blank=True, max_length=16)),
                (
                    "types",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        default=list,
                        help_text="empty: all",
                        size=None,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("active", "Active"),
                            ("paused", "Paused"),
                            ("failed", "Paused after failures"),
                            ("stopped", "Stopped by the receiver"),
                            ("unlinked", "Stopped: the number or group is gone"),
                        ],
                        default="active",
                        max_length=8,
                    ),
                ),
                (
                    "words",
                    models.CharField(blank=True, help_text="why it is not active", max_length=300),
                ),
                ("cursor", models.BigIntegerField(default=0)),
                ("turn", models.PositiveIntegerField(default=0)),
                (
                    "attempts",
                    models.PositiveIntegerField(
                        default=0, help_text="in vain, of the event next due"
                    ),
                ),
                ("failing_since", models.DateTimeField(null=True)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("delivered_at", models.DateTimeField(null=True)),
                ("test_asked_at", models.DateTimeField(null=True)),
                ("lease_owner", models.CharField(blank=True, max_length=40)),
                ("lease_until", models.DateTimeField(null=True)),
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
                    "group",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="callcenter.agentgroup",
                    ),
                ),
                (
                    "number",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="callcenter.number",
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
                "ordering": ["name", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "name"), name="webhook_name_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("about", "number"), ("number__isnull", True), _connector="OR"
                        ),
                        name="webhook_number",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("about", "group"), ("group__isnull", True), _connector="OR"
                        ),
                        name="webhook_group",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("event", models.BigIntegerField()),
                ("type", models.CharField(max_length=40)),
                ("attempt", models.PositiveIntegerField(default=1)),
                ("at", models.DateTimeField()),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("milliseconds", models.PositiveIntegerField(default=0)),
                ("is_delivered", models.BooleanField(default=False)),
                ("words", models.CharField(blank=True, max_length=300)),
                ("response", models.CharField(blank=True, max_length=500)),
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
                    "webhook",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deliveries",
                        to="telephony.webhook",
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "indexes": [
                    models.Index(
                        fields=["tenant", "webhook", "-id"], name="webhook_delivery_latest"
                    ),
                    models.Index(fields=["tenant", "at"], name="webhook_delivery_at"),
                ],
            },
        ),
        migrations.CreateModel(
            name="EventHorizon",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("purged_through", models.BigIntegerField(default=0)),
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
                    models.UniqueConstraint(fields=("tenant",), name="event_horizon_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="OutwardEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "key",
                    models.UUIDField(
                        default=uuid.uuid4, help_text="so that a repeated write is one event"
                    ),
                ),
                ("type", models.CharField(max_length=40)),
                ("at", models.DateTimeField()),
                ("call", models.CharField(blank=True, help_text="linkedid", max_length=150)),
                ("data", models.JSONField(default=dict)),
                (
                    "group_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "agent_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "user_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "numbers",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=16), default=list, size=None
                    ),
                ),
                ("for_all", models.BooleanField(default=False)),
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
                "ordering": ["id"],
                "indexes": [models.Index(fields=["tenant", "id"], name="outward_event_cursor")],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "key"), name="outward_event_once")
                ],
            },
        ),
        WallOffTenants("OutwardEvent", "EventHorizon", "Webhook", "WebhookDelivery"),
    ]
