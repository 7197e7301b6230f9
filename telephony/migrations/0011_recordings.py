from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("telephony", "0010_agent_activity")]
    operations: list[migrations.operations.base.Operation] = []
