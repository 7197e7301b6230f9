-- The three roles of a Helin database. Run as a superuser in template1 and in the database itself,
-- before the first `migrate`; running it again changes nothing. Passwords are set apart:
--   ALTER ROLE helin_owner PASSWORD '...';
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'helin_owner') THEN CREATE ROLE helin_owner; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'helin_app') THEN CREATE ROLE helin_app; END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'asterisk') THEN CREATE ROLE asterisk; END IF;
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
