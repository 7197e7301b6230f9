"""The ledger's lines, and the calls built from them."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
from django.db import migrations, models

import callcenter.tenants.scope
from callcenter.tenants.rls import WallOffTenants


class Migration(migrations.Migration):
    dependencies = [
        ("callcenter", "0003_agents_wishes"),
        ("telephony", "0005_provisioning_notices"),
    ]

    operations = [
        migrations.CreateModel(
            name="BuildProgress",
            fields=[
                ("pbx", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("queue_line", models.BigIntegerField(default=0)),
                ("cel_line", models.BigIntegerField(default=0)),
                (
                    "failed",
                    models.BigIntegerField(default=0, help_text="calls that could not be built"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Call",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("pbx", models.CharField(max_length=32)),
                ("linkedid", models.CharField(max_length=150)),
                (
                    "direction",
                    models.CharField(
                        choices=[("in", "Incoming"), ("out", "Outgoing"), ("internal", "Internal")],
                        max_length=8,
                    ),
                ),
                ("caller_number", models.CharField(blank=True, max_length=80)),
                ("caller_name", models.CharField(blank=True, max_length=120)),
                ("dialled", models.CharField(blank=True, max_length=80)),
                ("party_digits", models.CharField(blank=True, max_length=32)),
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
                ("started_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("wait_seconds", models.FloatField(default=0)),
                ("talk_seconds", models.FloatField(default=0)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("answered", "Answered"),
                            ("abandoned", "Abandoned"),
                            ("short_abandoned", "Hung up at once"),
                            ("overflowed", "Overflowed"),
                            ("closed", "Closed"),
                            ("no_answer", "No answer"),
                            ("busy", "Busy"),
                            ("failed", "Failed"),
                        ],
                        max_length=16,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=20)),
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
                    "group",
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
                    "part_of",
                    models.ForeignKey(
                        help_text="a consultation, pickup or park retrieval belongs to the call it joined",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="parts",
                        to="telephony.call",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="callcenter.queue",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
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
                        condition=models.Q(("part_of__isnull", True)),
                        fields=["tenant", "-started_at", "-id"],
                        include=("direction", "outcome", "group_ids", "agent_ids"),
                        name="call_list",
                    ),
                    models.Index(
                        models.F("tenant"),
                        django.contrib.postgres.indexes.OpClass(
                            django.db.models.functions.text.Reverse("party_digits"),
                            name="text_pattern_ops",
                        ),
                        condition=models.Q(("party_digits", ""), _negated=True),
                        name="call_party_ends",
                    ),
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["pbx", "started_at"],
                        name="call_running",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("pbx", "linkedid"), name="call_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="CallLeg",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField()),
                ("uniqueid", models.CharField(max_length=150)),
                ("channel", models.CharField(max_length=150)),
                ("is_caller", models.BooleanField(default=False)),
                (
                    "extension",
                    models.CharField(blank=True, help_text="blank: not one of ours", max_length=10),
                ),
                ("number", models.CharField(blank=True, max_length=80)),
                ("name", models.CharField(blank=True, max_length=120)),
                ("started_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ring_seconds", models.FloatField(default=0)),
                ("talk_seconds", models.FloatField(default=0)),
                (
                    "end",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Running"),
                            ("answered", "Talked"),
                            ("no_answer", "No answer"),
                            ("busy", "Busy or rejected"),
                            ("rejected", "Rejected"),
                            ("unreachable", "Phone unreachable"),
                            ("elsewhere", "Answered elsewhere"),
                            ("given_up", "Caller hung up first"),
                            ("not_connected", "Not connected"),
                        ],
                        max_length=16,
                    ),
                ),
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
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="legs",
                        to="telephony.call",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
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
                "ordering": ["call_id", "position"],
                "indexes": [models.Index(fields=["uniqueid"], name="leg_of_channel")],
            },
        ),
        migrations.CreateModel(
            name="CompanyFact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=8)),
                ("name", models.CharField(max_length=80)),
                ("since", models.DateTimeField()),
                ("facts", models.JSONField()),
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
                    models.UniqueConstraint(
                        fields=("tenant", "kind", "name", "since"), name="company_fact_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("pbx", models.CharField(max_length=32)),
                (
                    "source",
                    models.CharField(
                        choices=[("queue_log", "Queue Log"), ("cel", "Cel")], max_length=10
                    ),
                ),
                ("name", models.CharField(max_length=255)),
                ("inode", models.BigIntegerField()),
                ("digests", models.JSONField(default=dict)),
                ("offset", models.BigIntegerField(default=0)),
                ("lines", models.BigIntegerField(default=0)),
                ("unreadable", models.BigIntegerField(default=0)),
                (
                    "last_line_at",
                    models.DateTimeField(help_text="as the PBX's clock said", null=True),
                ),
                ("read_at", models.DateTimeField(auto_now=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["pbx", "source"], name="telephony_l_pbx_3c258e_idx")
                ],
            },
        ),
        migrations.CreateModel(
            name="CelLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("pbx", models.CharField(max_length=32)),
                ("byte_offset", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("event", models.TextField()),
                ("linkedid", models.TextField()),
                ("uniqueid", models.TextField()),
                ("channel", models.TextField()),
                ("name", models.TextField()),
                ("number", models.TextField()),
                ("ani", models.TextField()),
                ("rdnis", models.TextField()),
                ("dnid", models.TextField()),
                ("exten", models.TextField()),
                ("context", models.TextField()),
                ("application", models.TextField()),
                ("application_data", models.TextField()),
                ("account", models.TextField()),
                ("tenant_name", models.TextField()),
                ("peer", models.TextField()),
                ("user_event", models.TextField()),
                ("user_field", models.TextField()),
                ("extra", models.TextField()),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="callcenter.tenant",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="telephony.ledgerfile",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["linkedid", "id"], name="cel_of_call")],
                "constraints": [
                    models.UniqueConstraint(fields=("file", "byte_offset"), name="cel_line_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="QueueLogLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("pbx", models.CharField(max_length=32)),
                ("byte_offset", models.BigIntegerField()),
                ("at", models.DateTimeField()),
                ("callid", models.TextField()),
                ("queue", models.TextField()),
                ("agent", models.TextField()),
                ("event", models.TextField()),
                ("data1", models.TextField()),
                ("data2", models.TextField()),
                ("data3", models.TextField()),
                ("data4", models.TextField()),
                ("data5", models.TextField()),
                (
                    "file",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="telephony.ledgerfile",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="callcenter.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["callid", "id"], name="queue_log_of_call"),
                    models.Index(
                        condition=models.Q(("event", "QUEUESTART")),
                        fields=["pbx", "id"],
                        name="queue_log_restarts",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("file", "byte_offset"), name="queue_log_line_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="QueueVisit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("pbx", models.CharField(max_length=32)),
                ("callid", models.CharField(max_length=150)),
                (
                    "stay",
                    models.PositiveSmallIntegerField(
                        help_text="the call's first, second, ... queue"
                    ),
                ),
                ("queue_name", models.CharField(help_text="in the PBX", max_length=150)),
                (
                    "member",
                    models.CharField(
                        blank=True, help_text="as the queue log names it", max_length=150
                    ),
                ),
                ("caller_number", models.CharField(blank=True, max_length=80)),
                ("entered_at", models.DateTimeField()),
                (
                    "left_at",
                    models.DateTimeField(help_text="answered, given up or sent on", null=True),
                ),
                (
                    "ended_at",
                    models.DateTimeField(help_text="the end of the talk, or left_at", null=True),
                ),
                ("wait_seconds", models.IntegerField(default=0)),
                ("talk_seconds", models.IntegerField(default=0)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("answered", "Answered"),
                            ("abandoned", "Abandoned"),
                            ("short_abandoned", "Hung up at once"),
                            ("overflowed", "Overflowed"),
                        ],
                        max_length=16,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=20)),
                ("short_abandon_seconds", models.PositiveSmallIntegerField()),
                ("answer_within_seconds", models.PositiveSmallIntegerField()),
                (
                    "service_level_mode",
                    models.CharField(
                        choices=[
                            ("handled", "of answered calls only"),
                            ("abandons_ignored", "early abandons left out"),
                            ("abandons_positive", "early abandons count as good"),
                            ("abandons_negative", "abandons count as bad"),
                        ],
                        max_length=20,
                    ),
                ),
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
                    "call",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="visits",
                        to="telephony.call",
                    ),
                ),
                (
                    "group",
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
                    "queue",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="callcenter.queue",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
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
                    models.Index(fields=["call"], name="visit_of_call"),
                    models.Index(
                        fields=["tenant", "entered_at"],
                        include=(
                            "queue_name",
                            "group",
                            "agent",
                            "outcome",
                            "reason",
                            "wait_seconds",
                            "talk_seconds",
                            "answer_within_seconds",
                            "service_level_mode",
                        ),
                        name="visit_figures",
                    ),
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["pbx", "entered_at"],
                        name="visit_running",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("pbx", "callid", "stay"), name="queue_visit_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="UnreadableLine",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("pbx", models.CharField(max_length=32)),
                ("byte_offset", models.BigIntegerField()),
                ("content", models.BinaryField(help_text="at most its first 64 KiB")),
                ("length", models.BigIntegerField()),
                ("reason", models.CharField(max_length=200)),
                ("read_at", models.DateTimeField(auto_now_add=True)),
                (
                    "file",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="telephony.ledgerfile",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="callcenter.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["pbx", "id"], name="telephony_u_pbx_058b35_idx")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("file", "byte_offset"), name="unreadable_line_once"
                    )
                ],
            },
        ),
        WallOffTenants(
            "Call",
            "CallLeg",
            "CelLine",
            "CompanyFact",
            "QueueLogLine",
            "QueueVisit",
            "UnreadableLine",
        ),
    ]
