"""Groups, their members and numbers: what is written, what is refused, what the audit log says."""

from collections.abc import Generator

import pytest

from callcenter.accounts.models import Membership, User
from callcenter.agents.models import Agent
from callcenter.agents.services import change_agent, create_agent
from callcenter.audit.models import AuditEntry
from callcenter.audit.services import Actor
from callcenter.groups import services
from callcenter.groups.models import AgentGroup, GroupMember, Number, Queue
from callcenter.groups.services import groups, members, numbers
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope

pytestmark = pytest.mark.django_db
ALICE = Actor(name="Alice")


@pytest.fixture(autouse=True)
def _acme(db: None) -> Generator[None]:
    tenant = Tenant.objects.create(slug="acme", name="Acme", country="EE")
    with tenant_scope(tenant.pk):
        yield


def make_agent(name: str) -> Agent:
    user = User.objects.create_user(f"{name.lower()}@acme.test", name=name)
    return create_agent(membership=Membership.objects.create(user=user), name=name, by=ALICE)


def test_a_group_comes_with_a_queue_and_a_slug_that_stay() -> None:
    group = services.create_group(name="  Müük &  tugi ", by=ALICE)
    queue = group.queues.get()
    assert (group.name, group.slug, queue.slug) == ("Müük & tugi", "muuk-tugi", "muuk-tugi")
    renamed = services.change_group(group=group, name="Sales", by=ALICE)
    assert (renamed.name, renamed.slug) == ("Sales", "muuk-tugi")
    entry = AuditEntry.objects.filter(action="group.renamed").get()
    assert (entry.before, entry.after) == ({"name": "Müük & tugi"}, {"name": "Sales"})


def test_the_slug_is_no_other_groups_and_no_other_queues() -> None:
    first = services.create_group(name="Sales", by=ALICE)
    services.create_queue(group=first, name="Sales 2", by=ALICE)
    other = services.create_group(name="Sales!", by=ALICE)
    assert other.slug == "sales-3"


def test_a_name_is_needed_and_given_once() -> None:
    services.create_group(name="Sales", by=ALICE)
    with pytest.raises(groups.GroupNameTaken, match="“Sales”"):
        services.create_group(name="Sales", by=ALICE)
    with pytest.raises(groups.NameMissing):
        services.create_group(name="  ", by=ALICE)
    assert AgentGroup.objects.count() == Queue.objects.count() == 1


def test_a_change_that_changes_nothing_is_not_recorded() -> None:
    group = services.create_group(name="Sales", by=ALICE)
    services.change_group(group=group, name="Sales", wrap_up_seconds=0, by=ALICE)
    assert AuditEntry.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("600 0001", "+3726000001"), ("+44 20 7946 0001", "+442079460001"), ("00372 6000002", None)],
)
def test_a_number_is_kept_as_e164_whatever_was_typed(typed: str, kept: str | None) -> None:
    queue = services.create_group(name="Sales", by=ALICE).queues.get()
    number = services.add_number(queue=queue, number=typed, by=ALICE)
    assert number.e164 == (kept or "+3726000002")


@pytest.mark.parametrize("typed", ["", "sales", "12", "+", "+3726000001234567890", "<script>"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    queue = services.create_group(name="Sales", by=ALICE).queues.get()
    with pytest.raises(numbers.NotANumber, match="not a telephone number"):
        services.add_number(queue=queue, number=typed, by=ALICE)


def test_another_companys_number_is_refused_without_saying_whose() -> None:
    bobs = Tenant.objects.create(slug="bobs", name="Bob's Secret Garden", country="EE")
    with tenant_scope(bobs.pk):
        queue = services.create_group(name="Garden", by=ALICE).queues.get()
        services.add_number(queue=queue, number="+3726000001", by=ALICE)
    queue = services.create_group(name="Sales", by=ALICE).queues.get()
    before = AuditEntry.objects.count()
    with pytest.raises(numbers.NumberTaken) as refusal:
        services.add_number(queue=queue, number="600 0001", by=ALICE)
    assert "Bob" not in str(refusal.value)
    assert "Garden" not in str(refusal.value)
    assert (Number.objects.count(), AuditEntry.objects.count()) == (0, before)


def test_an_own_number_is_refused_with_where_it_leads() -> None:
    queue = services.create_group(name="Sales", by=ALICE).queues.get()
    services.add_number(queue=queue, number="6000001", by=ALICE)
    with pytest.raises(numbers.NumberIsOwn, match="“Sales”"):
        services.add_number(queue=queue, number="+372 600 0001", by=ALICE)


def test_the_caller_id_is_one_of_the_groups_numbers() -> None:
    group = services.create_group(name="Sales", by=ALICE)
    with pytest.raises(groups.CallerIdNotOwn):
        services.change_group(group=group, caller_id="+3726000001", by=ALICE)
    number = services.add_number(queue=group.queues.get(), number="6000001", by=ALICE)
    services.change_group(group=group, caller_id="+3726000001", by=ALICE)
    with pytest.raises(numbers.NumberIsCallerId):
        services.remove_number(number=number, by=ALICE)
    services.change_group(group=group, caller_id="", by=ALICE)
    services.remove_number(number=number, by=ALICE)
    assert not Number.objects.exists()


def test_members_come_once_with_a_level_and_go() -> None:
    group = services.create_group(name="Sales", by=ALICE)
    bob, charlie = make_agent("Bob"), make_agent("Charlie")
    member = services.add_member(group=group, agent=bob, penalty=2, by=ALICE)
    with pytest.raises(members.AlreadyMember, match="Bob"):
        services.add_member(group=group, agent=bob, by=ALICE)
    change_agent(agent=charlie, is_active=False, by=ALICE)
    charlie.refresh_from_db()
    with pytest.raises(members.AgentInactive):
        services.add_member(group=group, agent=charlie, by=ALICE)
    with pytest.raises(members.PenaltyOutOfRange):
        services.change_penalty(member=member, penalty=100, by=ALICE)
    services.change_penalty(member=member, penalty=0, by=ALICE)
    services.remove_member(member=member, by=ALICE)
    assert not GroupMember.objects.exists()
    actions = list(
        AuditEntry.objects.filter(action__startswith="group.").values_list("action", flat=True)
    )
    assert actions == [
        "group.member_removed",
        "group.penalty_changed",
        "group.member_added",
        "group.created",
    ]


def test_a_group_that_callers_still_reach_stays_in_use() -> None:
    group = services.create_group(name="Sales", by=ALICE)
    number = services.add_number(queue=group.queues.get(), number="6000001", by=ALICE)
    with pytest.raises(groups.GroupStillCalled, match=r"\+3726000001"):
        services.deactivate_group(group=group, by=ALICE)
    services.remove_number(number=number, by=ALICE)
    services.deactivate_group(group=group, by=ALICE)
    group.refresh_from_db()
    assert not group.is_active
    with pytest.raises(numbers.GroupOutOfUse):
        services.add_number(queue=group.queues.get(), number="6000001", by=ALICE)
    services.activate_group(group=group, by=ALICE)
