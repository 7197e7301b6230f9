from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("phonebook", "0002_naming")]
    operations: list[migrations.operations.base.Operation] = []
