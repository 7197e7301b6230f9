"""Click to call: one's own phone rings first, then the number that was clicked."""
