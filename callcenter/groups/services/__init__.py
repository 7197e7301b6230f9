"""Writing the company's groups: each function is one change, audited in its own transaction."""

from callcenter.groups.services.clips import change_clip, create_clip, delete_clip, replace_clip
from callcenter.groups.services.groups import (
    activate_group,
    change_group,
    create_group,
    deactivate_group,
)
from callcenter.groups.services.members import add_member, change_penalty, remove_member
from callcenter.groups.services.numbers import add_number, change_number, remove_number
from callcenter.groups.services.queues import change_queue, create_queue, delete_queue
from callcenter.groups.services.undo import undo_change

__all__ = [
    "activate_group",
    "add_member",
    "add_number",
    "change_clip",
    "change_group",
    "change_number",
    "change_penalty",
    "change_queue",
    "create_clip",
    "create_group",
    "create_queue",
    "deactivate_group",
    "delete_clip",
    "delete_queue",
    "remove_member",
    "remove_number",
    "replace_clip",
    "undo_change",
]
