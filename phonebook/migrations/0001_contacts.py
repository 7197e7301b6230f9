"""Phonebooks, their contacts, and the index by which they are found as somebody types."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import callcenter.tenants.scope
from callcenter.tenants.rls import WallOffTenants

# The index of search stands apart. Behind row-level security PostgreSQL uses an index only for
# operators that cannot leak, and those of pg_trgm are not known to be of that kind; so this schema
# has no wall, but nobody but its owner has any right in it: the application asks two functions
# that hold the tenant themselves, and reads what they name through the wall of the contacts.
EXTENSIONS = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS btree_gin;
"""
SEARCH = """
CREATE SCHEMA contact_search;
CREATE TABLE contact_search.entry (
  contact_id bigint PRIMARY KEY,
  tenant_id bigint NOT NULL,
  book_id bigint NOT NULL,
  creator_id bigint,
  is_public boolean NOT NULL,
  folded text NOT NULL,
  digits text NOT NULL,
  sort_name text COLLATE "C" NOT NULL,
  keys bigint[] NOT NULL
);
CREATE INDEX entry_name ON contact_search.entry (tenant_id, sort_name, contact_id);
CREATE INDEX entry_sample ON contact_search.entry (tenant_id, contact_id);
CREATE INDEX entry_keys ON contact_search.entry
  USING gin (keys) WITH (gin_pending_list_limit = 1024);
CREATE INDEX entry_digits ON contact_search.entry
  USING gin (tenant_id, digits gin_trgm_ops) WITH (gin_pending_list_limit = 1024);
-- the words that occur: those that have what is typed are few where contacts are many, and each
-- is the key of few contacts; and they correct what somebody mistyped
CREATE TABLE contact_search.word (
  tenant_id bigint NOT NULL, word text COLLATE "C" NOT NULL, PRIMARY KEY (tenant_id, word)
);
CREATE INDEX word_parts ON contact_search.word USING gin (tenant_id, word gin_trgm_ops);
REVOKE ALL ON ALL TABLES IN SCHEMA contact_search FROM PUBLIC;

-- What a name is found by: its words, each a number of its own for every tenant, so that another
-- tenant's contacts do not lie in the way.
CREATE FUNCTION contact_search.keys_of(tenant bigint, folded text) RETURNS bigint[]
LANGUAGE sql IMMUTABLE AS $$
  SELECT coalesce(array_agg(DISTINCT hashtextextended(w COLLATE "C", tenant)), '{}')
  FROM unnest(string_to_array(folded, ' ')) w WHERE length(w) >= 3
$$;

CREATE FUNCTION contact_search.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = contact_search, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    DELETE FROM entry;
    DELETE FROM word;
    RETURN NULL;
  ELSIF TG_OP = 'DELETE' THEN
    DELETE FROM entry USING stale WHERE entry.contact_id = stale.id;
    RETURN NULL;
  ELSIF TG_OP = 'UPDATE' THEN
    DELETE FROM entry USING fresh
    WHERE entry.contact_id = fresh.id AND fresh.deleted_at IS NOT NULL;
    INSERT INTO entry
    SELECT f.id, f.tenant_id, f.book_id, f.creator_id, f.visibility = 'public',
           f.search_text, f.search_digits, f.sort_name,
           contact_search.keys_of(f.tenant_id, f.search_text)
    FROM fresh f JOIN stale s USING (id)
    WHERE f.deleted_at IS NULL
      AND (s.deleted_at IS NOT NULL
           OR (f.book_id, f.visibility, f.search_text, f.search_digits, f.sort_name)
              IS DISTINCT FROM
              (s.book_id, s.visibility, s.search_text, s.search_digits, s.sort_name)
           OR f.creator_id IS DISTINCT FROM s.creator_id)
    ON CONFLICT (contact_id) DO UPDATE SET
      book_id = excluded.book_id, creator_id = excluded.creator_id,
      is_public = excluded.is_public, folded = excluded.folded, digits = excluded.digits,
      sort_name = excluded.sort_name, keys = excluded.keys;
  ELSE
    INSERT INTO entry
    SELECT id, tenant_id, book_id, creator_id, visibility = 'public',
           search_text, search_digits, sort_name,
           contact_search.keys_of(tenant_id, search_text)
    FROM fresh WHERE deleted_at IS NULL;
  END IF;
  -- in one order, so that two imports at once wait for each other and do not block for ever
  INSERT INTO word
  SELECT DISTINCT f.tenant_id, w COLLATE "C"
  FROM fresh f, unnest(string_to_array(f.search_text, ' ')) w
  WHERE f.deleted_at IS NULL AND length(w) >= 3
  ORDER BY 1, 2
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER contact_search_new AFTER INSERT ON phonebook_contact
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION contact_search.note();
CREATE TRIGGER contact_search_change AFTER UPDATE ON phonebook_contact
  REFERENCING OLD TABLE AS stale NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION contact_search.note();
CREATE TRIGGER contact_search_gone AFTER DELETE ON phonebook_contact
  REFERENCING OLD TABLE AS stale FOR EACH STATEMENT EXECUTE FUNCTION contact_search.note();
CREATE TRIGGER contact_search_emptied AFTER TRUNCATE ON phonebook_contact
  FOR EACH STATEMENT EXECUTE FUNCTION contact_search.note();

-- The tenant in scope; none, or all of them, finds nothing.
CREATE FUNCTION contact_search.tenant() RETURNS bigint LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT NULLIF(NULLIF(current_setting('app.tenant', true), ''), '*')::bigint
$$;

-- Contacts in which each of the terms occurs, one of its patterns in the name or in the numbers:
-- [{"text": [patterns], "digits": [patterns], "words": [what one word of the name is like]}, ...].
-- `prefix`: how the sort name may begin, "" for no matter. `books` and `reader` are what may be
-- seen: public contacts of the books, and the reader's own. Best first.
--   What occurs often is found in the first few thousand contacts, what is rare by the index: so
-- no word is slow, however many have it.
CREATE FUNCTION contact_search.find(
  terms jsonb, prefix text, books bigint[], reader bigint, most int
) RETURNS TABLE (contact_id bigint, place int) LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = contact_search, public, pg_temp SET enable_seqscan = off
SET enable_indexscan = on AS $$
DECLARE
  mine bigint := contact_search.tenant();
  term jsonb;
  part text;
  keys bigint[];
  grams text[];
  matches text := 'true';
  rare text := '';
  common text := '';
  found int;
  fewest int;
  longest int := 0;
  seen constant text := 'e.book_id = ANY ($2) AND (e.is_public OR e.creator_id = $3)';
  begins text := prefix || chr(1114109);
  ranked text;
BEGIN
  IF mine IS NULL OR most < 1 THEN RETURN; END IF;
  IF prefix <> '' THEN
    RETURN QUERY EXECUTE
      'SELECT e.contact_id, 0 FROM entry e WHERE e.tenant_id = $1 AND e.sort_name >= $4 '
      'AND e.sort_name < $5 AND ' || seen || ' ORDER BY e.sort_name, e.contact_id LIMIT $6'
      USING mine, books, reader, prefix, begins, most;
    GET DIAGNOSTICS found = ROW_COUNT;
    IF found >= most THEN RETURN; END IF;
  END IF;
  IF jsonb_array_length(terms) = 0 THEN RETURN; END IF;
  FOR term IN SELECT * FROM jsonb_array_elements(terms) LOOP
    part := concat_ws(' OR ',
      CASE WHEN jsonb_array_length(term->'text') > 0 THEN format('e.folded LIKE ANY (%L)',
        ARRAY(SELECT jsonb_array_elements_text(term->'text'))) END,
      CASE WHEN jsonb_array_length(term->'digits') > 0 THEN format('e.digits LIKE ANY (%L)',
        ARRAY(SELECT jsonb_array_elements_text(term->'digits'))) END);
    IF part = '' THEN RETURN; END IF;
    longest := greatest(longest, (SELECT max(length(p)) - 2 FROM
      jsonb_array_elements_text(term->'text' || (term->'digits')) p));
    -- the index does not see this one: it sifts what the index has found
    matches := matches || ' AND coalesce(' || part || ')';
  END LOOP;
  ranked := $q$
    SELECT m.contact_id, m.place FROM (
      SELECT e.contact_id, e.sort_name,
             CASE WHEN $4 = '' THEN 2
                  WHEN e.sort_name >= $4 AND e.sort_name < $5 THEN 0
                  WHEN ' ' || e.folded LIKE '% ' || $4 || '%' THEN 1
                  ELSE 2 END AS place
      FROM {rows} e WHERE e.tenant_id = $1 AND {seen} AND {matches} LIMIT {candidates}) m
    ORDER BY m.place, m.sort_name, m.contact_id LIMIT $6 $q$;
  ranked := replace(ranked, '{seen}', seen);
  IF longest < 7 THEN  -- what is longer is never that common
    RETURN QUERY EXECUTE replace(replace(replace(ranked, '{candidates}', '$6'),
        '{rows}', '(SELECT * FROM entry WHERE tenant_id = $1 ORDER BY contact_id LIMIT 2000)'),
        '{matches}', matches)
      USING mine, books, reader, prefix, begins, most;
    GET DIAGNOSTICS found = ROW_COUNT;
    IF found >= most THEN RETURN; END IF;
  END IF;
  -- knowing little of keys, the planner would walk through all words and contacts instead
  PERFORM set_config('enable_indexscan', 'off', true);
  FOR term IN SELECT * FROM jsonb_array_elements(terms) LOOP
    CONTINUE WHEN jsonb_array_length(term->'words' || (term->'digits')) = 0;
    EXECUTE format(  -- with the patterns as they are, so that the index of words is used
      'SELECT array_agg(hashtextextended(word, tenant_id)) FROM word '
      'WHERE tenant_id = %s AND word LIKE ANY (%L)',
      mine, ARRAY(SELECT jsonb_array_elements_text(term->'words'))) INTO keys;
    -- the last digits differ most; more of them cost more than they leave out
    grams := ARRAY(SELECT DISTINCT '%' || right(trim('%' FROM p), 5) || '%'
                   FROM jsonb_array_elements_text(term->'digits') p);
    part := concat_ws(' OR ',
      CASE WHEN cardinality(keys) > 0 THEN format('e.keys && %L::bigint[]', keys) END,
      CASE WHEN cardinality(grams) > 0 THEN format('e.digits LIKE ANY (%L)', grams) END);
    IF part = '' THEN RETURN; END IF;
    fewest := least(fewest, coalesce(cardinality(keys), 0));
    IF coalesce(cardinality(keys), 0) <= 500 THEN
      rare := rare || ' AND (' || part || ')';
    ELSE
      common := common || ' AND (' || part || ')';
    END IF;
  END LOOP;
  IF fewest > 100 THEN  -- neither common nor rare: the index would find thousands
    PERFORM set_config('enable_indexscan', 'on', true);
    RETURN QUERY EXECUTE replace(replace(replace(ranked, '{candidates}', '150'),
        '{rows}', '(SELECT * FROM entry WHERE tenant_id = $1 ORDER BY contact_id LIMIT 10000)'),
        '{matches}', matches)
      USING mine, books, reader, prefix, begins, most;
    GET DIAGNOSTICS found = ROW_COUNT;
    IF found >= most THEN RETURN; END IF;
    PERFORM set_config('enable_indexscan', 'off', true);
  END IF;
  RETURN QUERY EXECUTE replace(replace(replace(ranked, '{candidates}', '150'), '{rows}', 'entry'),
      '{matches}', matches || CASE WHEN rare <> '' THEN rare ELSE common END)
    USING mine, books, reader, prefix, begins, most;
END $$;

-- Words of the tenant that look like this one, likest first.
CREATE FUNCTION contact_search.alike(wanted text, most int) RETURNS SETOF text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = contact_search, public, pg_temp SET enable_seqscan = off AS $$
DECLARE
  mine bigint := contact_search.tenant();
  size int := length(wanted);
  -- one slip leaves the beginning or the end as it is
  head text := left(wanted, CASE WHEN size < 6 THEN 1 WHEN size < 8 THEN 2 ELSE 3 END) COLLATE "C";
  tail text := '%' || right(wanted, CASE WHEN size < 6 THEN 3 ELSE 4 END) || '%';
BEGIN
  IF mine IS NULL THEN RETURN; END IF;
  RETURN QUERY EXECUTE $q$
    SELECT c.word::text FROM (
      (SELECT w.word FROM word w WHERE w.tenant_id = $1 AND w.word >= $2
         AND w.word < $2 || chr(1114109) AND length(w.word) BETWEEN $5 - 2 AND $5 + 4)
      UNION
      (SELECT w.word FROM word w WHERE w.tenant_id = $1 AND w.word LIKE $3
         AND length(w.word) BETWEEN $5 - 2 AND $5 + 4)) c
    WHERE c.word !~ '[0-9]'
    ORDER BY similarity(c.word, $4) DESC, c.word LIMIT $6 $q$
    USING mine, head, tail, wanted, size, most;
END $$;

DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'helin_app') THEN
    REVOKE ALL ON ALL TABLES IN SCHEMA contact_search FROM helin_app;
    GRANT USAGE ON SCHEMA contact_search TO helin_app;
    GRANT EXECUTE ON FUNCTION contact_search.find, contact_search.alike TO helin_app;
  END IF;
END $$;
"""
NO_SEARCH = """
DROP TRIGGER contact_search_new ON phonebook_contact;
DROP TRIGGER contact_search_change ON phonebook_contact;
DROP TRIGGER contact_search_gone ON phonebook_contact;
DROP TRIGGER contact_search_emptied ON phonebook_contact;
DROP SCHEMA contact_search CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [("callcenter", "0005_recording_settings"), ("telephony", "0010_agent_activity")]

    operations = [
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=120)),
                ("company", models.CharField(blank=True, max_length=120)),
                ("job_title", models.CharField(blank=True, max_length=120)),
                ("email", models.CharField(blank=True, max_length=254)),
                ("web", models.CharField(blank=True, max_length=500)),
                ("address", models.CharField(blank=True, max_length=500)),
                ("note", models.CharField(blank=True, max_length=2000)),
                ("custom", models.JSONField(blank=True, default=dict, help_text="label -> text")),
                (
                    "visibility",
                    models.CharField(
                        choices=[
                            ("public", "Public"),
                            ("private", "Private"),
                            ("speed_dial", "Speed dial"),
                        ],
                        default="public",
                        max_length=10,
                    ),
                ),
                (
                    "external_id",
                    models.CharField(blank=True, help_text="in the source's words", max_length=200),
                ),
                ("search_text", models.TextField(blank=True, editable=False)),
                ("search_digits", models.TextField(blank=True, editable=False)),
                (
                    "sort_name",
                    models.CharField(blank=True, db_collation="C", editable=False, max_length=250),
                ),
                ("change", models.BigIntegerField(default=0, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("changed_at", models.DateTimeField(auto_now=True)),
                ("deleted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "creator",
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
                "ordering": ["sort_name", "id"],
            },
        ),
        migrations.CreateModel(
            name="ContactPhoto",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("jpeg", models.BinaryField()),
                ("sha256", models.CharField(max_length=64)),
                (
                    "contact",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="photo",
                        to="phonebook.contact",
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
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Phonebook",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("personal", "Personal"),
                            ("group", "Group"),
                            ("company", "Company"),
                        ],
                        max_length=8,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=80)),
                (
                    "members_add",
                    models.BooleanField(
                        default=False,
                        help_text="who may not manage the book may add to it, and change those",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="callcenter.agentgroup",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
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
                "ordering": ["kind", "name", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "personal")),
                        fields=("tenant", "owner"),
                        name="book_person_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "group")),
                        fields=("tenant", "group"),
                        name="book_group_once",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "company")),
                        fields=("tenant", "name"),
                        name="book_name_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("group__isnull", True),
                                ("kind", "personal"),
                                ("owner__isnull", False),
                            ),
                            models.Q(
                                ("group__isnull", False), ("kind", "group"), ("owner__isnull", True)
                            ),
                            models.Q(
                                ("group__isnull", True),
                                ("kind", "company"),
                                ("owner__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="book_owner_by_kind",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactSource",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80)),
                (
                    "kind",
                    models.CharField(
                        choices=[("carddav", "CardDAV"), ("ldap", "LDAP"), ("http", "HTTP (JSON)")],
                        max_length=8,
                    ),
                ),
                ("url", models.CharField(max_length=500)),
                ("username", models.CharField(blank=True, max_length=254)),
                ("secret", models.TextField(blank=True)),
                (
                    "settings",
                    models.JSONField(default=dict, help_text="search base, filter, fields"),
                ),
                (
                    "every_minutes",
                    models.PositiveIntegerField(default=60, help_text="0: only by hand"),
                ),
                ("is_active", models.BooleanField(default=True)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for your choice"),
                            ("queued", "About to begin"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="done",
                        max_length=8,
                    ),
                ),
                (
                    "words",
                    models.CharField(
                        blank=True, help_text="what came of the last time", max_length=500
                    ),
                ),
                ("created", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("removed", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("next_at", models.DateTimeField(null=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("succeeded_at", models.DateTimeField(null=True)),
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
                    "book",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sources",
                        to="phonebook.phonebook",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "id"],
                "indexes": [models.Index(fields=["tenant", "next_at"], name="contact_source_due")],
                "constraints": [
                    models.UniqueConstraint(fields=("tenant", "name"), name="contact_source_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("by_name", models.CharField(max_length=150)),
                ("file_name", models.CharField(max_length=200)),
                (
                    "file_kind",
                    models.CharField(
                        choices=[("csv", "CSV"), ("vcard", "vCard"), ("xlsx", "XLSX")], max_length=6
                    ),
                ),
                ("encoding", models.CharField(blank=True, max_length=20)),
                ("delimiter", models.CharField(blank=True, max_length=1)),
                ("has_header", models.BooleanField(default=True)),
                ("content", models.BinaryField()),
                ("mapping", models.JSONField(default=dict)),
                (
                    "visibility",
                    models.CharField(
                        choices=[
                            ("public", "Public"),
                            ("private", "Private"),
                            ("speed_dial", "Speed dial"),
                        ],
                        default="public",
                        max_length=10,
                    ),
                ),
                (
                    "on_match",
                    models.CharField(
                        choices=[
                            ("update", "Bring it up to date"),
                            ("skip", "Leave it as it is"),
                            ("add", "Add it once more"),
                        ],
                        default="update",
                        max_length=6,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting for your choice"),
                            ("queued", "About to begin"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("words", models.CharField(blank=True, help_text="why it failed", max_length=500)),
                ("read", models.PositiveIntegerField(default=0)),
                ("read_bytes", models.PositiveIntegerField(default=0)),
                ("size", models.PositiveIntegerField(default=0)),
                ("created", models.PositiveIntegerField(default=0)),
                ("changed", models.PositiveIntegerField(default=0)),
                ("unchanged", models.PositiveIntegerField(default=0)),
                ("skipped", models.PositiveIntegerField(default=0)),
                ("failed", models.PositiveIntegerField(default=0)),
                ("numbers_unread", models.PositiveIntegerField(default=0)),
                ("failures", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
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
                    "book",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="phonebook.phonebook",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at", "-id"],
                "indexes": [
                    models.Index(fields=["tenant", "-created_at"], name="contact_import_list")
                ],
            },
        ),
        migrations.AddField(
            model_name="contact",
            name="book",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="contacts",
                to="phonebook.phonebook",
            ),
        ),
        migrations.CreateModel(
            name="PhonebookClock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("last", models.BigIntegerField(default=0)),
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
                    models.UniqueConstraint(fields=("tenant",), name="phonebook_clock_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactConflict",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("source_name", models.CharField(max_length=150)),
                ("here", models.JSONField(default=dict)),
                ("came", models.JSONField(default=dict)),
                ("at", models.DateTimeField(auto_now_add=True)),
                ("settled_at", models.DateTimeField(null=True)),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="conflicts",
                        to="phonebook.contact",
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
                "ordering": ["-at", "-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("settled_at__isnull", True)),
                        fields=["tenant", "-at"],
                        name="contact_conflict_open",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ContactNumber",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("mobile", "Mobile"),
                            ("work", "Work"),
                            ("home", "Home"),
                            ("main", "Main"),
                            ("fax", "Fax"),
                            ("other", "Other"),
                        ],
                        default="other",
                        max_length=8,
                    ),
                ),
                ("entered", models.CharField(max_length=80)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("telephone", "telephone"),
                            ("extension", "extension"),
                            ("service", "service"),
                            ("anonymous", "anonymous"),
                            ("sip", "sip"),
                            ("sender", "sender"),
                            ("unreadable", "unreadable"),
                        ],
                        max_length=12,
                    ),
                ),
                ("key", models.CharField(blank=True, db_collation="C", max_length=80)),
                (
                    "inner",
                    models.CharField(
                        blank=True, help_text="extension behind the number", max_length=8
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="numbers",
                        to="phonebook.contact",
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
                "ordering": ["position", "id"],
                "indexes": [
                    models.Index(
                        fields=["tenant", "key"],
                        include=("contact", "type", "entered"),
                        name="number_key",
                    ),
                    models.Index(
                        condition=models.Q(("kind", "unreadable")),
                        fields=["tenant", "contact"],
                        name="number_unreadable",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["tenant", "book", "sort_name", "id"],
                name="contact_list",
            ),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["tenant", "change", "id"], name="contact_changes"),
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", False)),
                fields=["tenant", "deleted_at"],
                name="contact_deleted",
            ),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.UniqueConstraint(
                condition=models.Q(("external_id", ""), _negated=True),
                fields=("tenant", "book", "external_id"),
                name="contact_external_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="contact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("name", ""), _negated=True),
                    models.Q(("company", ""), _negated=True),
                    _connector="OR",
                ),
                name="contact_has_a_name",
            ),
        ),
        WallOffTenants(
            "Contact",
            "ContactConflict",
            "ContactImport",
            "ContactNumber",
            "ContactPhoto",
            "ContactSource",
            "Phonebook",
            "PhonebookClock",
        ),
        migrations.RunSQL(EXTENSIONS, migrations.RunSQL.noop),
        migrations.RunSQL(SEARCH, NO_SEARCH),
    ]
