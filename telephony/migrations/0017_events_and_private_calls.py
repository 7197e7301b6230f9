from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("telephony", "0016_subscriptions")]
    operations: list[migrations.operations.base.Operation] = []
