"""The schema `asterisk`: all that a PBX may see of us, and the role that sees it.

A PBX reads views and functions that belong to the tables' owner, and has no right on any table.
Two settings of its connection open them (docs/asterisk.md): `app.tenant` = '*', because row-level
security binds the owner too, and `app.pbx`, the name in `Tenant.pbx`.
"""

from django.db import migrations

SCHEMA = """
CREATE SCHEMA IF NOT EXISTS asterisk;

-- Which PBX asks. A login role named asterisk_<pbx> is that PBX whatever it says of itself; the
-- plain role `asterisk` says it by a setting. Nobody in particular sees nothing.
CREATE FUNCTION asterisk.this_pbx() RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT CASE WHEN session_user LIKE 'asterisk\\_%' THEN substr(session_user, 10)
              ELSE current_setting('app.pbx', true) END
$$;

-- The tenants at home on the PBX that asks.
CREATE VIEW asterisk.tenant WITH (security_barrier) AS
SELECT id, slug, country, time_zone, language, caller_id
FROM public.callcenter_tenant
WHERE is_active AND pbx = (SELECT asterisk.this_pbx());

-- Lets a login role be a PBX. For roles made after this migration: SELECT asterisk.admit('...')
CREATE FUNCTION asterisk.admit(role name) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  one text;
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA asterisk TO %I', role);
  FOREACH one IN ARRAY ARRAY['ps_endpoints', 'ps_auths', 'ps_aors', 'ast_config', 'voicemail'] LOOP
    IF to_regclass('asterisk.' || one) IS NOT NULL THEN
      EXECUTE format('GRANT SELECT ON asterisk.%I TO %I', one, role);
    END IF;
  END LOOP;
  FOREACH one IN ARRAY ARRAY['this_pbx()', 'route_inbound(text, text)', 'route_queue(text, text)',
                             'route_outbound(text, text, text, text)'] LOOP
    IF to_regprocedure('asterisk.' || one) IS NOT NULL THEN
      EXECUTE format('GRANT EXECUTE ON FUNCTION asterisk.%s TO %I', one, role);
    END IF;
  END LOOP;
END $$;
REVOKE ALL ON FUNCTION asterisk.this_pbx() FROM PUBLIC;
REVOKE ALL ON FUNCTION asterisk.admit(name) FROM PUBLIC;

DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'asterisk') THEN
    CREATE ROLE asterisk NOLOGIN;
    RAISE NOTICE 'Made the role asterisk without a login; see deploy/postgres-roles.sql.';
  END IF;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'There is no role asterisk and none may be made: no PBX can read this database '
    'until a superuser runs deploy/postgres-roles.sql and the owner SELECT asterisk.admit(...).';
END $$;
"""

PHONES = r"""
-- What SIP needs to know of a phone. The transport is the one that the phone came by.
CREATE VIEW asterisk.ps_endpoints WITH (security_barrier) AS
SELECT t.slug || '-' || d.extension AS id,
       t.slug || '-' || d.extension AS aors,
       t.slug || '-' || d.extension AS auth,
       'agents' AS context,
       'messages' AS message_context,
       'all' AS disallow,
       CASE d.kind WHEN 'webrtc' THEN 'opus,alaw,ulaw' ELSE 'alaw,ulaw' END AS allow,
       CASE d.kind WHEN 'webrtc' THEN 'yes' ELSE 'no' END AS webrtc,
       'no' AS direct_media,
       'yes' AS rtp_symmetric,
       'yes' AS force_rport,
       'yes' AS rewrite_contact,
       'rfc4733' AS dtmf_mode,
       -- so that a transfer changes what the phone shows
       'yes' AS send_pai,
       'yes' AS trust_id_outbound,
       '"' || regexp_replace(coalesce(a.name, d.name), '["\\<>;,[:cntrl:]]', '', 'g')
           || '" <' || d.extension || '>' AS callerid,
       -- inherited by every leg this phone's calls make: what the dialplan walls tenants off by
       '__TENANT=' || t.slug AS set_var,
       t.slug AS tenantid,
       t.slug AS accountcode,
       t.language AS language,
       d.extension || '@' || t.slug AS mailboxes,
       t.slug AS named_call_group,
       t.slug AS named_pickup_group
FROM public.callcenter_device d
JOIN asterisk.tenant t ON t.id = d.tenant_id
LEFT JOIN public.callcenter_agent a ON a.id = d.agent_id
WHERE d.is_active;

-- `md5` is understood by every Asterisk from 20 on; newer ones turn it into a password_digest.
-- The realm is the PBX's default_realm, the one that the digest was made with.
CREATE VIEW asterisk.ps_auths WITH (security_barrier) AS
SELECT t.slug || '-' || d.extension AS id, 'md5' AS auth_type,
       t.slug || '-' || d.extension AS username, d.digest AS md5_cred
FROM public.callcenter_device d JOIN asterisk.tenant t ON t.id = d.tenant_id
WHERE d.is_active;

-- One contact: a phone that comes back from another port must not leave its dead one ringing.
-- Asked for a sign of life, else a phone without power stays "available" until it expires.
CREATE VIEW asterisk.ps_aors WITH (security_barrier) AS
SELECT t.slug || '-' || d.extension AS id, '1' AS max_contacts, 'yes' AS remove_existing,
       '30' AS minimum_expiration, '120' AS default_expiration, '3600' AS maximum_expiration,
       '30' AS qualify_frequency, '3' AS qualify_timeout, 'yes' AS support_path
FROM public.callcenter_device d JOIN asterisk.tenant t ON t.id = d.tenant_id
WHERE d.is_active;

-- The mailbox is opened from the owner's phone only (VoiceMailMain without a password), so its
-- password is one that no keypad can dial.
CREATE VIEW asterisk.voicemail WITH (security_barrier) AS
SELECT d.id AS uniqueid, t.slug AS context, d.extension AS mailbox, '-keyless' AS password,
       coalesce(a.name, d.name) AS fullname, '' AS email, 'no' AS attach, 'no' AS "delete",
       'UTC' AS tz
FROM public.callcenter_device d
JOIN asterisk.tenant t ON t.id = d.tenant_id
LEFT JOIN public.callcenter_agent a ON a.id = d.agent_id
WHERE d.is_active;
"""

QUEUES = """
-- Whole configuration files ("static realtime"), read at the start and at a reload only: queues
-- and parking lots stay while PostgreSQL is away.
CREATE VIEW asterisk.ast_config WITH (security_barrier) AS
WITH line AS (
  SELECT 'queues.conf' AS filename, 0::bigint AS section, 'general' AS category, general.*
  FROM (VALUES
    (0, 'persistentmembers', 'yes'), (1, 'shared_lastcall', 'yes'),
    (2, 'log_membername_as_agent', 'yes'), (3, 'log_unpause_on_reason_change', 'yes'),
    (4, 'force_longest_waiting_caller', 'yes')
  ) general (place, name, value)
  UNION ALL
  SELECT 'queues.conf', q.id, t.slug || '-' || q.slug, setting.*
  FROM public.callcenter_queue q
  JOIN asterisk.tenant t ON t.id = q.tenant_id
  JOIN public.callcenter_agentgroup g ON g.id = q.group_id,
  LATERAL (VALUES
    (0, 'strategy', q.strategy::text),
    (1, 'timeout', q.ring_seconds::text),
    (2, 'retry', q.retry_seconds::text),
    -- one by one within [general] it has no effect for queues that come from the database
    (3, 'autofill', 'yes'),
    (4, 'ringinuse', 'no'),
    (5, 'autopause', 'no'),
    -- Helin keeps wrap-up itself
    (6, 'wrapuptime', '0'),
    -- paused agents count: a pause is short, and a wrap-up is one
    (7, 'joinempty',
        CASE WHEN q.takes_calls_without_agents THEN 'yes' ELSE 'unavailable,invalid' END),
    (8, 'leavewhenempty',
        CASE WHEN q.takes_calls_without_agents THEN 'no' ELSE 'unavailable,invalid' END),
    (9, 'maxlen', q.max_length::text),
    (10, 'musicclass', 'default'),
    (11, 'servicelevel', g.answer_within_seconds::text),
    (12, 'setinterfacevar', 'yes'),
    (13, 'setqueuevar', 'yes'),
    (14, 'setqueueentryvar', 'yes'),
    (15, 'announce-position', CASE WHEN q.announces_position THEN 'yes' ELSE 'no' END),
    (16, 'announce-frequency', CASE WHEN q.announces_position THEN '30' ELSE '0' END),
    (17, 'announce-holdtime', 'no')
  ) setting (place, name, value)
  UNION ALL
  -- Two digits: no extension has so few. 70 parks, 71 to 99 are the places.
  SELECT 'res_parking.conf', t.id, t.slug, setting.*
  FROM asterisk.tenant t,
  LATERAL (VALUES
    (0, 'parkext', '70'), (1, 'parkpos', '71-99'), (2, 'context', 'park-' || t.slug),
    (3, 'parkingtime', '120'), (4, 'comebacktoorigin', 'yes'), (5, 'findslot', 'next'),
    (6, 'parkedmusicclass', 'default'), (7, 'parkedcalltransfers', 'caller'),
    (8, 'parkedcallreparking', 'caller')
  ) setting (place, name, value)
)
SELECT row_number() OVER (ORDER BY filename, section, place) AS id, section AS cat_metric,
       place AS var_metric, filename, category, name AS var_name, value AS var_val, 0 AS commented
FROM line;
"""

GONE = "DROP SCHEMA asterisk CASCADE;"


class Migration(migrations.Migration):
    dependencies = [
        ("callcenter", "0002_tenant_wall"),
        ("telephony", "0002_tenant_wall"),
    ]
    operations = [
        migrations.RunSQL(SCHEMA, GONE),
        migrations.RunSQL(PHONES, migrations.RunSQL.noop),
        migrations.RunSQL(QUEUES, migrations.RunSQL.noop),
    ]
