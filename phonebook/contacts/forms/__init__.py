"""Forms of the phonebook's pages."""
