from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("reports", "0002_schedules")]

    operations: list[migrations.operations.base.Operation] = []
