"""Which lines one index is of, in fewer words: they are compared for each line that is written."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("telephony", "0023_moved_stays")]

    operations = [
        migrations.RemoveIndex("queuelogline", "queue_log_of_member"),
        migrations.AddIndex(
            "queuelogline",
            models.Index(
                condition=models.Q(
                    models.Q(("agent", "NONE"), _negated=True),
                    models.Q(("event__in", ("COMPLETECALLER", "COMPLETEAGENT")), _negated=True),
                ),
                fields=["pbx", "tenant", "agent", "at"],
                name="queue_log_of_member",
            ),
        ),
    ]
