"""Whom queues rang in vain, by company and time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("telephony", "0024_lines_of_members")]

    operations = [
        migrations.AddIndex(
            "queuelogline",
            models.Index(
                condition=models.Q(("event", "RINGNOANSWER")),
                fields=["tenant", "at"],
                name="queue_log_rung",
            ),
        ),
    ]
