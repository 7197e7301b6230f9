import django.db.models.deletion
from django.db import migrations, models

# Facts that are written elsewhere than in the listener: whoever writes the row, the event goes into
# the table in the same transaction. Deferred to its end, because the company's lock, by which ids
# grow in the order of commits (telephony/subscriptions/writing.py), must not be held while it works.
TELL = """
CREATE FUNCTION telephony_instant(at timestamptz) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;
CREATE FUNCTION telephony_person(person bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT jsonb_build_object('id', id, 'name', name) FROM callcenter_user WHERE id = person
$$;
CREATE FUNCTION telephony_e164(number text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN number ~ '^(\\+|00)?[1-9][0-9]{6,14}$'
    THEN '+' || regexp_replace(number, '^(\\+|00)', '') ELSE number END
$$;

CREATE FUNCTION telephony_tell(
  company bigint, word text, said jsonb, about_call text, groups bigint[], agents bigint[],
  people bigint[], own text
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  -- the row may have gone with its company
  IF NOT EXISTS (SELECT FROM callcenter_tenant WHERE id = company) THEN
    RETURN;
  END IF;
  PERFORM pg_advisory_xact_lock(1212501071, company::int);
  INSERT INTO telephony_outwardevent
    (tenant_id, key, type, at, call, data, group_ids, agent_ids, user_ids, numbers, for_all)
  SELECT company, gen_random_uuid(), word, clock_timestamp(), left(about_call, 150), said,
    coalesce(groups, '{}'), coalesce(agents, '{}'),
    coalesce((SELECT array_agg(DISTINCT whom) FROM (
      SELECT unnest(people) UNION
      SELECT member.user_id FROM callcenter_agent agent
      JOIN callcenter_membership member ON member.id = agent.membership_id
      WHERE agent.id = ANY (agents)) every (whom) WHERE whom IS NOT NULL), '{}'),
    ARRAY(SELECT e164 FROM callcenter_number WHERE e164 = telephony_e164(own)), false;
  PERFORM pg_notify('helin_events', company::text);
END $$;

CREATE FUNCTION telephony_callback_told() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  scope text := coalesce(current_setting('app.tenant', true), '');
  this telephony_callback := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  words text[] := '{}';
  said jsonb;
  dialled text;
BEGIN
  PERFORM set_config('app.tenant', this.tenant_id::text, true);
  IF TG_OP = 'INSERT' THEN
    words := '{callback.created}';
  ELSIF TG_OP = 'DELETE' THEN
    words := '{callback.closed}';
  ELSE
    IF OLD.state = 'open' AND NEW.state <> 'open' THEN
      words := words || 'callback.closed'::text;
    ELSIF OLD.state <> 'open' AND NEW.state = 'open' THEN
      words := words || 'callback.reopened'::text;
    END IF;
    IF OLD.assigned_to_id IS DISTINCT FROM NEW.assigned_to_id THEN
      words := words || 'callback.assigned'::text;
    END IF;
    IF NEW.leased_by_id IS NOT NULL AND OLD.leased_by_id IS DISTINCT FROM NEW.leased_by_id THEN
      words := words || 'callback.taken'::text;
    END IF;
  END IF;
  said := jsonb_build_object('callback', jsonb_build_object(
    'id', this.id,
    'state', CASE WHEN TG_OP = 'DELETE' THEN 'dropped' ELSE this.state END,
    'number', coalesce(nullif(this.key, ''), this.number), 'name', this.name,
    'group_id', this.group_id, 'lost_count', this.lost_count,
    'first_lost_at', telephony_instant(this.first_lost_at),
    'last_lost_at', telephony_instant(this.last_lost_at),
    'due_at', telephony_instant(this.due_at), 'closed_at', telephony_instant(this.closed_at),
    'assigned_to', telephony_person(this.assigned_to_id),
    'taken_by', telephony_person(this.leased_by_id),
    'call_id', this.linkedid, 'closed_call_id', nullif(this.closed_linkedid, '')));
  SELECT call.dialled INTO dialled FROM telephony_call call
  WHERE call.pbx = this.pbx AND call.linkedid = this.linkedid AND call.tenant_id = this.tenant_id;
  PERFORM telephony_tell(
    this.tenant_id, word, said, this.linkedid, this.group_ids, ARRAY[this.closed_by_id],
    ARRAY[this.assigned_to_id, this.leased_by_id], coalesce(dialled, ''))
  FROM unnest(words) word;
  PERFORM set_config('app.tenant', scope, true);
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER told_when_made AFTER INSERT ON telephony_callback
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.state = 'open')
  EXECUTE FUNCTION telephony_callback_told();
CREATE CONSTRAINT TRIGGER told_when_changed AFTER UPDATE ON telephony_callback
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (
    (OLD.state = 'open') <> (NEW.state = 'open')
    OR OLD.assigned_to_id IS DISTINCT FROM NEW.assigned_to_id
    OR OLD.leased_by_id IS DISTINCT FROM NEW.leased_by_id AND NEW.leased_by_id IS NOT NULL)
  EXECUTE FUNCTION telephony_callback_told();
CREATE CONSTRAINT TRIGGER told_when_gone AFTER DELETE ON telephony_callback
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.state = 'open')
  EXECUTE FUNCTION telephony_callback_told();

CREATE FUNCTION telephony_recording_told() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  scope text := coalesce(current_setting('app.tenant', true), '');
BEGIN
  PERFORM set_config('app.tenant', NEW.tenant_id::text, true);
  PERFORM telephony_tell(
    NEW.tenant_id, 'recording.ready',
    jsonb_build_object('recording', jsonb_build_object(
      'id', NEW.id, 'call_id', NEW.linkedid, 'direction', NEW.direction,
      'number', telephony_e164(NEW.party_number), 'own_number', telephony_e164(NEW.own_number),
      'group_id', NEW.group_id, 'agent_ids', to_jsonb(NEW.agent_ids),
      'started_at', telephony_instant(NEW.started_at), 'seconds', round(NEW.seconds::numeric, 3),
      'problem', NEW.problem)),
    NEW.linkedid, array_remove(ARRAY[NEW.group_id], NULL), NEW.agent_ids, '{}', NEW.own_number);
  PERFORM set_config('app.tenant', scope, true);
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER told_when_ready AFTER UPDATE ON telephony_recording
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
  WHEN (NEW.state = 'ready' AND OLD.state <> 'ready' AND NEW.going_at IS NULL)
  EXECUTE FUNCTION telephony_recording_told();

-- a private note is its writer's and its recipient's alone: nothing is told of it
CREATE FUNCTION telephony_note_told() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  scope text := coalesce(current_setting('app.tenant', true), '');
  found record;
BEGIN
  PERFORM set_config('app.tenant', NEW.tenant_id::text, true);
  SELECT call.dialled, call.group_ids, call.agent_ids INTO found FROM telephony_call call
  WHERE NEW.call_linkedid <> '' AND call.linkedid = NEW.call_linkedid
    AND call.tenant_id = NEW.tenant_id AND call.pbx = coalesce(
      nullif(NEW.call_pbx, ''), (SELECT pbx FROM callcenter_tenant WHERE id = NEW.tenant_id));
  PERFORM telephony_tell(
    NEW.tenant_id, 'note.written',
    jsonb_build_object('note', jsonb_build_object(
      'id', NEW.id, 'text', NEW.text, 'by', NEW.by_name, 'to', nullif(NEW.to_name, ''),
      'number', NEW.key, 'contact_id', NEW.contact_id, 'call_id', nullif(NEW.call_linkedid, ''),
      'created_at', telephony_instant(NEW.created_at))),
    NEW.call_linkedid, found.group_ids, found.agent_ids, ARRAY[NEW.by_id, NEW.to_id],
    coalesce(found.dialled, ''));
  PERFORM set_config('app.tenant', scope, true);
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER told_when_written AFTER INSERT ON phonebook_note
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NOT NEW.is_private)
  EXECUTE FUNCTION telephony_note_told();
CREATE CONSTRAINT TRIGGER told_when_published AFTER UPDATE ON phonebook_note
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.is_private AND NOT NEW.is_private)
  EXECUTE FUNCTION telephony_note_told();
"""
TELL_NOTHING = """
DROP TRIGGER told_when_written ON phonebook_note;
DROP TRIGGER told_when_published ON phonebook_note;
DROP TRIGGER told_when_ready ON telephony_recording;
DROP TRIGGER told_when_made ON telephony_callback;
DROP TRIGGER told_when_changed ON telephony_callback;
DROP TRIGGER told_when_gone ON telephony_callback;
DROP FUNCTION telephony_note_told, telephony_recording_told, telephony_callback_told;
DROP FUNCTION telephony_tell, telephony_e164, telephony_person, telephony_instant;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("telephony", "0016_subscriptions"),
        ("phonebook", "0003_notes"),
        ("callcenter", "0005_recording_settings"),
    ]
    operations = [
        migrations.RemoveField("linkednumber", "notification_url"),
        migrations.AddField(
            "linkednumber",
            "number",
            models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="callcenter.number",
            ),
        ),
        migrations.AddField(
            "linkednumber",
            "webhook",
            models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="telephony.webhook",
            ),
        ),
        migrations.AddField(
            "webhook",
            "device",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="callcenter.device",
            ),
        ),
        migrations.AddField("webhook", "device_agent", models.BigIntegerField(null=True)),
        migrations.AlterField(
            "linkednumber",
            "device",
            models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="callcenter.device",
            ),
        ),
        migrations.AlterField(
            "webhook",
            "about",
            models.CharField(
                choices=[
                    ("tenant", "The whole company"),
                    ("group", "One group"),
                    ("number", "One number"),
                    ("phone", "One phone"),
                ],
                default="tenant",
                max_length=8,
            ),
        ),
        migrations.AddConstraint(
            "linkednumber",
            models.CheckConstraint(
                condition=models.Q(
                    ("device__isnull", True), ("number__isnull", True), _connector="XOR"
                ),
                name="linked_to_one",
            ),
        ),
        migrations.AddConstraint(
            "webhook",
            models.CheckConstraint(
                condition=models.Q(("about", "phone"), ("device__isnull", True), _connector="OR"),
                name="webhook_phone",
            ),
        ),
        migrations.AddField("browserkey", "shows_callers", models.BooleanField(default=False)),
        migrations.RunSQL(TELL, TELL_NOTHING),
    ]
