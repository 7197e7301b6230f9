"""Doors as other systems have them, for programs that know only those."""
