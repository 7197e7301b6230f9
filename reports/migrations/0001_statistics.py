from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("callcenter", "0005_recording_settings"), ("telephony", "0010_agent_activity")]
    operations: list[migrations.operations.base.Operation] = []
