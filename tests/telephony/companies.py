"""Small companies for tests that ring real phones: Alice, Bob and Charlie behind one number."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, field

import pytest
from django.utils import timezone

from callcenter.accounts.models import Membership, User
from callcenter.agents.models import Agent, Device
from callcenter.agents.secrets import digest_of
from callcenter.groups.models import AgentGroup, GroupMember, Number, Queue
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from telephony.pbx.orders import AddMember, RefreshPhones, ReloadParking, ReloadQueues, RemoveMember
from telephony.provisioning.names import endpoint_of, interface_of, member_name_of, queue_of
from telephony.traffic.sip_phone import Phone
from tests.telephony.private_pbx import Pbx, in_thread

PEOPLE = ("Alice", "Bob", "Charlie")
MakeCompany = Callable[..., "Company"]


@dataclass(slots=True)
class Company:
    """A tenant with the group "Sales" (queue `<slug>-sales`) at `number`, digits as a carrier
    dials them; agents and devices by name and extension: Alice 101, Bob 102, Charlie 103."""

    pbx: Pbx
    tenant: Tenant
    group: AgentGroup
    queue: Queue
    number: str
    agents: dict[str, Agent] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        return self.tenant.slug

    @property
    def pbx_queue(self) -> str:
        return queue_of(self.slug, self.queue.slug)

    def endpoint(self, name: str) -> str:
        return endpoint_of(self.slug, self.devices[name].extension)

    def interface(self, name: str) -> str:
        return interface_of(self.slug, self.devices[name].extension)

    def phone(self, name: str) -> Phone:
        endpoint = self.endpoint(name)
        return self.pbx.phone(endpoint, secret_of(endpoint))

    def add_member(self, name: str, *, penalty: int = 0) -> AddMember:
        """The order that logs this agent in; give it to `pbx.perform`."""
        member = member_name_of(self.slug, self.agents[name].pk)
        return AddMember(self.pbx_queue, self.interface(name), member, penalty)

    def tell_pbx(self) -> None:
        """Has the PBX read phones, queues and parking lots again."""
        ids = tuple(self.endpoint(name) for name in self.devices)
        self.pbx.await_database()
        self.pbx.perform(ReloadQueues(), RefreshPhones(ids), ReloadParking())


def secret_of(endpoint: str) -> str:
    return f"secret of {endpoint}"


def make_company(pbx: Pbx, slug: str, number: str) -> Company:
    """Committed rows: for tests with `transactional_db`."""
    tenant = Tenant.objects.create(slug=slug, name=slug.title(), pbx=pbx.host.name)
    with tenant_scope(tenant.pk):
        group = AgentGroup.objects.create(slug="sales", name="Sales", caller_id=f"+{number}")
        queue = Queue.objects.create(group=group, slug="sales", name="Sales", ring_seconds=5)
        Number.objects.create(e164=f"+{number}", queue=queue)
        made = Company(pbx, tenant, group, queue, number)
        for place, name in enumerate(PEOPLE):
            add_agent(made, name, extension=str(101 + place))
    return made


def add_agent(company: Company, name: str, *, extension: str) -> Agent:
    """In the tenant's scope."""
    slug = company.slug
    user = User.objects.create(email=f"{name.lower()}@{slug}.example", name=name)
    membership = Membership.objects.create(user=user)
    agent = Agent.objects.create(membership=membership, name=name)
    endpoint = endpoint_of(slug, extension)
    device = Device.objects.create(
        agent=agent,
        extension=extension,
        name=f"{name}'s phone",
        digest=digest_of(user=endpoint, realm=company.pbx.host.realm, secret=secret_of(endpoint)),
        secret_made_at=timezone.now(),
    )
    agent.device = device
    agent.save()
    GroupMember.objects.create(group=company.group, agent=agent)
    company.agents[name], company.devices[name] = agent, device
    return agent


@pytest.fixture
def company(pbx: Pbx, transactional_db: None) -> Generator[MakeCompany]:
    """`company("acme", "3726000001")`: made, and known to the PBX; nobody logged in, and gone from
    it afterwards. With `tell_pbx=False` that is left to the listener."""
    made: list[Company] = []

    def make(slug: str = "acme", number: str = "3726000001", *, tell_pbx: bool = True) -> Company:
        one = in_thread(lambda: make_company(pbx, slug, number))
        made.append(one)
        if tell_pbx:
            one.tell_pbx()
        return one

    yield make
    pbx.cli("channel request hangup all")
    for one in made:
        pbx.perform(*(RemoveMember(one.pbx_queue, one.interface(name)) for name in one.devices))
