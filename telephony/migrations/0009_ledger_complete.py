from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("telephony", "0008_provisioning_memberships")]
    operations: list[migrations.operations.base.Operation] = []
