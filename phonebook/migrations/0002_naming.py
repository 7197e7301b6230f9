"""How callers are named, phones' directories, and what opens when somebody calls."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import callcenter.tenants.scope
import phonebook.naming.models
from callcenter.tenants.rls import WallOffTenants

NAME = r"""
-- What the phones of `of_queue` show of a caller: the best local source in the company's order
-- (phonebook/naming/sources.py). `given` is '1' if the call came with a name of its own, which is
-- a source like the others: then `source` is 'carrier' and `name` empty. One row, always.
CREATE FUNCTION asterisk.route_name(of_tenant text, of_queue text, caller text, given text)
RETURNS TABLE (state text, source text, name text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH asked AS (
    SELECT t.id,
           ARRAY[asterisk.e164(t.country, caller),
                 CASE WHEN length(caller) >= 10 AND NOT starts_with(caller, '+')
                      THEN '+' || caller END,
                 caller] AS keys,
           coalesce((SELECT r.sources::text[] FROM phonebook_namingrules r WHERE r.tenant_id = t.id),
                    ARRAY['internal', 'personal', 'group', 'synced', 'company', 'carrier'])
             AS sources,
           (SELECT q.group_id FROM callcenter_queue q
            WHERE q.tenant_id = t.id AND of_tenant || '-' || q.slug = of_queue) AS group_id
    FROM asterisk.tenant t WHERE t.slug = of_tenant AND caller <> ''
  ),
  found AS (
    SELECT CASE WHEN b.kind = 'group' THEN 'group' WHEN c.external_id <> '' THEN 'synced'
                ELSE 'company' END AS source,
           coalesce(nullif(c.name, ''), c.company)::text AS name, c.name = '' AS is_nameless, c.id
    FROM asked
    JOIN phonebook_contactnumber n ON n.tenant_id = asked.id AND n.key = ANY (asked.keys)
    -- OFFSET 0: by the number first, as in phonebook/contacts/lookup.py
    CROSS JOIN LATERAL (
      SELECT * FROM phonebook_contact one
      WHERE one.id = n.contact_id AND one.tenant_id = asked.id OFFSET 0) c
    CROSS JOIN LATERAL (
      SELECT * FROM phonebook_phonebook one
      WHERE one.id = c.book_id AND one.tenant_id = asked.id OFFSET 0) b
    WHERE c.deleted_at IS NULL AND c.visibility = 'public'
      AND (b.kind = 'company' OR b.kind = 'group' AND b.group_id = asked.group_id)
    UNION ALL
    SELECT 'internal', coalesce(a.name, d.name), false, 0
    FROM asked
    JOIN callcenter_device d ON d.tenant_id = asked.id AND d.extension = caller AND d.is_active
    LEFT JOIN callcenter_agent a ON a.id = d.agent_id
    UNION ALL
    SELECT 'carrier', '', false, 0 FROM asked WHERE given = '1'
  ),
  best AS (
    SELECT found.source, found.name FROM found, asked
    WHERE found.source = ANY (asked.sources)
    ORDER BY array_position(asked.sources, found.source), found.is_nameless, found.id LIMIT 1
  )
  SELECT 'known', coalesce(best.source, ''),
         -- the dialplan takes a row apart at commas and quotes
         coalesce(left(btrim(regexp_replace(best.name, '["\\,;<>[:cntrl:][:space:]]+', ' ', 'g')), 60), '')
  FROM (VALUES (1)) always_one_row LEFT JOIN best ON true
$$;
REVOKE ALL ON FUNCTION asterisk.route_name(text, text, text, text) FROM PUBLIC;
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
    EXECUTE format(
      'GRANT EXECUTE ON FUNCTION asterisk.route_name(text, text, text, text) TO %I', one);
  END LOOP;
END $$;
"""
GONE = "DROP FUNCTION asterisk.route_name(text, text, text, text)"


class Migration(migrations.Migration):
    dependencies = [
        ("callcenter", "0005_recording_settings"),
        ("phonebook", "0001_contacts"),
        ("telephony", "0011_recordings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="ExternalDirectory",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                ("url", models.CharField(max_length=500)),
                (
                    "answer",
                    models.CharField(
                        choices=[("text", "The name as plain text"), ("json", "JSON")],
                        default="json",
                        max_length=4,
                    ),
                ),
                (
                    "path",
                    models.CharField(blank=True, help_text="as contacts.0.name", max_length=200),
                ),
                ("header", models.CharField(blank=True, max_length=60)),
                ("secret", models.TextField(blank=True)),
                ("timeout_ms", models.PositiveIntegerField(default=3000)),
                ("keep_minutes", models.PositiveIntegerField(default=1440)),
                ("per_minute", models.PositiveIntegerField(default=120)),
                ("is_active", models.BooleanField(default=True)),
                ("revision", models.PositiveIntegerField(default=0)),
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
                "ordering": ["name", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "name"), name="external_directory_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DirectoryQuestion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("key", models.CharField(max_length=80)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("found", "Found"),
                            ("nothing", "Nobody has it"),
                            ("failed", "Failed"),
                            ("resting", "Not asked: it failed too often"),
                            ("limited", "Not asked: too many questions a minute"),
                        ],
                        max_length=8,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=120)),
                ("words", models.CharField(blank=True, max_length=300)),
                ("milliseconds", models.PositiveIntegerField(default=0)),
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
                (
                    "directory",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="questions",
                        to="phonebook.externaldirectory",
                    ),
                ),
            ],
            options={
                "ordering": ["-at", "-id"],
                "indexes": [
                    models.Index(
                        fields=["tenant", "directory", "-at", "-id"], name="directory_question_log"
                    ),
                    models.Index(fields=["tenant", "at"], name="directory_question_age"),
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("link", models.CharField(max_length=500)),
                (
                    "link_when",
                    models.CharField(
                        choices=[
                            ("never", "Never"),
                            ("button", "By a button in the popup"),
                            ("ring", "When it rings"),
                            ("answer", "When it is answered"),
                        ],
                        default="button",
                        max_length=8,
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.agentgroup",
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
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "group"), name="group_link_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="NamingRules",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "sources",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        default=phonebook.naming.models.usual_order,
                        size=None,
                    ),
                ),
                ("deadline_ms", models.PositiveIntegerField(default=1000)),
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
                "constraints": [
                    models.UniqueConstraint(fields=("tenant",), name="naming_rules_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PhoneDirectory",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "digest",
                    models.CharField(help_text="SHA-256 of the token", max_length=64, unique=True),
                ),
                ("made_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "device",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.device",
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
                "constraints": [
                    models.UniqueConstraint(
                        fields=("tenant", "device"), name="phone_directory_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PopupChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("shows_popup", models.BooleanField(default=True)),
                (
                    "opens_card",
                    models.CharField(
                        choices=[
                            ("never", "Never"),
                            ("ring", "When it rings"),
                            ("answer", "When it is answered"),
                        ],
                        default="never",
                        max_length=8,
                    ),
                ),
                (
                    "card_number",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "The number that calls"),
                            ("mobile", "Mobile"),
                            ("work", "Work"),
                            ("home", "Home"),
                            ("main", "Main"),
                            ("fax", "Fax"),
                            ("other", "Other"),
                        ],
                        help_text="which of a contact's numbers the card is asked for",
                        max_length=8,
                    ),
                ),
                ("link", models.CharField(blank=True, max_length=500)),
                (
                    "link_when",
                    models.CharField(
                        choices=[
                            ("never", "Never"),
                            ("button", "By a button in the popup"),
                            ("ring", "When it rings"),
                            ("answer", "When it is answered"),
                        ],
                        default="never",
                        max_length=8,
                    ),
                ),
                ("link_queue_only", models.BooleanField(default=False)),
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
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "user"), name="popup_choice_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="CustomCard",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("url", models.CharField(max_length=500)),
                ("header", models.CharField(blank=True, max_length=60)),
                ("secret", models.TextField(blank=True)),
                ("template", models.TextField(max_length=20000)),
                ("is_active", models.BooleanField(default=True)),
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
                "ordering": ["position", "id"],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "name"), name="custom_card_once")
                ],
            },
        ),
        WallOffTenants(
            "ExternalDirectory",
            "DirectoryQuestion",
            "NamingRules",
            "PhoneDirectory",
            "PopupChoice",
            "GroupLink",
            "CustomCard",
        ),
        migrations.RunSQL(NAME, GONE),
    ]
