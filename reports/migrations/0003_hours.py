"""Sums of visits by hour of the day, beside those by day; made when a company's days are summed next."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import callcenter.tenants.scope
from callcenter.tenants.rls import WallOffTenants

# as in 0001_statistics.py, and the hours with it
_ZONE = """CREATE OR REPLACE FUNCTION reports_tenant_zone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE told text := current_setting('app.tenant', true);
BEGIN
  PERFORM pg_advisory_xact_lock(726, NEW.id::int);
  PERFORM set_config('app.tenant', '*', true);  -- a tenant is changed in any scope, or none
  {hours}DELETE FROM reports_queueday WHERE tenant_id = NEW.id;
  DELETE FROM reports_agentday WHERE tenant_id = NEW.id;
  INSERT INTO reports_changedspan (tenant_id, first_at, last_at)
    SELECT NEW.id, min(entered_at), max(entered_at) FROM telephony_queuevisit
    WHERE tenant_id = NEW.id HAVING count(*) > 0;
  PERFORM set_config('app.tenant', coalesce(told, ''), true);
  RETURN NULL;
END $$;"""
_WITH_HOURS = _ZONE.format(hours="DELETE FROM reports_queuehour WHERE tenant_id = NEW.id;\n  ")


def _waits():
    return django.contrib.postgres.fields.ArrayField(
        base_field=models.IntegerField(), help_text="by kpi.WAIT_EDGES", size=None
    )


class Migration(migrations.Migration):
    dependencies = [
        ("callcenter", "0006_exit_key"),
        ("reports", "0002_schedules"),
    ]

    operations = [
        migrations.CreateModel(
            name="QueueHour",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
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
                (
                    "hour",
                    models.SmallIntegerField(
                        help_text="0 to 23 on the clocks of the tenant's zone"
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
                "indexes": [models.Index(fields=["tenant", "day"], name="queue_hour")],
            },
        ),
        WallOffTenants("QueueHour"),
        migrations.RunSQL(_WITH_HOURS, _ZONE.format(hours="")),
    ]
