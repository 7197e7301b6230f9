"""Every country's numbers for help go out; phones that vanish in a call end it."""

from django.db import migrations

from phonebook.numbers.emergency import countries, emergency_numbers

TABLE = """
-- What is dialled for help in a country; the dialplan has the same from the same function.
CREATE TABLE asterisk.emergency (country text, number text, PRIMARY KEY (country, number));
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'helin_app') THEN
    REVOKE ALL ON asterisk.emergency FROM helin_app;
  END IF;
END $$;
"""

OUTBOUND = r"""
-- verdict: emergency (always), inside (an own number: `number` is where calls from outside come
-- in), allowed, refused (`why` says it), never NULL.
-- `phone` is the endpoint that dials, where one does. `wished` is the number or the slug of the
-- group that the far end shall see; only what belongs to the tenant is shown.
CREATE OR REPLACE FUNCTION asterisk.route_outbound(
  of_tenant text, phone text, dialled text, wished text)
RETURNS TABLE (verdict text, number text, caller_id text, why text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH asked AS (
    SELECT t.id, t.caller_id::text AS usual, asterisk.e164(t.country, dialled) AS number,
           EXISTS (SELECT FROM callcenter_number n WHERE n.tenant_id = t.id
                   AND n.e164 = asterisk.e164(t.country, dialled)) AS inside,
           dialled = '112' OR EXISTS (SELECT FROM asterisk.emergency e
                                      WHERE e.country = t.country AND e.number = dialled) AS urgent
    FROM (VALUES (1)) always_one_row LEFT JOIN asterisk.tenant t ON t.slug = of_tenant
  ),
  own AS (
    SELECT n.e164::text AS number FROM callcenter_number n, asked WHERE n.tenant_id = asked.id
    UNION SELECT g.caller_id FROM callcenter_agentgroup g, asked
          WHERE g.tenant_id = asked.id AND g.caller_id <> ''
    UNION SELECT usual FROM asked WHERE usual <> ''
  ),
  judged AS (
    SELECT asked.*, CASE
      WHEN asked.id IS NULL THEN 'no such tenant here'
      WHEN EXISTS (SELECT FROM callcenter_device d
                   WHERE d.tenant_id = asked.id AND of_tenant || '-' || d.extension = phone
                     AND NOT d.is_active) THEN 'this phone is switched off'
      WHEN urgent OR inside THEN ''
      WHEN asked.number IS NULL THEN 'not a telephone number'
      WHEN NOT EXISTS (SELECT FROM telephony_outgoingprefix p
                       WHERE p.tenant_id = asked.id AND starts_with(asked.number, p.prefix))
        THEN 'not on the list of allowed destinations'
      ELSE '' END AS why
    FROM asked
  )
  SELECT CASE WHEN why <> '' THEN 'refused' WHEN urgent THEN 'emergency'
              WHEN inside THEN 'inside' ELSE 'allowed' END,
         CASE WHEN urgent THEN dialled ELSE coalesce(judged.number, '') END,
         coalesce(
           (SELECT own.number FROM own WHERE own.number = wished),
           (SELECT g.caller_id FROM callcenter_agentgroup g
            WHERE g.tenant_id = judged.id AND g.slug = wished AND g.caller_id <> ''),
           nullif(judged.usual, ''),
           (SELECT n.e164 FROM callcenter_number n WHERE n.tenant_id = judged.id
            ORDER BY n.id LIMIT 1),
           ''),
         why
  FROM judged
$$;
"""

PHONES = r"""
-- The context is the country's: its numbers for help come before all else. EMERGENCY_ID is what
-- the far end of such a call sees, known to the phone's own channel: nothing is asked then.
CREATE OR REPLACE VIEW asterisk.ps_endpoints WITH (security_barrier) AS
SELECT t.slug || '-' || d.extension AS id,
       t.slug || '-' || d.extension AS aors,
       t.slug || '-' || d.extension AS auth,
       'agents' || coalesce('-' || lower(c.code), '') AS context,
       'messages' AS message_context,
       'all' AS disallow,
       CASE d.kind WHEN 'webrtc' THEN 'opus,alaw,ulaw' ELSE 'alaw,ulaw' END AS allow,
       CASE d.kind WHEN 'webrtc' THEN 'yes' ELSE 'no' END AS webrtc,
       'no' AS direct_media,
       'yes' AS rtp_symmetric,
       'yes' AS force_rport,
       'yes' AS rewrite_contact,
       'rfc4733' AS dtmf_mode,
       'yes' AS send_pai,
       'yes' AS trust_id_outbound,
       '"' || regexp_replace(coalesce(a.name, d.name), '["\\<>;,[:cntrl:]]', '', 'g')
           || '" <' || d.extension || '>' AS callerid,
       -- inherited by every leg this phone's calls make: what the dialplan walls tenants off by
       '__TENANT=' || t.slug || coalesce(';__COUNTRY=' || lower(c.code), '')
         || coalesce(';__EMERGENCY_ID=' || coalesce(nullif(t.caller_id, ''), (
              SELECT n.e164 FROM public.callcenter_number n
              WHERE n.tenant_id = t.id ORDER BY n.id LIMIT 1)), '') AS set_var,
       t.slug AS tenantid,
       t.slug AS accountcode,
       t.language AS language,
       d.extension || '@' || t.slug AS mailboxes,
       t.slug AS named_call_group,
       t.slug AS named_pickup_group,
       -- a phone that lost its power or its network: seconds without a single packet
       '45' AS rtp_timeout,
       '900' AS rtp_timeout_hold
FROM public.callcenter_device d
JOIN asterisk.tenant t ON t.id = d.tenant_id
LEFT JOIN asterisk.country c ON c.code = t.country
LEFT JOIN public.callcenter_agent a ON a.id = d.agent_id
WHERE d.is_active;
"""

# 90 to 94 call for help in some countries
PARKING = """
DO $$ BEGIN
  EXECUTE 'CREATE OR REPLACE VIEW asterisk.ast_config WITH (security_barrier) AS '
    || replace(pg_get_viewdef('asterisk.ast_config'::regclass), '71-99', '71-89');
END $$;
"""


def fill_emergency(_apps, schema_editor):
    rows = [(country, number) for country in countries() for number in emergency_numbers(country)]
    with schema_editor.connection.cursor() as cursor:
        cursor.executemany("INSERT INTO asterisk.emergency VALUES (%s, %s)", rows)


class Migration(migrations.Migration):
    dependencies = [("telephony", "0014_callbacks")]
    operations = [
        migrations.RunSQL(TABLE, "DROP TABLE asterisk.emergency"),
        migrations.RunPython(fill_emergency, migrations.RunPython.noop),
        migrations.RunSQL(OUTBOUND, migrations.RunSQL.noop),
        migrations.RunSQL(PHONES, migrations.RunSQL.noop),
        migrations.RunSQL(PARKING, migrations.RunSQL.noop),
    ]
