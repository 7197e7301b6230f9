from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("telephony", "0013_click_to_call")]
    operations: list[migrations.operations.base.Operation] = []
