from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("telephony", "0017_events_and_private_calls")]
    operations: list[migrations.operations.base.Operation] = []
