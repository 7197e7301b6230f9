from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("phonebook", "0001_contacts")]
    operations: list[migrations.operations.base.Operation] = []
