"""What the average wait is of has changed: every day that is summed is summed again."""

from django.db import migrations

SUM_AGAIN = """
INSERT INTO reports_changedspan (tenant_id, first_at, last_at)
SELECT tenant_id, min(entered_at), max(entered_at) FROM telephony_queuevisit GROUP BY tenant_id
"""


class Migration(migrations.Migration):
    dependencies = [("reports", "0003_hours"), ("telephony", "0023_moved_stays")]

    operations = [migrations.RunSQL(SUM_AGAIN, migrations.RunSQL.noop)]
