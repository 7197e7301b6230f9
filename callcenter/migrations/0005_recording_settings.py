from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("callcenter", "0004_settings_of_calls")]
    operations: list[migrations.operations.base.Operation] = []
