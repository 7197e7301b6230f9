"""Row-level security on every table that belongs to a tenant."""

from django.db import migrations

from callcenter.tenants.rls import WallOffTenants


class Migration(migrations.Migration):
    dependencies = [("telephony", "0001_orders")]
    operations = [WallOffTenants("OutgoingPrefix", "PbxCommand")]
