"""What the average wait is of has changed: every day that is summed is summed again."""

from django.db import migrations

SUM_AGAIN = """
DO $$
DECLARE told text := current_setting('app.tenant', true);
BEGIN
  PERFORM set_config('app.tenant', '*', true);  -- of every tenant
  INSERT INTO reports_changedspan (tenant_id, first_at, last_at)
  SELECT tenant_id, min(entered_at), max(entered_at) FROM telephony_queuevisit GROUP BY tenant_id;
  PERFORM set_config('app.tenant', coalesce(told, ''), true);
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0003_hours"), ("telephony", "0023_moved_stays")]

    operations = [migrations.RunSQL(SUM_AGAIN, migrations.RunSQL.noop)]
