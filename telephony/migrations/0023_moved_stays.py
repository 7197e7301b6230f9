"""Ends of talks that are told under the name of another call: few, and found by whose they are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("callcenter", "0006_exit_key"),
        ("telephony", "0022_exports_erased"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="queuelogline",
            index=models.Index(
                condition=models.Q(("data1", "APP"), ("event", "ATTENDEDTRANSFER")),
                fields=["pbx", "agent", "at"],
                name="queue_log_moved",
            ),
        ),
    ]
