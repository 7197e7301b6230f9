"""Whose changes one can look for, and what a room's words for its values are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.apps import apps

from callcenter.accounts.models import Membership

MOST_PEOPLE = 500


def people_to_filter_by() -> list[tuple[int, str]]:
    """(user id, name) by name."""
    rows = Membership.objects.select_related("user").order_by("user__name")[:MOST_PEOPLE]
    return [(row.user_id, str(row.user)) for row in rows]


@lru_cache(maxsize=64)
def choices_of(about_type: str) -> Mapping[str, Mapping[Any, Any]]:
    """Field -> value -> label of the model that an entry is about; nothing for one that is gone."""
    for model in apps.get_models():
        if model._meta.model_name == about_type:
            return {
                field.name: dict(field.flatchoices)
                for field in model._meta.concrete_fields
                if field.choices
            }
    return {}
