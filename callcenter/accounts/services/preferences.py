"""What a person chooses for himself, in every tenant."""

from __future__ import annotations

from callcenter.accounts.models import User


def change_preferences(*, user: User, name: str, language: str, time_zone: str) -> None:
    """Blank language or time zone: the company's."""
    user.name, user.language, user.time_zone = name, language, time_zone
    user.save(update_fields=["name", "language", "time_zone"])
