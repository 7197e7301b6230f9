"""The waiting lines of a group."""

from __future__ import annotations

from typing import Any, TypedDict, Unpack

from django.db import transaction
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.audit.services import Actor, change_row, record
from callcenter.groups.models import AgentGroup, Clip, Overflow, Queue
from callcenter.groups.queue_rules import (
    OVERFLOW_BY_KEY,
    OVERFLOW_FIELDS,
    PlannedQueue,
    circle,
    first_fault,
    overflows_into_a_queue,
)
from callcenter.groups.slugs import make_slug
from callcenter.tenants.refusals import Refusal, refusing


class QueueNameMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Give the queue a name."), "name")


class QueueMadeMeanwhile(Refusal):
    def __init__(self) -> None:
        words = _("Somebody made a queue with a similar name just now. Try again.")
        super().__init__(words, "name")


class NonsenseSettings(Refusal):
    """Settings that do not go together; `field` says which one."""


class OverflowInCircle(Refusal):
    def __init__(self, names: list[str]) -> None:
        if len(names) == 1:
            words = gettext("A queue cannot overflow into itself. Choose another queue.")
        else:
            words = gettext(
                "Callers would go round in a circle: %(way)s. Choose a queue that ends somewhere."
            ) % {"way": " → ".join([*names, names[0]])}
        super().__init__(words, "overflow_queue")


class LastQueue(Refusal):
    def __init__(self) -> None:
        super().__init__(_("A group needs at least one queue: this is its last."))


class QueueInUse(Refusal):
    def __init__(self, numbers: list[str], queues: list[str]) -> None:
        if numbers:
            words = gettext("The number %(names)s leads to this queue. Lead it elsewhere first.")
        else:
            words = gettext("The queue %(names)s overflows into this one. Change that first.")
        super().__init__(words % {"names": ", ".join(numbers or queues)})


class QueueSettings(TypedDict, total=False):
    strategy: str
    ring_seconds: int
    retry_seconds: int
    max_wait_seconds: int
    max_length: int  # 0: no limit
    takes_calls_without_agents: bool
    announces_position: bool
    overflow_on_timeout: str
    overflow_on_full: str
    overflow_on_no_agents: str
    exit_key: str  # a digit, or ""
    overflow_on_key: str
    overflow_clip: Clip | None
    overflow_queue: Queue | None


class QueueChanges(QueueSettings, total=False):
    name: str


def create_queue(
    *, group: AgentGroup, name: str, by: Actor, **settings: Unpack[QueueSettings]
) -> Queue:
    """One more queue of the group.

    Raises QueueNameMissing, NonsenseSettings, OverflowInCircle, QueueMadeMeanwhile.
    """
    with refusing({"queue_slug_once": QueueMadeMeanwhile()}):
        queues = _locked_queues()
        taken = {queue.slug for queue in queues}
        taken.update(AgentGroup.objects.values_list("slug", flat=True))
        queue = Queue(
            group=group, slug=make_slug(name, taken, "queue"), **_named({"name": name, **settings})
        )
        _check(queue, queues)
        queue.save()
        after = {
            "name": queue.name,
            "slug": queue.slug,
            "group": {"id": group.pk, "name": group.name},
        }
        record(action="queue.created", by=by, about=queue, after=after)
    return queue


def change_queue(*, queue: Queue, by: Actor, **changes: Unpack[QueueChanges]) -> Queue:
    """What is not named stays. Raises QueueNameMissing, NonsenseSettings, OverflowInCircle."""
    wanted = _named(changes)
    with transaction.atomic():
        queues = _locked_queues()
        queue = next(row for row in queues if row.pk == queue.pk)
        planned = Queue(**{field: getattr(queue, field) for field in _COMPARED} | wanted)
        planned.pk = queue.pk
        _check(planned, queues)
        action = "queue.renamed" if set(wanted) == {"name"} else "queue.changed"
        change_row(row=queue, changes=wanted, action=action, by=by)
    return queue


def delete_queue(*, queue: Queue, by: Actor) -> None:
    """Raises LastQueue, QueueInUse."""
    with transaction.atomic():
        queues = _locked_queues()
        if not any(row.group_id == queue.group_id and row.pk != queue.pk for row in queues):
            raise LastQueue
        numbers = list(queue.numbers.values_list("e164", flat=True))
        feeders = [row.name for row in queues if row.overflow_queue_id == queue.pk]
        if numbers or feeders:
            raise QueueInUse(numbers, feeders)
        record(action="queue.deleted", by=by, about=queue, before={"name": queue.name})
        queue.delete()


_COMPARED = (
    *("group", "slug", "name", "ring_seconds", "retry_seconds", "max_wait_seconds", "max_length"),
    *(*OVERFLOW_FIELDS, OVERFLOW_BY_KEY, "exit_key", "overflow_clip", "overflow_queue"),
)


def _locked_queues() -> list[Queue]:
    """All queues of the tenant, locked: two changes at once could close a circle together."""
    rows = Queue.objects.select_for_update(of=("self",)).order_by("pk")
    return list(rows.select_related("group", "overflow_clip", "overflow_queue"))


def _named(changes: QueueChanges) -> dict[str, Any]:
    wanted: dict[str, Any] = {**changes}
    if "name" in wanted:
        wanted["name"] = " ".join(str(wanted["name"]).split())
        if not wanted["name"]:
            raise QueueNameMissing
    return wanted


def _check(planned: Queue, queues: list[Queue]) -> None:
    overflows = _ways(planned)
    fault = first_fault(
        PlannedQueue(
            ring_seconds=planned.ring_seconds,
            retry_seconds=planned.retry_seconds,
            max_wait_seconds=planned.max_wait_seconds,
            max_length=planned.max_length,
            overflows=overflows,
            has_overflow_clip=planned.overflow_clip_id is not None,
            has_overflow_queue=planned.overflow_queue_id is not None,
        )
    )
    if fault is not None:
        what, field, numbers = fault
        raise NonsenseSettings(_FAULT_WORDS[what] % numbers, field)
    leads_to = {
        row.pk: row.overflow_queue_id
        for row in queues
        if row.overflow_queue_id and overflows_into_a_queue(_ways(row).values())
    }
    leads_to.pop(planned.pk, None)
    if planned.overflow_queue_id and Overflow.QUEUE in overflows.values():
        leads_to[planned.pk or 0] = planned.overflow_queue_id
    found = circle(planned.pk or 0, leads_to)
    if found:
        names = {row.pk: row.name for row in queues} | {planned.pk: planned.name}
        raise OverflowInCircle([names[key] for key in found])


def _ways(queue: Queue) -> dict[str, str]:
    """Where callers go, by field."""
    fields = (*OVERFLOW_FIELDS, OVERFLOW_BY_KEY) if queue.exit_key else OVERFLOW_FIELDS
    return {field: getattr(queue, field) for field in fields}


_FAULT_WORDS = {
    "out_of_range": _("Choose a number from %(least)d to %(most)d."),
    "rings_longer_than_waiting": _(
        "Each phone would ring %(ring)d seconds, but callers wait %(wait)d seconds at most: "
        "nobody but the first agent would ever be tried. Ring shorter or let callers wait longer."
    ),
    "clip_missing": _("Choose the clip that these callers hear."),
    "queue_missing": _("Choose the queue that these callers go to."),
}
