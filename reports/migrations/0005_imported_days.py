"""Imports add visits as a role of their own, and the trigger on these leaves word of their days."""

from django.db import migrations

from callcenter.tenants.adding import GRANT


class Migration(migrations.Migration):
    dependencies = [("reports", "0004_who_waited")]

    operations = [
        migrations.RunSQL(GRANT.format(tables="reports_changedspan"), migrations.RunSQL.noop)
    ]
