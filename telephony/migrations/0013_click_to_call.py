from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("telephony", "0012_privacy")]
    operations: list[migrations.operations.base.Operation] = []
