"""Clips recorded by telephone."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import callcenter.tenants.scope
from callcenter.tenants.rls import WallOffTenants


class Migration(migrations.Migration):
    dependencies = [
        ("callcenter", "0005_recording_settings"),
        ("telephony", "0018_journal_places"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ClipTake",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("pbx", models.CharField(max_length=32)),
                ("description", models.CharField(blank=True, max_length=120)),
                ("is_public", models.BooleanField(default=True)),
                ("requested_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("ringing", "Your phone rings"),
                            ("recording", "Recording"),
                            ("listening", "Playing it back"),
                            ("kept", "Fetching the recording"),
                            ("done", "Kept"),
                            ("not_called", "Your phone was not rung"),
                            ("not_picked_up", "Not picked up"),
                            ("thrown_away", "Not kept"),
                            ("refused", "Nothing usable was recorded"),
                            ("lost", "Lost"),
                        ],
                        default="ringing",
                        max_length=13,
                    ),
                ),
                ("problem", models.CharField(blank=True, max_length=10)),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "clip",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="callcenter.clip",
                    ),
                ),
                (
                    "command",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="take",
                        to="telephony.pbxcommand",
                    ),
                ),
                (
                    "replaces",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.clip",
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
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
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["pbx"],
                        name="clip_take_open",
                    ),
                    models.Index(fields=["tenant", "requested_by"], name="clip_take_of_person"),
                ],
            },
        ),
        WallOffTenants("ClipTake"),
    ]
