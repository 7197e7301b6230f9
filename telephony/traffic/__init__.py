"""Invented phones, callers and carriers: what makes the demo live and what the tests ring with."""
