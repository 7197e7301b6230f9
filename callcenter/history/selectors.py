"""Whose changes one can look for."""

from __future__ import annotations

from callcenter.accounts.models import Membership

MOST_PEOPLE = 500


def people_to_filter_by() -> list[tuple[int, str]]:
    """(user id, name) by name."""
    rows = Membership.objects.select_related("user").order_by("user__name")[:MOST_PEOPLE]
    return [(row.user_id, str(row.user)) for row in rows]
