from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("telephony", "0009_ledger_complete")]
    operations: list[migrations.operations.base.Operation] = []
