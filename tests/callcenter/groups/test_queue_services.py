"""Queues: changed together with what they overflow into, and never in a circle."""

from collections.abc import Generator
from typing import Any

import pytest

from callcenter.audit.changes import ChangedSince, NothingThere
from callcenter.audit.models import AuditEntry
from callcenter.audit.services import Actor
from callcenter.groups import services
from callcenter.groups.models import AgentGroup, Queue
from callcenter.groups.services import queues
from callcenter.groups.services.groups import GroupStillCalled
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from tests.callcenter.groups.sounds import tone

pytestmark = pytest.mark.django_db
ALICE = Actor(name="Alice")


@pytest.fixture(autouse=True)
def _acme(db: None) -> Generator[None]:
    with tenant_scope(Tenant.objects.create(slug="acme", name="Acme").pk):
        yield


@pytest.fixture
def group() -> AgentGroup:
    return services.create_group(name="Sales", by=ALICE)


@pytest.fixture
def queue(group: AgentGroup) -> Queue:
    return group.queues.get()


def test_a_change_says_what_was_and_what_is(queue: Queue) -> None:
    services.change_queue(queue=queue, ring_seconds=20, strategy="ringall", by=ALICE)
    entry = AuditEntry.objects.get(action="queue.changed")
    assert entry.before == {"ring_seconds": 15, "strategy": "leastrecent"}
    assert entry.after == {"ring_seconds": 20, "strategy": "ringall"}


def test_one_changed_setting_is_judged_with_those_that_stay(queue: Queue) -> None:
    services.change_queue(queue=queue, max_wait_seconds=20, by=ALICE)
    with pytest.raises(queues.NonsenseSettings, match="20 seconds at most") as refusal:
        services.change_queue(queue=queue, ring_seconds=21, by=ALICE)
    assert refusal.value.field == "ring_seconds"
    queue.refresh_from_db()
    assert queue.ring_seconds == 15


def test_the_clip_and_the_queue_of_an_overflow_are_asked_for(queue: Queue) -> None:
    with pytest.raises(queues.NonsenseSettings, match="clip"):
        services.change_queue(queue=queue, overflow_on_full="clip", by=ALICE)
    with pytest.raises(queues.NonsenseSettings, match="queue"):
        services.change_queue(queue=queue, overflow_on_full="queue", by=ALICE)
    clip = services.create_clip(data=tone(0.3), description="Sorry", by=ALICE)
    services.change_queue(queue=queue, overflow_on_full="clip", overflow_clip=clip, by=ALICE)


def test_where_a_key_leads_counts_if_there_is_one(group: AgentGroup, queue: Queue) -> None:
    services.change_queue(queue=queue, overflow_on_key="clip", by=ALICE)
    with pytest.raises(queues.NonsenseSettings):
        services.change_queue(queue=queue, exit_key="1", by=ALICE)
    second = services.create_queue(group=group, name="Second", by=ALICE)
    services.change_queue(
        queue=queue, exit_key="1", overflow_on_key="queue", overflow_queue=second, by=ALICE
    )
    with pytest.raises(queues.OverflowInCircle):
        services.change_queue(
            queue=second, exit_key="2", overflow_on_key="queue", overflow_queue=queue, by=ALICE
        )


def test_overflow_never_goes_in_a_circle(group: AgentGroup, queue: Queue) -> None:
    into: dict[str, Any] = {"overflow_on_timeout": "queue"}
    with pytest.raises(queues.OverflowInCircle, match="into itself"):
        services.change_queue(queue=queue, overflow_queue=queue, by=ALICE, **into)
    second = services.create_queue(
        group=group, name="Second", overflow_queue=queue, by=ALICE, **into
    )
    third = services.create_queue(
        group=group, name="Third", overflow_queue=second, by=ALICE, **into
    )
    with pytest.raises(queues.OverflowInCircle, match="Sales → Third → Second → Sales"):
        services.change_queue(queue=queue, overflow_queue=third, by=ALICE, **into)
    # chosen, but no reason leads there: no circle
    services.change_queue(queue=queue, overflow_queue=third, by=ALICE)
    with pytest.raises(queues.OverflowInCircle):
        services.change_queue(queue=queue, overflow_on_full="queue", by=ALICE)


def test_a_queue_goes_when_nothing_leads_to_it_and_another_is_left(
    group: AgentGroup, queue: Queue
) -> None:
    with pytest.raises(queues.LastQueue):
        services.delete_queue(queue=queue, by=ALICE)
    second = services.create_queue(group=group, name="Second", by=ALICE)
    number = services.add_number(queue=second, number="+3726000001", by=ALICE)
    with pytest.raises(queues.QueueInUse, match=r"\+3726000001"):
        services.delete_queue(queue=second, by=ALICE)
    services.change_number(number=number, queue=queue, label="", by=ALICE)
    services.change_queue(queue=queue, overflow_on_timeout="queue", overflow_queue=second, by=ALICE)
    with pytest.raises(queues.QueueInUse, match="Sales"):
        services.delete_queue(queue=second, by=ALICE)
    services.change_queue(queue=queue, overflow_on_timeout="hang_up", overflow_queue=None, by=ALICE)
    services.delete_queue(queue=second, by=ALICE)
    assert list(group.queues.all()) == [queue]


def test_a_group_that_others_overflow_into_stays_in_use(queue: Queue) -> None:
    other = services.create_group(name="Support", by=ALICE)
    services.change_queue(
        queue=queue, overflow_on_timeout="queue", overflow_queue=other.queues.get(), by=ALICE
    )
    with pytest.raises(GroupStillCalled, match="Sales"):
        services.deactivate_group(group=other, by=ALICE)


def test_undo_brings_a_queue_back_unless_it_was_changed_since(queue: Queue) -> None:
    services.change_queue(queue=queue, ring_seconds=20, by=ALICE)
    first = AuditEntry.objects.get(action="queue.changed")
    services.change_queue(queue=queue, ring_seconds=30, by=ALICE)
    second = AuditEntry.objects.filter(action="queue.changed").latest("pk")
    with pytest.raises(ChangedSince):
        services.undo_change(entry=first, by=ALICE)
    services.undo_change(entry=second, by=ALICE)
    services.undo_change(entry=first, by=ALICE)
    queue.refresh_from_db()
    assert queue.ring_seconds == 15
    assert AuditEntry.objects.filter(action="queue.changed").count() == 4


def test_undo_brings_back_a_clip_by_its_id(group: AgentGroup) -> None:
    clip = services.create_clip(data=tone(0.3), description="Hello", by=ALICE)
    services.change_group(group=group, greeting=clip, by=ALICE)
    services.change_group(group=group, greeting=None, by=ALICE)
    entry = AuditEntry.objects.filter(action="group.changed").latest("pk")
    services.undo_change(entry=entry, by=ALICE)
    group.refresh_from_db()
    assert group.greeting == clip
    services.change_group(group=group, greeting=None, by=ALICE)
    entry = AuditEntry.objects.filter(action="group.changed").latest("pk")
    services.delete_clip(clip=clip, by=ALICE)
    with pytest.raises(NothingThere):
        services.undo_change(entry=entry, by=ALICE)
