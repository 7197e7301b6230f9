"""Click to call, keys of web pages, and the doors that other systems know."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import callcenter.tenants.scope
from callcenter.tenants.rls import WallOffTenants


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0012_privacy"),
        ("callcenter", "0004_settings_of_calls"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="DialChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("shows", models.CharField(blank=True, max_length=20)),
                ("is_hidden", models.BooleanField(default=False)),
                (
                    "agent",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dial_choice",
                        to="callcenter.agent",
                    ),
                ),
                (
                    "device",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="callcenter.device",
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
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="LinkedNumber",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("user_name", models.CharField(blank=True, max_length=80)),
                ("notification_url", models.URLField(blank=True, max_length=500)),
                (
                    "device",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.device",
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
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="BrowserKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("prefix", models.CharField(max_length=12, unique=True)),
                ("digest", models.CharField(max_length=64)),
                (
                    "origins",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), default=list, size=None
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("last_used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.membership",
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
                    models.Index(fields=["tenant", "membership"], name="browser_key_of_person")
                ],
            },
        ),
        migrations.CreateModel(
            name="CallInitDoor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_open", models.BooleanField(default=False)),
                (
                    "networks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=50),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                ("token_digest", models.CharField(blank=True, max_length=64)),
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
                    models.UniqueConstraint(fields=("tenant",), name="call_init_door_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_open", False),
                            models.Q(
                                models.Q(("token_digest", ""), _negated=True),
                                models.Q(("networks", []), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="call_init_door_guarded",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OnceAnswer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("once", models.CharField(max_length=200)),
                (
                    "asked",
                    models.CharField(help_text="SHA-256 of method, path and body", max_length=64),
                ),
                (
                    "status",
                    models.PositiveSmallIntegerField(help_text="null: still at work", null=True),
                ),
                ("answer", models.JSONField(default=dict)),
                ("made_at", models.DateTimeField()),
                (
                    "api_key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.apikey",
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
                "indexes": [models.Index(fields=["made_at"], name="once_answer_age")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "api_key", "once"), name="once_answer_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PlacedCall",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("call_id", models.CharField(db_collation="C", max_length=150, unique=True)),
                ("number", models.CharField(blank=True, max_length=80)),
                ("shows", models.CharField(blank=True, max_length=20)),
                ("is_hidden", models.BooleanField(default=False)),
                ("is_private", models.BooleanField(default=False)),
                (
                    "about",
                    models.CharField(
                        blank=True, help_text="as contact:12; of whoever asked", max_length=60
                    ),
                ),
                ("requested_at", models.DateTimeField()),
                (
                    "agent",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.agent",
                    ),
                ),
                (
                    "command",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="placed",
                        to="telephony.pbxcommand",
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
                "indexes": [
                    models.Index(
                        fields=["tenant", "agent", "-requested_at"], name="placed_of_agent"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TargadDoor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_open", models.BooleanField(default=False)),
                ("main_user", models.CharField(blank=True, max_length=80)),
                ("password", models.CharField(blank=True, help_text="Argon2", max_length=200)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("locked_until", models.DateTimeField(null=True)),
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
                    models.UniqueConstraint(fields=("tenant",), name="targad_door_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_open", False),
                            models.Q(
                                models.Q(("main_user", ""), _negated=True),
                                models.Q(("password", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="targad_door_guarded",
                    ),
                ],
            },
        ),
        WallOffTenants(
            "PlacedCall",
            "DialChoice",
            "BrowserKey",
            "OnceAnswer",
            "CallInitDoor",
            "TargadDoor",
            "LinkedNumber",
        ),
    ]
