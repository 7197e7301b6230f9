-- The roles of a Helin database. Run as a superuser in template1 and in the database itself,
-- before the first `migrate`; running it again changes nothing. Passwords are set apart:
--   ALTER ROLE helin_owner PASSWORD '...';
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'helin_owner') THEN CREATE ROLE helin_owner; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'helin_app') THEN CREATE ROLE helin_app; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'asterisk') THEN CREATE ROLE asterisk; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'helin_import') THEN CREATE ROLE helin_import; END IF;
END $$;
-- Owns the tables and migrates them.
ALTER ROLE helin_owner LOGIN NOSUPERUSER NOBYPASSRLS;
-- What every web, worker, listener and ledger process is: never an owner, so row security holds.
ALTER ROLE helin_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
-- Figures of a year are summed in memory rather than sorted on disk.
ALTER ROLE helin_app SET work_mem = '32MB';
-- What an Asterisk server is: reads its own schema, nothing else.
ALTER ROLE asterisk LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
ALTER ROLE asterisk SET search_path = asterisk;
ALTER ROLE asterisk SET statement_timeout = '5s';
-- Whatever helin_owner makes later, helin_app may use (rows, not structure).
ALTER DEFAULT PRIVILEGES FOR ROLE helin_owner GRANT USAGE ON SCHEMAS TO helin_app;
ALTER DEFAULT PRIVILEGES FOR ROLE helin_owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO helin_app;
ALTER DEFAULT PRIVILEGES FOR ROLE helin_owner GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO helin_app;
-- Functions are for whom they are granted to.
ALTER DEFAULT PRIVILEGES FOR ROLE helin_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE helin_owner GRANT EXECUTE ON FUNCTIONS TO helin_app;
GRANT USAGE ON SCHEMA public TO helin_app;
-- Adds the rows of an imported history by COPY, which row-level security does not allow. It cannot
-- log in and cannot read: helin_app becomes it for that one statement. Without it imports are slower.
ALTER ROLE helin_import NOLOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE;
DO $$
BEGIN
  ALTER ROLE helin_import BYPASSRLS;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE NOTICE 'helin_import may not go round row-level security here: imports will be slower.';
END $$;
GRANT helin_import TO helin_app;
GRANT USAGE ON SCHEMA public TO helin_import;
DO $$
DECLARE one text;
BEGIN
  -- a database that was migrated before this role was made
  FOREACH one IN ARRAY ARRAY['telephony_queuelogline', 'telephony_celline', 'telephony_call',
    'telephony_callconcern', 'telephony_calltouch', 'telephony_queuevisit', 'reports_changedspan']
  LOOP
    IF to_regclass('public.' || one) IS NOT NULL THEN
      EXECUTE format('GRANT INSERT ON public.%I TO helin_import', one);
    END IF;
  END LOOP;
END $$;
