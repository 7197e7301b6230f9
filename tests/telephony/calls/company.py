"""Alice's and Bob's companies, as the recordings in tests/telephony/ledger/recordings know them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from django.utils import timezone

from callcenter.accounts.models import Membership, User
from callcenter.agents.models import Agent, Device
from callcenter.groups.models import AgentGroup, Number, Queue
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import system_scope, tenant_scope
from telephony.calls.services import build_new_calls
from telephony.ledger.reader import Ledger

RECORDINGS = Path(__file__).resolve().parents[1] / "ledger" / "recordings"


@dataclass(frozen=True)
class Company:
    tenant: Tenant
    groups: dict[str, AgentGroup]
    agents: dict[str, Agent]  # by extension


def make_company(slug: str, *, numbers: dict[str, str], first_agent: int) -> Company:
    """Groups support and sales (and vip), phones 101 to 105; agent ids count from `first_agent`."""
    tenant = Tenant.objects.create(slug=slug, name=slug.title(), country="GB", time_zone="UTC")
    groups, agents = {}, {}
    with tenant_scope(tenant.pk):
        for name in ("support", "sales", "vip"):
            group = AgentGroup.objects.create(slug=name, name=name.title(), short_abandon_seconds=2)
            queue = Queue.objects.create(group=group, slug=name, name=name.title())
            if name in numbers:
                Number.objects.create(e164=numbers[name], queue=queue)
            groups[name] = group
        for place, extension in enumerate(("101", "102", "103", "104", "105")):
            user = User.objects.create(
                email=f"{slug}{extension}@example.com", name=f"{slug} {extension}"
            )
            member = Membership.objects.create(user=user)
            device = Device.objects.create(
                extension=extension, name=extension, digest="0" * 32, secret_made_at=timezone.now()
            )
            agent = Agent.objects.create(
                pk=first_agent + place, membership=member, name=f"Agent {extension}", device=device
            )
            Device.objects.filter(pk=device.pk).update(agent=agent)
            agents[extension] = agent
    return Company(tenant, groups, agents)


def make_acme() -> Company:
    numbers = {"support": "+4420700001", "sales": "+4420700002", "vip": "+4420700003"}
    return make_company("acme", numbers=numbers, first_agent=1)


def make_globex() -> Company:
    return make_company("globex", numbers={"support": "+4430800001"}, first_agent=8)


def build_all() -> bool:
    return build_new_calls(pbx="pbx1").is_all


def play(folder: Path, *names: str) -> Ledger:
    """Puts recordings into a PBX's log folder, one after the other, and reads them to the end."""
    ledger = Ledger("pbx1", folder, build_all)
    (folder / "cel-custom").mkdir(exist_ok=True)
    for name in names:
        found = sorted(RECORDINGS.glob(f"{name}*.queue_log"))
        assert found, name
        for queue_log in found:
            append(folder / "queue_log", queue_log.read_bytes())
            append(
                folder / "cel-custom" / "cel.jsonl", queue_log.with_suffix(".jsonl").read_bytes()
            )
    read_all(ledger)
    return ledger


def read_all(ledger: Ledger) -> None:
    with system_scope("the ledger reads for all tenants"):
        while ledger.read() is None:
            pass


def append(path: Path, content: bytes) -> None:
    with path.open("ab") as file:
        file.write(content)


def wipe(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
