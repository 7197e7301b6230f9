"""The phonebook's pages: doors only."""
