"""The phonebook on a desk phone by LDAP: read only, one phone's secret for each connection."""
