"""The one-command supervisor and the private services it starts: PostgreSQL, Valkey, the PBX."""
