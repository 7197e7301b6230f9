from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("phonebook", "0003_notes")]
    operations: list[migrations.operations.base.Operation] = []
