"""Numbers are found by their last digits, within one tenant, by an index."""

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("callcenter", "0003_agents_wishes"),
        ("telephony", "0006_ledger_tables"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="call",
            name="call_party_ends",
        ),
        migrations.AddField(
            model_name="call",
            name="party_backwards",
            field=models.GeneratedField(
                db_persist=True,
                expression=django.db.models.functions.text.Reverse("party_digits"),
                output_field=models.CharField(db_collation="C", max_length=32),
            ),
        ),
        migrations.AddIndex(
            model_name="call",
            index=models.Index(fields=["party_backwards", "tenant"], name="call_party"),
        ),
    ]
