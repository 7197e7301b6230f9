"""Sums of visits by day, and the triggers that say which days they no longer hold for."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import callcenter.tenants.scope
from callcenter.tenants.rls import WallOffTenants

# what the sums are made of: a change of anything else leaves them true
_SUMMED = """tenant_id, entered_at, queue_name, group_id, agent_id, outcome, reason, wait_seconds,
    talk_seconds, wrap_up_ms, answer_within_seconds, service_level_mode"""
_NEW = ", ".join(f"new_rows.{name.strip()}" for name in _SUMMED.split(","))
_OLD = ", ".join(f"old_rows.{name.strip()}" for name in _SUMMED.split(","))
# spans, not days: they hold in any zone. One row a day, so that a line of last year spares this one
_SPANS = """INSERT INTO reports_changedspan (tenant_id, first_at, last_at)
  SELECT tenant_id, min(entered_at), max(entered_at) FROM ({rows}) changed
  GROUP BY tenant_id, (entered_at AT TIME ZONE 'UTC')::date"""
_FUNCTION = """CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE told text := current_setting('app.tenant', true);
BEGIN
  {body};
  RETURN NULL;
END $$;"""
_TRIGGER = """CREATE TRIGGER {name} AFTER {event} ON {table} {reads}
  FOR EACH {each} {when} EXECUTE FUNCTION {name}();"""


def _rows(table):
    return f"SELECT tenant_id, entered_at FROM {table}"  # noqa: S608


_CHANGED = f"""SELECT side.tenant_id, side.entered_at
    FROM new_rows JOIN old_rows USING (id) CROSS JOIN LATERAL (
      VALUES (new_rows.tenant_id, new_rows.entered_at), (old_rows.tenant_id, old_rows.entered_at)
    ) side (tenant_id, entered_at)
    WHERE ({_NEW}) IS DISTINCT FROM ({_OLD})"""  # noqa: S608
_EVENTS = {
    "insert": (_rows("new_rows"), "REFERENCING NEW TABLE AS new_rows"),
    "update": (_CHANGED, "REFERENCING NEW TABLE AS new_rows OLD TABLE AS old_rows"),
    "delete": (_rows("old_rows"), "REFERENCING OLD TABLE AS old_rows"),
}


def _on_visits(event, rows, reads):
    name = f"reports_visits_{event}"
    function = _FUNCTION.format(name=name, body=_SPANS.format(rows=rows))
    trigger = _TRIGGER.format(
        name=name,
        event=event.upper(),
        table="telephony_queuevisit",
        reads=reads,
        each="STATEMENT",
        when="",
    )
    return migrations.RunSQL(
        function + trigger,
        f"DROP TRIGGER {name} ON telephony_queuevisit; DROP FUNCTION {name}();",
    )


# days of another zone are other days; the lock waits for who is just summing (services.py)
_ZONE = _FUNCTION.format(
    name="reports_tenant_zone",
    body="""PERFORM pg_advisory_xact_lock(726, NEW.id::int);
  PERFORM set_config('app.tenant', '*', true);  -- a tenant is changed in any scope, or none
  DELETE FROM reports_queueday WHERE tenant_id = NEW.id;
  DELETE FROM reports_agentday WHERE tenant_id = NEW.id;
  INSERT INTO reports_changedspan (tenant_id, first_at, last_at)
    SELECT NEW.id, min(entered_at), max(entered_at) FROM telephony_queuevisit
    WHERE tenant_id = NEW.id HAVING count(*) > 0;
  PERFORM set_config('app.tenant', coalesce(told, ''), true)""",
) + _TRIGGER.format(
    name="reports_tenant_zone",
    event="UPDATE OF time_zone",
    table="callcenter_tenant",
    reads="",
    each="ROW",
    when="WHEN (OLD.time_zone IS DISTINCT FROM NEW.time_zone)",
)
_ZONE_BACK = (
    "DROP TRIGGER reports_tenant_zone ON callcenter_tenant; DROP FUNCTION reports_tenant_zone();"
)
_KNOWN_ALREADY = """SELECT set_config('app.tenant', '*', true);
INSERT INTO reports_changedspan (tenant_id, first_at, last_at)
  SELECT tenant_id, min(entered_at), max(entered_at) FROM telephony_queuevisit GROUP BY tenant_id;"""


def _tenant(**more):
    return models.ForeignKey(
        db_index=False,
        default=callcenter.tenants.scope.tenant_of_new_row,
        editable=False,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        to="callcenter.tenant",
        **more,
    )


def _id():
    return models.BigAutoField(
        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
    )


def _waits():
    return django.contrib.postgres.fields.ArrayField(
        base_field=models.IntegerField(), help_text="by kpi.WAIT_EDGES", size=None
    )


def _answered():
    return [
        ("id", _id()),
        ("day", models.DateField(help_text="in the tenant's zone")),
        ("queue_name", models.CharField(max_length=150)),
        ("group_id", models.BigIntegerField(null=True)),
        ("service_level_mode", models.CharField(max_length=20)),
        ("answered", models.IntegerField()),
        ("answered_in_time", models.IntegerField()),
        ("wait_answered", models.BigIntegerField()),
        ("talk", models.BigIntegerField()),
        ("wrap_up_ms", models.BigIntegerField()),
        ("longest", models.IntegerField(null=True)),
        ("answered_waits", _waits()),
        ("tenant", _tenant()),
    ]


class Migration(migrations.Migration):
    dependencies = [("callcenter", "0005_recording_settings"), ("telephony", "0010_agent_activity")]
    operations = [
        migrations.CreateModel(
            name="AgentDay",
            fields=[*_answered(), ("agent_id", models.BigIntegerField(null=True))],
            options={"indexes": [models.Index(fields=["tenant", "day"], name="agent_day")]},
        ),
        migrations.CreateModel(
            name="QueueDay",
            fields=[
                *_answered(),
                ("abandoned", models.IntegerField()),
                ("abandoned_in_time", models.IntegerField()),
                ("overflowed", models.IntegerField()),
                ("short_abandoned", models.IntegerField()),
                ("closed", models.IntegerField()),
                ("wait_all", models.BigIntegerField()),
                ("timeout", models.IntegerField()),
                ("full", models.IntegerField()),
                ("no_agents", models.IntegerField()),
                ("agents_left", models.IntegerField()),
                ("key", models.IntegerField()),
                ("other", models.IntegerField()),
                ("restarted", models.IntegerField()),
                ("unanswered_waits", _waits()),
            ],
            options={"indexes": [models.Index(fields=["tenant", "day"], name="queue_day")]},
        ),
        migrations.CreateModel(
            name="ChangedSpan",
            fields=[
                ("id", _id()),
                ("first_at", models.DateTimeField()),
                ("last_at", models.DateTimeField()),
                ("tenant", _tenant(db_constraint=False)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["tenant", "first_at", "last_at"], name="changed_span")
                ]
            },
        ),
        WallOffTenants("AgentDay", "QueueDay", "ChangedSpan"),
        migrations.RunSQL(_KNOWN_ALREADY, migrations.RunSQL.noop),
        *(_on_visits(event, *how) for event, how in _EVENTS.items()),
        migrations.RunSQL(_ZONE, _ZONE_BACK),
    ]
