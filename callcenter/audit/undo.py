"""Which entries can be taken back, and by whose page: upward imports are not ours, addresses are."""

from __future__ import annotations

# action -> name of the URL that takes the entry's id
_PAGES = {
    "group.renamed": "manage_groups_undo",
    "group.changed": "manage_groups_undo",
    "queue.renamed": "manage_groups_undo",
    "queue.changed": "manage_groups_undo",
    "clip.changed": "manage_groups_undo",
    "calendar.renamed": "manage_calendars_undo",
    "calendar.changed": "manage_calendars_undo",
    "pause_reason.changed": "manage_agents_undo",
    "agent.changed": "manage_agents_undo",
    "device.changed": "manage_agents_undo",
    "report.changed": "reports_undo",
    "report.deleted": "reports_undo",
    "contact.changed": "contacts_undo",
    "contact.deleted": "contacts_undo",
    "contact.merged": "contacts_undo",
}
UNDOABLE = frozenset(_PAGES)


def undo_page(action: str) -> str | None:
    return _PAGES.get(action)
