from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("telephony", "0011_recordings")]
    operations: list[migrations.operations.base.Operation] = []
