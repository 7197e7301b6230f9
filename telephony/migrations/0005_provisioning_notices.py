"""Every change of what the PBX reads is told at once, when it is committed.

The listener hears `<tenant id>:<table>` on the channel `helin_config`; PostgreSQL folds equal
notices of one transaction into one.
"""

from django.db import migrations

TABLES = [
    "callcenter_agent",
    "callcenter_agentgroup",
    "callcenter_calendarexception",
    "callcenter_clip",
    "callcenter_device",
    "callcenter_groupmember",
    "callcenter_holiday",
    "callcenter_number",
    "callcenter_openingcalendar",
    "callcenter_openinghours",
    "callcenter_queue",
    "callcenter_tenant",
    "telephony_outgoingprefix",
]

# Two functions and not one that is told the column's name: reading it out of a row of any shape
# would turn a clip's audio into text at every change.
FUNCTIONS = "".join(
    f"""
CREATE FUNCTION asterisk.{name}() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    PERFORM pg_notify('helin_config', OLD.{column} || ':' || TG_TABLE_NAME);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM pg_notify('helin_config', NEW.{column} || ':' || TG_TABLE_NAME);
  END IF;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION asterisk.{name}() FROM PUBLIC;
"""
    for name, column in (("tell_change", "tenant_id"), ("tell_tenant_change", "id"))
)


def trigger(table: str) -> migrations.RunSQL:
    function = "tell_tenant_change" if table == "callcenter_tenant" else "tell_change"
    return migrations.RunSQL(
        f"CREATE TRIGGER tell_pbx AFTER INSERT OR UPDATE OR DELETE ON public.{table} "
        f"FOR EACH ROW EXECUTE FUNCTION asterisk.{function}()",
        f"DROP TRIGGER tell_pbx ON public.{table}",
    )


class Migration(migrations.Migration):
    dependencies = [("telephony", "0004_provisioning_routing")]
    operations = [
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        *(trigger(table) for table in TABLES),
    ]
