from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("reports", "0001_statistics")]
    operations: list[migrations.operations.base.Operation] = []
