"""Whoever may not enter any more is out of the queues too: the PBX hears of memberships."""

from django.db import migrations

TRIGGER = (
    "CREATE TRIGGER tell_pbx AFTER UPDATE OF is_active ON public.callcenter_membership"
    " FOR EACH ROW WHEN (OLD.is_active IS DISTINCT FROM NEW.is_active)"
    " EXECUTE FUNCTION asterisk.tell_change()"
)


class Migration(migrations.Migration):
    dependencies = [("telephony", "0007_ledger_number_search")]
    operations = [
        migrations.RunSQL(TRIGGER, "DROP TRIGGER tell_pbx ON public.callcenter_membership"),
    ]
