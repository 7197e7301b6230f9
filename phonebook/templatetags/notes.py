"""How many POST-ITs wait for the person of this request."""

from __future__ import annotations

from typing import Any

from django import template

from phonebook.notes.selectors import unread_count

register = template.Library()


@register.simple_tag(takes_context=True)
def unread_notes(context: dict[str, Any]) -> int:
    """At most 100, which is shown as many; one query over an index of the unread alone."""
    person = getattr(context.get("request"), "person", None)
    return unread_count(person.user_id) if person is not None else 0
