"""What imports add they add by COPY, as a role that may do nothing else; and one index says in fewer
words which lines it is of: of each line that is written all of them are compared."""

from django.db import migrations, models

from callcenter.tenants.adding import GRANT

TABLES = (
    "telephony_queuelogline, telephony_celline, telephony_call, telephony_callconcern, "
    "telephony_calltouch, telephony_queuevisit"
)


class Migration(migrations.Migration):
    dependencies = [("telephony", "0023_moved_stays")]

    operations = [
        migrations.RunSQL(GRANT.format(tables=TABLES), migrations.RunSQL.noop),
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
