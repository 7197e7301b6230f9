from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("phonebook", "0004_events")]

    operations: list[migrations.operations.base.Operation] = []
