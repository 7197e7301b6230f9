"""Groups: made, changed, taken out of use."""

from __future__ import annotations

from typing import TypedDict, Unpack

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.audit.services import Actor, change_row, record
from callcenter.calendars.models import OpeningCalendar
from callcenter.groups.models import AgentGroup, Clip, Number, Queue
from callcenter.groups.slugs import make_slug
from callcenter.tenants.refusals import Refusal, refusing

LONGEST_WRAP_UP_SECONDS = 3600


class NameMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Give the group a name."), "name")


class GroupNameTaken(Refusal):
    def __init__(self, name: str) -> None:
        words = gettext("There is already a group with the name “%(name)s”. Choose another one.")
        super().__init__(words % {"name": name}, "name")


class GroupMadeMeanwhile(Refusal):
    def __init__(self) -> None:
        words = _("Somebody made a group with a similar name just now. Try again.")
        super().__init__(words, "name")


class TargetOutOfRange(Refusal):
    pass


class CallerIdNotOwn(Refusal):
    def __init__(self) -> None:
        words = _("The caller ID must be one of the group's own numbers.")
        super().__init__(words, "caller_id")


class GroupStillCalled(Refusal):
    """Callers of these numbers, or overflowing from these queues, would reach nobody."""

    def __init__(self, numbers: list[str], queues: list[str]) -> None:
        if numbers:
            words = gettext(
                "The group still has the number %(numbers)s: its callers would reach nobody. "
                "Remove the group's numbers or give them to another group first."
            ) % {"numbers": ", ".join(numbers)}
        else:
            words = gettext(
                "Callers still overflow into this group from the queue %(queues)s. "
                "Change that queue's overflow first."
            ) % {"queues": ", ".join(queues)}
        super().__init__(words)


class GroupSettings(TypedDict, total=False):
    calendar: OpeningCalendar | None
    greeting: Clip | None
    closed_clip: Clip | None
    is_recorded: bool
    consent_clip: Clip | None  # played before anything is recorded
    caller_id: str  # E.164, one of the group's; "": the tenant's own
    wrap_up_seconds: int
    answer_within_seconds: int
    service_level_target: int  # per cent
    service_level_mode: str
    short_abandon_seconds: int


class GroupChanges(GroupSettings, total=False):
    name: str


def create_group(*, name: str, by: Actor, **settings: Unpack[GroupSettings]) -> AgentGroup:
    """A group with its first queue of the same name (`group.queues.get()`).

    The slug of both is made from the name and never changes. Raises NameMissing, GroupNameTaken,
    GroupMadeMeanwhile, TargetOutOfRange, CallerIdNotOwn.
    """
    wanted = _checked({"name": name, **settings})
    if wanted.get("caller_id"):
        raise CallerIdNotOwn  # a new group has no number yet
    # two similar names at the same time would get the same slug
    meanwhile = GroupMadeMeanwhile()
    with refusing(
        {
            "group_name_once": GroupNameTaken(wanted["name"]),
            "group_slug_once": meanwhile,
            "queue_slug_once": meanwhile,
        }
    ):
        taken = set(AgentGroup.objects.values_list("slug", flat=True))
        taken.update(Queue.objects.values_list("slug", flat=True))
        group = AgentGroup.objects.create(slug=make_slug(wanted["name"], taken), **wanted)
        queue = Queue.objects.create(group=group, slug=group.slug, name=group.name)
        record(
            action="group.created",
            by=by,
            about=group,
            after={"name": group.name, "slug": group.slug, "queue": queue.slug},
        )
    return group


def change_group(*, group: AgentGroup, by: Actor, **changes: Unpack[GroupChanges]) -> AgentGroup:
    """Renames the group or changes its settings; what is not named stays as it is.

    Raises NameMissing, GroupNameTaken, TargetOutOfRange, CallerIdNotOwn.
    """
    wanted = _checked(changes)
    action = "group.renamed" if set(wanted) == {"name"} else "group.changed"
    with refusing({"group_name_once": GroupNameTaken(wanted.get("name", ""))}):
        group = AgentGroup.objects.select_for_update().get(pk=group.pk)
        caller_id = wanted.get("caller_id")
        if caller_id and not Number.objects.filter(queue__group=group, e164=caller_id).exists():
            raise CallerIdNotOwn
        change_row(row=group, changes=wanted, action=action, by=by)
    return group


def deactivate_group(*, group: AgentGroup, by: Actor) -> None:
    """Takes the group out of use; its history stays. Raises GroupStillCalled."""
    with transaction.atomic():
        group = AgentGroup.objects.select_for_update().get(pk=group.pk)
        numbers = Number.objects.filter(queue__group=group).values_list("e164", flat=True)
        queues = Queue.objects.filter(overflow_queue__group=group).exclude(group=group)
        if numbers or queues:
            raise GroupStillCalled(list(numbers), [queue.name for queue in queues])
        change_row(row=group, changes={"is_active": False}, action="group.deactivated", by=by)


def activate_group(*, group: AgentGroup, by: Actor) -> None:
    with transaction.atomic():
        group = AgentGroup.objects.select_for_update().get(pk=group.pk)
        change_row(row=group, changes={"is_active": True}, action="group.activated", by=by)


_RANGES = {
    "wrap_up_seconds": (0, LONGEST_WRAP_UP_SECONDS, _("The wrap-up")),
    "answer_within_seconds": (1, 3600, _("The time to answer within")),
    "short_abandon_seconds": (0, 600, _("The short abandon")),
    "service_level_target": (1, 100, _("The target")),
}


def _checked(changes: GroupChanges) -> GroupChanges:
    wanted = changes.copy()
    if "name" in wanted:
        wanted["name"] = " ".join(wanted["name"].split())
        if not wanted["name"]:
            raise NameMissing
    for field, (least, most, word) in _RANGES.items():
        value = wanted.get(field)
        if isinstance(value, int) and not least <= value <= most:
            words = gettext("%(what)s must be between %(least)d and %(most)d.")
            raise TargetOutOfRange(words % {"what": word, "least": least, "most": most}, field)
    return wanted
