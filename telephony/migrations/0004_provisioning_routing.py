"""What the dialplan asks at call time: one function each, always exactly one row.

An empty answer therefore means that PostgreSQL is away, and the dialplan takes what it remembers.
"""

import phonenumbers
from django.db import migrations
from phonenumbers import PhoneMetadata

OPENING = """
-- The same truth as callcenter/calendars/opening.py, which says the rules in words; a test holds
-- the two together. NULL is no calendar: always open.
CREATE FUNCTION asterisk.calendar_is_open(calendar bigint, zone text, at timestamptz)
RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  WITH moment AS (
    SELECT (at AT TIME ZONE zone)::date AS day,
           (extract(hour FROM at AT TIME ZONE zone) * 60
            + extract(minute FROM at AT TIME ZONE zone))::int AS minute
  ),
  ruling AS (
    SELECT e.opens_minute, e.closes_minute,
           rank() OVER (ORDER BY e.last_day - e.first_day) AS place
    FROM callcenter_calendarexception e, moment
    WHERE e.calendar_id = calendar AND moment.day BETWEEN e.first_day AND e.last_day
  )
  SELECT coalesce((
    SELECT CASE
      WHEN c.forced <> '' AND (c.forced_until IS NULL OR at < c.forced_until)
        THEN c.forced = 'open'
      WHEN EXISTS (SELECT FROM ruling)
        THEN EXISTS (SELECT FROM ruling
                     WHERE place = 1 AND opens_minute <= minute AND minute < closes_minute)
      WHEN EXISTS (SELECT FROM callcenter_holiday h WHERE h.calendar_id = c.id AND h.day = moment.day)
        THEN false
      ELSE EXISTS (SELECT FROM callcenter_openinghours o
                   WHERE o.calendar_id = c.id AND o.weekday = extract(isodow FROM moment.day)
                     AND o.opens_minute <= minute AND minute < o.closes_minute)
    END
    FROM callcenter_openingcalendar c, moment WHERE c.id = calendar
  ), true)
$$;
"""

INBOUND = """
-- All that the dialplan must know to put a caller into a queue. Not for the PBX itself to read.
CREATE VIEW asterisk.queue_way AS
SELECT q.id AS queue_id, t.id AS tenant_id, t.slug AS tenant, t.slug || '-' || q.slug AS queue,
       CASE WHEN g.is_active AND asterisk.calendar_is_open(g.calendar_id, t.time_zone, now())
            THEN 'open' ELSE 'closed' END AS state,
       coalesce(asterisk.clip_file(t.slug, g.greeting_id), '') AS greeting,
       coalesce(asterisk.clip_file(t.slug, g.closed_clip_id), '') AS closed_clip,
       q.max_wait_seconds::int AS max_wait,
       q.overflow_on_timeout::text AS on_timeout,
       q.overflow_on_full::text AS on_full,
       q.overflow_on_no_agents::text AS on_no_agents,
       coalesce(asterisk.clip_file(t.slug, q.overflow_clip_id), '') AS overflow_clip,
       coalesce(t.slug || '-' || other.slug, '') AS overflow_queue,
       t.language::text AS language
FROM public.callcenter_queue q
JOIN asterisk.tenant t ON t.id = q.tenant_id
JOIN public.callcenter_agentgroup g ON g.id = q.group_id
LEFT JOIN public.callcenter_queue other ON other.id = q.overflow_queue_id;

-- `did` in digits, with its country code. `caller` is not looked at yet.
-- state: open, closed, or unknown (no number of any tenant that is at home on this PBX).
CREATE FUNCTION asterisk.route_inbound(did text, caller text)
RETURNS TABLE (state text, tenant text, queue text, greeting text, closed_clip text, max_wait int,
               on_timeout text, on_full text, on_no_agents text, overflow_clip text,
               overflow_queue text, language text, recording text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(w.state, 'unknown'), w.tenant, w.queue, w.greeting, w.closed_clip, w.max_wait,
         w.on_timeout, w.on_full, w.on_no_agents, w.overflow_clip, w.overflow_queue, w.language,
         ''  -- nothing records yet
  FROM (VALUES (1)) always_one_row
  LEFT JOIN callcenter_number n ON n.e164 = '+' || did
  -- fenced in, so that opening hours are worked out for this queue only
  LEFT JOIN LATERAL (
    SELECT * FROM asterisk.queue_way way WHERE way.queue_id = n.queue_id OFFSET 0
  ) w ON true
$$;

-- The same for a queue by its name in the PBX: where a caller overflows to.
CREATE FUNCTION asterisk.route_queue(of_tenant text, name text)
RETURNS TABLE (state text, tenant text, queue text, greeting text, closed_clip text, max_wait int,
               on_timeout text, on_full text, on_no_agents text, overflow_clip text,
               overflow_queue text, language text, recording text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(w.state, 'unknown'), w.tenant, w.queue, w.greeting, w.closed_clip, w.max_wait,
         w.on_timeout, w.on_full, w.on_no_agents, w.overflow_clip, w.overflow_queue, w.language, ''
  FROM (VALUES (1)) always_one_row
  LEFT JOIN LATERAL (
    SELECT * FROM asterisk.queue_way way WHERE way.queue = name AND way.tenant = of_tenant OFFSET 0
  ) w ON true
$$;
"""

CLIPS = """
-- Where the clip lies below the PBX's clip folder, without the ending: Playback adds it.
CREATE FUNCTION asterisk.clip_file(slug text, clip bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT slug || '/' || c.id || '-' || left(c.sha256, 8) FROM callcenter_clip c WHERE c.id = clip
$$;
"""

OUTBOUND = r"""
-- How a country dials: its calling code, and what stands before a national number ('0' or none).
CREATE TABLE asterisk.country (code text PRIMARY KEY, calling text NOT NULL, trunk text NOT NULL);

-- What was dialled, as E.164; NULL if it cannot be a number of the telephone network.
CREATE FUNCTION asterisk.e164(of_country text, dialled text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, asterisk, pg_temp AS $$
  SELECT number FROM (
    SELECT CASE
      WHEN dialled LIKE '+%' THEN dialled
      WHEN dialled LIKE '00%' THEN '+' || substr(dialled, 3)
      ELSE (SELECT '+' || c.calling ||
                   CASE WHEN c.trunk <> '' AND left(dialled, length(c.trunk)) = c.trunk
                        THEN substr(dialled, length(c.trunk) + 1) ELSE dialled END
            FROM country c WHERE c.code = of_country)
    END AS number
  ) made WHERE number ~ '^\+[1-9][0-9]{5,14}$'
$$;

-- verdict: emergency (112, always), allowed, refused (`why` says it), never NULL.
-- `phone` is the endpoint that dials, where one does. `wished` is the number or the slug of the
-- group that the far end shall see; only what belongs to the tenant is shown.
CREATE FUNCTION asterisk.route_outbound(of_tenant text, phone text, dialled text, wished text)
RETURNS TABLE (verdict text, number text, caller_id text, why text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH asked AS (
    SELECT t.id, t.caller_id::text AS usual, asterisk.e164(t.country, dialled) AS number
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
      WHEN dialled = '112' THEN ''
      WHEN asked.number IS NULL THEN 'not a telephone number'
      WHEN NOT EXISTS (SELECT FROM telephony_outgoingprefix p
                       WHERE p.tenant_id = asked.id AND starts_with(asked.number, p.prefix))
        THEN 'not on the list of allowed destinations'
      ELSE '' END AS why
    FROM asked
  )
  SELECT CASE WHEN why <> '' THEN 'refused' WHEN dialled = '112' THEN 'emergency'
              ELSE 'allowed' END,
         CASE WHEN dialled = '112' THEN '112' ELSE coalesce(judged.number, '') END,
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

RIGHTS = """
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA asterisk FROM PUBLIC;
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'asterisk') THEN
    PERFORM asterisk.admit('asterisk');
  END IF;
  -- Helin's own processes have the tables, and no business with the PBX's view of them
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'helin_app') THEN
    REVOKE ALL ON ALL TABLES IN SCHEMA asterisk FROM helin_app;
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA asterisk FROM helin_app;
    REVOKE ALL ON SCHEMA asterisk FROM helin_app;
  END IF;
END $$;
"""


def fill_countries(_apps, schema_editor):
    rows = []
    for code in sorted(phonenumbers.SUPPORTED_REGIONS):
        facts = PhoneMetadata.metadata_for_region(code)
        trunk = facts.national_prefix or ""
        rows.append((code, str(facts.country_code), trunk))
    # Italy and its enclaves keep the 0 of a national number
    rows = [(code, calling, "" if calling == "39" else trunk) for code, calling, trunk in rows]
    with schema_editor.connection.cursor() as cursor:
        cursor.executemany("INSERT INTO asterisk.country VALUES (%s, %s, %s)", rows)


class Migration(migrations.Migration):
    dependencies = [("telephony", "0003_provisioning_schema")]
    operations = [
        migrations.RunSQL(OPENING, migrations.RunSQL.noop),
        migrations.RunSQL(CLIPS, migrations.RunSQL.noop),
        migrations.RunSQL(INBOUND, migrations.RunSQL.noop),
        migrations.RunSQL(OUTBOUND, migrations.RunSQL.noop),
        migrations.RunPython(fill_countries, migrations.RunPython.noop),
        migrations.RunSQL(RIGHTS, migrations.RunSQL.noop),
    ]
