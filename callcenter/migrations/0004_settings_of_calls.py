from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("callcenter", "0003_agents_wishes")]
    operations: list[migrations.operations.base.Operation] = []
