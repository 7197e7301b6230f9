"""Making the demo's companies, once: one that is there is left as it is."""

from __future__ import annotations

import hashlib
import io
import wave

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from callcenter.accounts import api_keys
from callcenter.accounts.models import ApiKey, Membership, Role, User
from callcenter.accounts.permissions import ApiScope
from callcenter.agents.models import Agent, Device, PauseReason
from callcenter.calendars.models import Forced, OpeningCalendar, OpeningHours
from callcenter.calendars.services import fill_holidays
from callcenter.dashboard.models import Wallboard
from callcenter.demo import chimes, secrets
from callcenter.demo.company import (
    COMPANIES,
    OPERATOR,
    PASSWORD,
    PAUSE_REASONS,
    DemoCompany,
    DemoGroup,
)
from callcenter.demo.contacts import seed_contacts
from callcenter.groups.models import AgentGroup, Clip, GroupMember, Number, Queue
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from telephony.provisioning.models import OutgoingPrefix

ALL_DAY = (0, 1440)


class NotInProduction(RuntimeError):
    """The demo's passwords are known to everybody."""


def seed_demo() -> list[Tenant]:
    """The demo's tenants, made where they are missing. Raises NotInProduction."""
    if not settings.IN_DEVELOPMENT:
        raise NotInProduction("The demo has well-known passwords; it is not made in production.")
    _user(OPERATOR, "Olev Operator", is_operator=True)
    return [_company(company) for company in COMPANIES]


@transaction.atomic
def _company(company: DemoCompany) -> Tenant:
    existing = Tenant.objects.filter(slug=company.slug).first()
    if existing is not None:
        return existing
    tenant = Tenant.objects.create(
        slug=company.slug,
        name=company.name,
        country=company.country,
        time_zone=company.time_zone,
        caller_id=company.caller_id,
        pbx=settings.DEFAULT_PBX,
    )
    with tenant_scope(tenant.pk):
        for position, (code, name, minutes) in enumerate(PAUSE_REASONS):
            PauseReason.objects.create(code=code, name=name, max_minutes=minutes, position=position)
        agents = [_agent(company, index) for index in range(1, len(company.agents) + 1)]
        for role, who in (
            (Role.SUPERVISOR, company.supervisor),
            (Role.MANAGER, company.manager),
            (Role.ADMIN, company.admin),
        ):
            _member(company.email(role), who, role)
        _groups(company, agents)
        _doors(tenant)
        seed_contacts(company.country, company.email("admin"))
    return tenant


def _user(email: str, name: str, *, is_operator: bool = False) -> User:
    user = User.objects.filter(email=email).first()
    if user is None:
        user = User.objects.create_user(
            email=email, password=PASSWORD, name=name, is_operator=is_operator
        )
    return user


def _member(email: str, name: str, role: Role) -> Membership:
    return Membership.objects.create(user=_user(email, name), role=role)


def _agent(company: DemoCompany, index: int) -> Agent:
    name = company.agents[index - 1]
    agent = Agent.objects.create(
        membership=_member(company.email(f"agent{index}"), name, Role.AGENT), name=name
    )
    extension = str(company.first_extension + index - 1)
    username = f"{company.slug}-{extension}"
    agent.device = Device.objects.create(
        agent=agent,
        extension=extension,
        name=f"{name.partition(' ')[0]}'s phone",
        digest=_digest(username),
        secret_made_at=timezone.now(),
    )
    agent.save(update_fields=["device"])
    return agent


def _digest(username: str) -> str:
    secret = secrets.phone_secret(username)
    text = f"{username}:{settings.SIP_REALM}:{secret}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _groups(company: DemoCompany, agents: list[Agent]) -> None:
    always = OpeningCalendar.objects.create(name="Around the clock")
    for weekday in range(1, 8):
        OpeningHours.objects.create(
            calendar=always, weekday=weekday, opens_minute=ALL_DAY[0], closes_minute=ALL_DAY[1]
        )
    office = OpeningCalendar.objects.create(
        name="Office hours (closed for the demo)",
        holiday_country=company.country,
        forced=Forced.CLOSED,
    )
    for weekday in range(1, 6):
        OpeningHours.objects.create(
            calendar=office, weekday=weekday, opens_minute=540, closes_minute=1020
        )
    fill_holidays(calendar=office)
    greeting = _clip("Welcome chime", chimes.chime(chimes.GREETING))
    closed = _clip("Closed chime", chimes.chime(chimes.CLOSED))
    for group in company.groups:
        _group(group, office if group.is_closed else always, greeting, closed, agents)


def _group(
    demo: DemoGroup, calendar: OpeningCalendar, greeting: Clip, closed: Clip, agents: list[Agent]
) -> None:
    group = AgentGroup.objects.create(
        slug=demo.slug,
        name=demo.name,
        calendar=calendar,
        greeting=greeting,
        closed_clip=closed,
        caller_id=demo.numbers[0],
        wrap_up_seconds=demo.wrap_up_seconds,
    )
    queue = Queue.objects.create(group=group, slug=demo.slug, name=demo.name)
    for number in demo.numbers:
        Number.objects.create(e164=number, queue=queue)
    for index in demo.members:
        GroupMember.objects.create(group=group, agent=agents[index - 1])


def _clip(description: str, audio: bytes) -> Clip:
    with wave.open(io.BytesIO(audio)) as file:
        seconds = file.getnframes() / file.getframerate()
    return Clip.objects.create(
        description=description,
        audio=audio,
        sha256=hashlib.sha256(audio).hexdigest(),
        seconds=seconds,
    )


def _doors(tenant: Tenant) -> None:
    key = secrets.api_key(tenant.slug)
    ApiKey.objects.create(
        name="Demo",
        prefix=api_keys.prefix_of(key) or "",
        digest=api_keys.digest_of(key),
        scopes=[scope.value for scope in ApiScope],
    )
    token = secrets.wallboard_token(tenant.slug)
    Wallboard.objects.create(
        name="Demo wallboard", digest=hashlib.sha256(token.encode()).hexdigest()
    )
    # the demo's carrier is invented and costs nothing; a real tenant starts with no prefix
    OutgoingPrefix.objects.create(prefix="+372", note="Estonia")
    OutgoingPrefix.objects.create(prefix="+49", note="Germany")
