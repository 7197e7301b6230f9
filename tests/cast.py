"""The cast of the tests: Alice's company, Bob's company, and who works there."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.utils import timezone

from callcenter.accounts.models import Membership, Role, User
from callcenter.agents.models import Agent, Device, PauseReason
from callcenter.groups.models import AgentGroup, GroupMember, Number, Queue
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope

PASSWORD = "correct horse battery"


@dataclass
class Company:
    """A tenant with one group, two agents, and one person for each role."""

    tenant: Tenant
    group: AgentGroup
    queue: Queue
    number: Number
    people: dict[str, User] = field(default_factory=dict)
    agents: list[Agent] = field(default_factory=list)


def make_user(email: str, *, operator: bool = False) -> User:
    user = User(email=email, name=email.partition("@")[0].title(), is_operator=operator)
    # a real hash takes a quarter of a second; tests that log in by password set their own
    user.set_unusable_password()
    user.save()
    return user


def make_company(slug: str, *, number: str, first_extension: int = 101) -> Company:
    tenant = Tenant.objects.create(slug=slug, name=f"{slug.title()} Ltd")
    with tenant_scope(tenant.pk):
        group = AgentGroup.objects.create(slug="sales", name="Sales", wrap_up_seconds=5)
        queue = Queue.objects.create(group=group, slug="sales", name="Sales")
        company = Company(tenant, group, queue, Number.objects.create(e164=number, queue=queue))
        PauseReason.objects.create(code="lunch", name="Lunch", max_minutes=30)
        for role in Role.values:
            user = make_user(f"{role}@{slug}.example")
            company.people[role] = user
            membership = Membership.objects.create(user=user, role=role)
            if role in (Role.AGENT, Role.SUPERVISOR):
                company.agents.append(
                    make_agent(membership, str(first_extension + len(company.agents)), group)
                )
    return company


def make_agent(membership: Membership, extension: str, group: AgentGroup) -> Agent:
    agent = Agent.objects.create(membership=membership, name=str(membership.user))
    agent.device = Device.objects.create(
        agent=agent,
        extension=extension,
        name="Desk phone",
        digest="0" * 32,
        secret_made_at=timezone.now(),
    )
    agent.save(update_fields=["device"])
    GroupMember.objects.create(group=group, agent=agent)
    return agent


def limit_to(user: User, *groups: AgentGroup) -> None:
    """This person's rights end at these groups."""
    with tenant_scope(groups[0].tenant.pk):
        Membership.objects.filter(user=user).update(group_ids=[group.pk for group in groups])
