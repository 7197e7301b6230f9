"""Doors of cards: what a person is shown, and what a company defines."""
