"""Recordings: their tables, and what the dialplan asks before it records."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import callcenter.tenants.scope
import telephony.recordings.models
from callcenter.tenants.rls import WallOffTenants

# Of a queue by its name in the PBX, or of the number that an outgoing call shows: always one row.
# state: on, or off (also for what is no group's). clip: what announces it, below the clip folder.
RULE = r"""
CREATE FUNCTION asterisk.route_recording(of_tenant text, of_queue text, shown text)
RETURNS TABLE (state text, group_id text, clip text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT CASE WHEN g.is_recorded THEN 'on' ELSE 'off' END, coalesce(g.id::text, ''),
         coalesce(asterisk.clip_file(of_tenant, g.consent_clip_id), '')
  FROM (VALUES (1)) always_one_row
  LEFT JOIN asterisk.tenant t ON t.slug = of_tenant
  LEFT JOIN callcenter_number n ON of_queue = '' AND n.e164 = shown AND n.tenant_id = t.id
  LEFT JOIN callcenter_queue q
    ON q.tenant_id = t.id
   AND (q.id = n.queue_id OR (of_queue <> '' AND of_tenant || '-' || q.slug = of_queue))
  LEFT JOIN callcenter_agentgroup g ON g.id = q.group_id
$$;
REVOKE ALL ON FUNCTION asterisk.route_recording(text, text, text) FROM PUBLIC;

-- As before, and every function that is named route_... : what is added later is admitted too.
CREATE OR REPLACE FUNCTION asterisk.admit(role name) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  one text;
BEGIN
  EXECUTE format('GRANT USAGE ON SCHEMA asterisk TO %I', role);
  FOREACH one IN ARRAY ARRAY['ps_endpoints', 'ps_auths', 'ps_aors', 'ast_config', 'voicemail'] LOOP
    IF to_regclass('asterisk.' || one) IS NOT NULL THEN
      EXECUTE format('GRANT SELECT ON asterisk.%I TO %I', one, role);
    END IF;
  END LOOP;
  FOR one IN
    SELECT p.oid::regprocedure::text FROM pg_proc p
    WHERE p.pronamespace = 'asterisk'::regnamespace
      AND (p.proname LIKE 'route\_%' OR p.proname = 'this_pbx')
  LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %I', one, role);
  END LOOP;
END $$;
-- whoever may ask where calls go may ask this
DO $$
DECLARE
  one name;
BEGIN
  FOR one IN
    SELECT r.rolname FROM pg_roles r
    WHERE NOT r.rolsuper AND r.rolname <> current_user
      AND (r.rolname = 'asterisk' OR r.rolname LIKE 'asterisk\_%')
  LOOP
    EXECUTE format('GRANT EXECUTE ON FUNCTION asterisk.route_recording(text, text, text) TO %I', one);
  END LOOP;
END $$;
"""
GONE = "DROP FUNCTION asterisk.route_recording(text, text, text)"


class Migration(migrations.Migration):
    dependencies = [
        ("callcenter", "0005_recording_settings"),
        ("telephony", "0010_agent_activity"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="RecordingWatch",
            fields=[
                ("pbx", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("cel_line", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Recording",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("pbx", models.CharField(max_length=32)),
                (
                    "name",
                    models.CharField(
                        help_text="of the PBX's file, below its folder", max_length=200
                    ),
                ),
                ("uniqueid", models.CharField(max_length=150)),
                ("linkedid", models.CharField(blank=True, max_length=150)),
                (
                    "secret",
                    models.CharField(
                        default=telephony.recordings.models.new_secret,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("arriving", "Being fetched from the phone system"),
                            ("arrived", "Being converted"),
                            ("ready", "Ready"),
                            ("broken", "Cannot be played"),
                        ],
                        default="arriving",
                        max_length=10,
                    ),
                ),
                (
                    "problem",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", ""),
                            ("missing", "The file is missing"),
                            ("empty", "The file is empty"),
                            ("cut", "The recording is shorter than the talk"),
                            ("damaged", "The file is damaged"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "direction",
                    models.CharField(
                        choices=[("in", "Incoming"), ("out", "Outgoing"), ("internal", "Internal")],
                        max_length=8,
                    ),
                ),
                (
                    "agent_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                (
                    "party_number",
                    models.CharField(blank=True, help_text="the outside party's", max_length=80),
                ),
                ("party_digits", models.CharField(blank=True, max_length=32)),
                (
                    "party_backwards",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.text.Reverse("party_digits"),
                        output_field=models.CharField(db_collation="C", max_length=32),
                    ),
                ),
                (
                    "own_number",
                    models.CharField(
                        blank=True, help_text="ours: dialled, or shown", max_length=80
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("seconds", models.FloatField(default=0)),
                ("talk_seconds", models.FloatField(null=True)),
                ("peaks", models.BinaryField(default=bytes)),
                ("original_bytes", models.BigIntegerField(default=0)),
                ("original_sha256", models.CharField(blank=True, max_length=64)),
                (
                    "has_original",
                    models.BooleanField(default=False, help_text="the uncompressed sound is kept"),
                ),
                ("media_bytes", models.BigIntegerField(default=0)),
                ("media_sha256", models.CharField(blank=True, max_length=64)),
                (
                    "encrypted_with",
                    models.CharField(blank=True, help_text="the key's id", max_length=32),
                ),
                ("arrived_at", models.DateTimeField(null=True)),
                (
                    "converting_until",
                    models.DateTimeField(help_text="a worker has it until then", null=True),
                ),
                (
                    "listened_until",
                    models.DateTimeField(help_text="somebody listens until then", null=True),
                ),
                ("kept_until", models.DateTimeField(null=True)),
                ("keep_reason", models.CharField(blank=True, max_length=200)),
                ("kept_by", models.CharField(blank=True, max_length=150)),
                (
                    "going_at",
                    models.DateTimeField(
                        help_text="chosen to be deleted; seen by nobody", null=True
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="callcenter.agentgroup",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        db_index=False,
                        default=callcenter.tenants.scope.tenant_of_new_row,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("going_at__isnull", True)),
                        fields=["tenant", "-started_at", "-id"],
                        include=("group", "agent_ids", "seconds", "kept_until"),
                        name="recording_list",
                    ),
                    models.Index(fields=["party_backwards", "tenant"], name="recording_party"),
                    models.Index(fields=["tenant", "uniqueid"], name="recording_of_channel"),
                    models.Index(
                        condition=models.Q(("kept_until__isnull", False)),
                        fields=["tenant", "kept_until"],
                        name="recording_kept",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("state__in", ["arriving", "arrived"]),
                            ("converting_until__isnull", False),
                            _connector="OR",
                        ),
                        fields=["converting_until"],
                        name="recording_unfinished",
                    ),
                    models.Index(
                        condition=models.Q(("going_at__isnull", False)),
                        fields=["going_at"],
                        name="recording_going",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("pbx", "name"), name="recording_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="RecordingExport",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=uuid.uuid4, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "secret",
                    models.CharField(
                        default=telephony.recordings.models.new_secret,
                        editable=False,
                        max_length=32,
                        unique=True,
                    ),
                ),
                ("requested_by_name", models.CharField(max_length=150)),
                (
                    "recording_ids",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None
                    ),
                ),
                (
                    "shows_numbers",
                    models.BooleanField(default=False, help_text="in the names of its files"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Being made"),
                            ("ready", "Ready"),
                            ("failed", "Failed"),
                            ("cancelled", "Cancelled"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("done", models.PositiveIntegerField(default=0)),
                (
                    "left_out",
                    models.PositiveIntegerField(
                        default=0, help_text="gone or not playable meanwhile"
                    ),
                ),
                ("bytes", models.BigIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                (
                    "working_until",
                    models.DateTimeField(help_text="a worker has it until then", null=True),
                ),
                ("expires_at", models.DateTimeField()),
                (
                    "requested_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        default=callcenter.tenants.scope.tenant_of_new_row,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.tenant",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
                "indexes": [
                    models.Index(fields=["tenant", "-created_at"], name="recording_export_list"),
                    models.Index(fields=["expires_at"], name="recording_export_end"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecordingNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at_seconds", models.FloatField()),
                ("text", models.CharField(max_length=500)),
                ("by_name", models.CharField(max_length=150)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "recording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="telephony.recording",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        default=callcenter.tenants.scope.tenant_of_new_row,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.tenant",
                    ),
                ),
            ],
            options={
                "ordering": ["at_seconds", "pk"],
            },
        ),
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("party_digits", models.CharField(max_length=32)),
                ("reason", models.CharField(max_length=200)),
                ("by_name", models.CharField(blank=True, max_length=150)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("released_at", models.DateTimeField(null=True)),
                (
                    "tenant",
                    models.ForeignKey(
                        default=callcenter.tenants.scope.tenant_of_new_row,
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.tenant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("released_at__isnull", True)),
                        fields=["tenant", "party_digits"],
                        name="hold_of_party",
                    )
                ],
            },
        ),
        WallOffTenants("Recording", "RecordingNote", "RecordingExport", "LegalHold"),
        migrations.RunSQL(RULE, GONE),
    ]
