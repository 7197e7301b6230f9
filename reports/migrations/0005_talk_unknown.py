"""Talks that are not over, or whose end nobody told, are counted with the days and hours."""

from django.db import migrations, models

_SUMMED = """tenant_id, entered_at, queue_name, group_id, agent_id, outcome, reason, wait_seconds,
    talk_seconds, wrap_up_ms, answer_within_seconds, service_level_mode"""


def _function(columns):
    """As 0001_statistics.py made it: which changes of visits leave sums of days untrue."""
    names = [name.strip() for name in columns.split(",")]
    new = ", ".join(f"new_rows.{name}" for name in names)
    old = ", ".join(f"old_rows.{name}" for name in names)
    return f"""CREATE OR REPLACE FUNCTION reports_visits_update() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE told text := current_setting('app.tenant', true);
BEGIN
  INSERT INTO reports_changedspan (tenant_id, first_at, last_at)
  SELECT tenant_id, min(entered_at), max(entered_at) FROM (
    SELECT side.tenant_id, side.entered_at
    FROM new_rows JOIN old_rows USING (id) CROSS JOIN LATERAL (
      VALUES (new_rows.tenant_id, new_rows.entered_at), (old_rows.tenant_id, old_rows.entered_at)
    ) side (tenant_id, entered_at)
    WHERE ({new}) IS DISTINCT FROM ({old})
  ) changed
  GROUP BY tenant_id, (entered_at AT TIME ZONE 'UTC')::date;
  RETURN NULL;
END $$;"""  # noqa: S608


# a talk of no second ends with nothing but its end
_WITH_END = _function(f"{_SUMMED}, ended_at")
_SUM_AGAIN = """
DO $$
DECLARE told text := current_setting('app.tenant', true);
BEGIN
  PERFORM set_config('app.tenant', '*', true);  -- of every tenant
  INSERT INTO reports_changedspan (tenant_id, first_at, last_at)
  SELECT tenant_id, min(entered_at), max(entered_at) FROM telephony_queuevisit
  WHERE outcome = 'answered' AND (ended_at IS NULL OR reason = 'lost')
  GROUP BY tenant_id, (entered_at AT TIME ZONE 'UTC')::date;
  PERFORM set_config('app.tenant', coalesce(told, ''), true);
END $$
"""


def _column(model):
    return migrations.AddField(model, "talk_unknown", models.IntegerField(db_default=0, default=0))


class Migration(migrations.Migration):
    dependencies = [("reports", "0004_who_waited"), ("telephony", "0028_kind_of_talk")]

    operations = [
        _column("agentday"),
        _column("queueday"),
        _column("queuehour"),
        migrations.RunSQL(_WITH_END, _function(_SUMMED)),
        migrations.RunSQL(_SUM_AGAIN, migrations.RunSQL.noop),
    ]
