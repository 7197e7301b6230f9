"""What is known of a number, for its card; what a person wants to be shown."""

from __future__ import annotations

from typing import Any

from callcenter.groups.models import AgentGroup
from phonebook.cards.models import CustomCard, GroupLink, PopupChoice
from phonebook.contacts.lookup import contacts_of_number
from phonebook.contacts.models import Contact
from phonebook.contacts.permissions import Reader
from phonebook.contacts.selectors import contacts_seen


def choice_of(user_id: int) -> PopupChoice:
    """The usual one for somebody who never chose."""
    return PopupChoice.objects.filter(user_id=user_id).first() or PopupChoice(user_id=user_id)


def choice_for_scripts(user_id: int) -> dict[str, Any]:
    """As static/js/popup/choice.js reads it; three queries."""
    mine = choice_of(user_id)
    links = {one.group_id: one for one in GroupLink.objects.all()}
    groups = {}
    for pk, name in AgentGroup.objects.filter(is_active=True).values_list("pk", "name"):
        found = links.get(pk)
        groups[pk] = {"name": name}
        if found is not None:
            groups[pk] |= {"link": found.link, "link_when": found.link_when}
    return {
        "shows_popup": mine.shows_popup,
        "opens_card": mine.opens_card,
        "link": mine.link,
        "link_when": mine.link_when,
        "queue_only": mine.link_queue_only,
        "groups": groups,
    }


def contacts_with(key: str, reader: Reader, most: int = 5) -> list[Contact]:
    """Whom this reader knows by the number, best first, with all their numbers."""
    groups = reader.in_groups | (reader.manages_groups or frozenset())
    if reader.manages_groups is None:
        groups = frozenset(AgentGroup.objects.values_list("pk", flat=True))
    found = contacts_of_number(key, user_id=reader.user_id, group_ids=groups, most=most)
    ids = list(dict.fromkeys(one.contact_id for one in found))
    rows = {one.pk: one for one in contacts_seen(reader).filter(pk__in=ids)}
    return [rows[pk] for pk in ids if pk in rows]


def number_for_card(key: str, contact: Contact | None, wanted: str) -> str:
    """The contact's number of the wanted type, else the one that was asked for."""
    if contact is None or not wanted:
        return key
    numbers = [one.key for one in contact.numbers.all() if one.type == wanted and one.key]
    return numbers[0] if numbers else key


def cards_in_use() -> list[CustomCard]:
    return list(CustomCard.objects.filter(is_active=True))
