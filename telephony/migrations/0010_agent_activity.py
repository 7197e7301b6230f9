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

# Whom a call concerns, as rows: of new calls, and of those of which anything of it changed.
CONCERNS = """
CREATE FUNCTION telephony_call_made() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO telephony_callconcern (tenant_id, kind, ref, direction, outcome, started_at, call_id)
  -- most calls concern one group and one agent: found without a subquery for each
  SELECT tenant_id, 'g', group_ids[1], direction, outcome, started_at, id
  FROM made WHERE part_of_id IS NULL AND cardinality(group_ids) = 1
  UNION ALL
  SELECT tenant_id, 'a', agent_ids[1], direction, outcome, started_at, id
  FROM made WHERE part_of_id IS NULL AND cardinality(agent_ids) = 1
  UNION ALL
  SELECT tenant_id, 'g', ref, direction, outcome, started_at, id
  FROM made CROSS JOIN LATERAL (SELECT DISTINCT unnest(group_ids) AS ref) whom
  WHERE part_of_id IS NULL AND cardinality(group_ids) > 1
  UNION ALL
  SELECT tenant_id, 'a', ref, direction, outcome, started_at, id
  FROM made CROSS JOIN LATERAL (SELECT DISTINCT unnest(agent_ids) AS ref) whom
  WHERE part_of_id IS NULL AND cardinality(agent_ids) > 1;
  RETURN NULL;
END $$;

CREATE FUNCTION telephony_call_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM telephony_callconcern one USING gone
  WHERE one.tenant_id = gone.tenant_id AND one.kind IN ('a', 'g')
    AND one.ref = ANY(gone.group_ids || gone.agent_ids) AND one.direction = gone.direction
    AND one.outcome = gone.outcome AND one.started_at = gone.started_at AND one.call_id = gone.id;
  RETURN NULL;
END $$;

CREATE FUNCTION telephony_call_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  changed bigint[];
BEGIN
  SELECT array_agg(made.id) INTO changed FROM made JOIN gone USING (id)
  WHERE (made.tenant_id, made.direction, made.outcome, made.started_at, made.group_ids,
         made.agent_ids, made.part_of_id)
     IS DISTINCT FROM (gone.tenant_id, gone.direction, gone.outcome, gone.started_at,
         gone.group_ids, gone.agent_ids, gone.part_of_id);
  IF changed IS NULL THEN
    RETURN NULL;
  END IF;
  DELETE FROM telephony_callconcern one USING gone
  WHERE gone.id = ANY(changed) AND one.tenant_id = gone.tenant_id AND one.kind IN ('a', 'g')
    AND one.ref = ANY(gone.group_ids || gone.agent_ids) AND one.direction = gone.direction
    AND one.outcome = gone.outcome AND one.started_at = gone.started_at AND one.call_id = gone.id;
  INSERT INTO telephony_callconcern (tenant_id, kind, ref, direction, outcome, started_at, call_id)
  SELECT tenant_id, 'g', ref, direction, outcome, started_at, id
  FROM made CROSS JOIN LATERAL (SELECT DISTINCT unnest(group_ids) AS ref) whom
  WHERE part_of_id IS NULL AND id = ANY(changed)
  UNION ALL
  SELECT tenant_id, 'a', ref, direction, outcome, started_at, id
  FROM made CROSS JOIN LATERAL (SELECT DISTINCT unnest(agent_ids) AS ref) whom
  WHERE part_of_id IS NULL AND id = ANY(changed);
  RETURN NULL;
END $$;

CREATE TRIGGER concerns_made AFTER INSERT ON telephony_call
  REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION telephony_call_made();
CREATE TRIGGER concerns_gone AFTER DELETE ON telephony_call
  REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION telephony_call_gone();
CREATE TRIGGER concerns_changed AFTER UPDATE ON telephony_call
  REFERENCING OLD TABLE AS gone NEW TABLE AS made
  FOR EACH STATEMENT EXECUTE FUNCTION telephony_call_changed();
"""
NO_CONCERNS = """
DROP TRIGGER concerns_made ON telephony_call;
DROP TRIGGER concerns_gone ON telephony_call;
DROP TRIGGER concerns_changed ON telephony_call;
DROP FUNCTION telephony_call_made, telephony_call_gone, telephony_call_changed;
"""


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
        migrations.CreateModel(
            name="CallConcern",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "tenant_id",
                        "kind",
                        "ref",
                        "direction",
                        "outcome",
                        "started_at",
                        "call_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kind", models.CharField(max_length=1)),
                ("ref", models.BigIntegerField()),
                ("direction", models.CharField(max_length=8)),
                ("outcome", models.CharField(max_length=16)),
                ("started_at", models.DateTimeField()),
                (
                    "call",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="telephony.call",
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
            options={"abstract": False},
        ),
        WallOffTenants("callconcern"),
        migrations.RunSQL(CONCERNS, NO_CONCERNS),
        migrations.RemoveIndex(model_name="call", name="call_list"),
        migrations.RemoveIndex(model_name="call", name="call_party"),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(("part_of__isnull", True)),
                fields=["tenant", "started_at", "id"],
                name="call_list",
            ),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(("part_of__isnull", True)),
                fields=["tenant", "direction", "outcome", "started_at", "id"],
                name="call_list_split",
            ),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(
                condition=models.Q(("part_of__isnull", True)),
                fields=["tenant", "party_backwards"],
                include=["id"],
                name="call_party",
            ),
        ),
    ]
