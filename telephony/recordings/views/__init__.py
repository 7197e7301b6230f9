"""The doors of the pages of recordings."""
