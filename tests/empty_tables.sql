-- Empties every table but those that the migrations have filled. As with TRUNCATE, nobody else is at
-- any of them meanwhile, and neither foreign keys nor notices to listeners are minded.
CREATE SCHEMA testing;
GRANT USAGE ON SCHEMA testing TO PUBLIC;
CREATE TABLE testing.left_empty (name regclass);
DO $$
DECLARE
  name regclass;
  is_filled boolean;
BEGIN
  FOR name IN
    SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
    WHERE relkind = 'r' AND nspname NOT IN ('pg_catalog', 'information_schema', 'testing')
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %s)', name) INTO is_filled;
    IF NOT is_filled THEN
      INSERT INTO testing.left_empty VALUES (name);
    END IF;
  END LOOP;
END $$;
CREATE FUNCTION testing.empty_tables() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
SET session_replication_role = replica AS $$
DECLARE
  names text[] := ARRAY(SELECT name::text FROM testing.left_empty ORDER BY name);
  name text;
BEGIN
  EXECUTE 'LOCK TABLE ' || array_to_string(names, ', ') || ' IN ACCESS EXCLUSIVE MODE';
  FOREACH name IN ARRAY names LOOP
    EXECUTE 'DELETE FROM ' || name;
  END LOOP;
END $$;
