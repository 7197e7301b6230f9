"""What each agent did when."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import callcenter.tenants.scope
from callcenter.tenants.rls import WallOffTenants

MEMBER_EVENTS = (
    "ADDMEMBER", "AGENTCALLBACKLOGIN", "AGENTCALLBACKLOGOFF", "AGENTLOGIN", "AGENTLOGOFF",
    "CONNECT", "HELIN_REACHABLE", "HELIN_UNREACHABLE", "PAUSE", "PAUSEALL", "REMOVEMEMBER",
    "RINGCANCELED", "RINGNOANSWER", "UNPAUSE", "UNPAUSEALL",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("telephony", "0009_ledger_complete")]

    operations = [
        migrations.CreateModel(
            name="ActivityProgress",
            fields=[
                ("pbx", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("queue_line", models.BigIntegerField(default=0)),
                ("cel_line", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="AgentActivity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("pbx", models.CharField(max_length=32)),
                (
                    "member",
                    models.CharField(
                        blank=True, help_text="blank: the agent is known", max_length=150
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("logged_out", "Logged out"),
                            ("available", "Available"),
                            ("ringing", "Ringing"),
                            ("in_call", "In a call"),
                            ("wrapping_up", "Wrapping up"),
                            ("paused", "Paused"),
                            ("unreachable", "Phone unreachable"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "reason",
                    models.CharField(blank=True, help_text="of a pause, its code", max_length=80),
                ),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("is_logged_in", models.BooleanField()),
                (
                    "group_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("pauses", models.JSONField(null=True)),
                (
                    "linkedid",
                    models.CharField(
                        blank=True, help_text="of the call, in this PBX", max_length=150
                    ),
                ),
                ("memory", models.JSONField(help_text="what to go on from: see timeline.Memory")),
                (
                    "agent",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="callcenter.agent",
                    ),
                ),
                (
                    "call_group",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="callcenter.agentgroup",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
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
                        condition=models.Q(("linkedid", ""), _negated=True),
                        fields=["tenant", "linkedid"],
                        name="activity_of_call",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "agent", "member", "since", "pbx"),
                        name="activity_once",
                        nulls_distinct=False,
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("until__isnull", True)),
                        fields=("tenant", "agent", "member", "pbx"),
                        name="activity_one_open",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until__isnull", True),
                            ("until__gt", models.F("since")),
                            _connector="OR",
                        ),
                        name="activity_goes_forward",
                    ),
                ],
            },
        ),
        WallOffTenants("agentactivity"),
        migrations.AddField(
            model_name="call",
            name="moments",
            field=models.JSONField(
                db_default=models.Value([], output_field=models.JSONField()),
                default=list,
                help_text="transfers, parks ...: see BuiltCall",
            ),
        ),
        migrations.AddIndex(
            model_name="callleg",
            index=models.Index(
                condition=models.Q(("agent__isnull", False)),
                fields=["tenant", "agent", "started_at"],
                name="leg_of_agent",
            ),
        ),
        migrations.AddIndex(
            model_name="queuelogline",
            index=models.Index(
                condition=models.Q(("event__in", MEMBER_EVENTS)),
                fields=["pbx", "tenant", "agent", "at"],
                name="queue_log_of_member",
            ),
        ),
    ]
