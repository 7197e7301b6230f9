"""Calls by a click: the person's phone rings first and shows the target; picked up, it calls it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _translated
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.permissions import Person
from callcenter.agents.models import Agent, Device
from callcenter.audit.services import Actor
from callcenter.tenants.models import Tenant
from telephony.commands.models import CommandStatus, PbxCommand
from telephony.commands.services import AT_ONCE, give_order
from telephony.dialling.caller_ids import chosen_caller_id
from telephony.dialling.models import CLICKED, DialChoice, PlacedCall
from telephony.dialling.targets import DialRefused, Target, check_not_own, target_of
from telephony.live.private import PRIVATELY
from telephony.live.selectors import live_snapshot
from telephony.live.streams import TENANT
from telephony.pbx.orders import Originate
from telephony.provisioning.names import interface_of

OWN_PHONE_SECONDS = 15
# a second click on the same number within these is the first one again
SAME_CLICK = timedelta(seconds=8)
ECHO = "*43"


class NotAtAPhone(DialRefused):
    code = "not_at_a_phone"

    def __init__(self, name: str) -> None:
        words = _translated(
            "%(name)s has no phone to call from. An admin can give one under Management, Agents."
        )
        super().__init__(words % {"name": name})


class PhoneUnreachable(DialRefused):
    code = "phone_unreachable"

    def __init__(self, device: Device) -> None:
        words = _translated("Your phone %(phone)s is not connected. Nothing was called.")
        super().__init__(words % {"phone": device.extension})


class AlreadyCalling(DialRefused):
    code = "already_calling"

    def __init__(self) -> None:
        super().__init__(_("There is a call on your phone already. End it first."))


class NotYourPhone(DialRefused):
    code = "not_your_phone"

    def __init__(self) -> None:
        super().__init__(_("Choose one of your own phones that is in use."), "device")


@dataclass(frozen=True, slots=True)
class Wish:
    """How a call is to be made. None: as the person chose last."""

    caller_id: str | None = None
    is_hidden: bool | None = None
    is_private: bool = False
    about: str = ""


def agent_of(person: Person) -> Agent:
    """Raises NotAtAPhone: not everybody who signs in takes calls."""
    agent = (
        Agent.objects.select_related("tenant", "device")
        .filter(pk=person.agent_id or 0, is_active=True)
        .first()
    )
    if agent is None:
        raise NotAtAPhone(person.name)
    return agent


def place_call(
    *, agent: Agent, number: str, requested_by: Actor, at: datetime, wish: Wish | None = None
) -> PlacedCall:
    """Raises DialRefused with words for whoever clicked; `code` says which."""
    wish = wish or Wish()
    tenant = agent.tenant
    target = target_of(number, tenant)
    check_not_own(target, agent)
    with transaction.atomic():
        # one after the other: two clicks at once are one call
        Agent.objects.select_for_update(of=("self",)).get(pk=agent.pk)
        again = _same_click(agent, target.number, at)
        if again is not None:
            return again
        choice = DialChoice.objects.select_related("device").filter(agent=agent).first()
        device = _phone(agent, choice)
        _check_free(agent, device, at)
        shows, is_hidden = _shown_to_them(agent, tenant, choice, wish)
        return _order(
            agent=agent, device=device, target=target, shows=shows, is_hidden=is_hidden,
            wish=wish, requested_by=requested_by, at=at,
        )  # fmt: skip


def ring_for_echo(*, agent: Agent, requested_by: Actor, at: datetime) -> PlacedCall:
    """The phone rings, and picked up gives back what is said into it. Raises DialRefused."""
    with transaction.atomic():
        Agent.objects.select_for_update(of=("self",)).get(pk=agent.pk)
        again = _same_click(agent, "", at)
        if again is not None:
            return again
        choice = DialChoice.objects.select_related("device").filter(agent=agent).first()
        device = _phone(agent, choice)
        _check_free(agent, device, at)
        return _order(
            agent=agent, device=device, target=Target("", ""), shows="", is_hidden=False,
            wish=Wish(), requested_by=requested_by, at=at,
        )  # fmt: skip


def free_phone(agent: Agent, at: datetime) -> Device:
    """The phone that would ring first for a click, free to ring. Raises DialRefused."""
    device = _phone(agent, DialChoice.objects.select_related("device").filter(agent=agent).first())
    _check_free(agent, device, at)
    return device


def remember_choice(*, agent: Agent, shows: str, is_hidden: bool, device_id: int | None) -> None:
    """For the calls to come. Raises NotYourNumber, NotYourPhone."""
    if device_id is not None and not agent.devices.filter(pk=device_id, is_active=True).exists():
        raise NotYourPhone
    number = chosen_caller_id(shows, agent, agent.tenant)
    DialChoice.objects.update_or_create(
        agent=agent, defaults={"shows": number, "is_hidden": is_hidden, "device_id": device_id}
    )


def _same_click(agent: Agent, number: str, at: datetime) -> PlacedCall | None:
    """The call that was asked for just now, unless the phone system has refused it."""
    recent = PlacedCall.objects.filter(
        agent=agent, number=number, requested_at__gt=at - SAME_CLICK
    ).select_related("command")
    standing = (CommandStatus.QUEUED, CommandStatus.RUNNING, CommandStatus.DONE)
    return recent.filter(command__status__in=standing).order_by("-requested_at").first()


def _phone(agent: Agent, choice: DialChoice | None) -> Device:
    for device in (choice.device if choice else None, agent.device):
        if device is not None and device.is_active and device.agent_id == agent.pk:
            return device
    raise NotAtAPhone(agent.name)


def _check_free(agent: Agent, device: Device, at: datetime) -> None:
    """What the live state knows of the phone; where it is stale the phone system decides."""
    asked = PlacedCall.objects.filter(agent=agent, requested_at__gt=at - SAME_CLICK)
    waiting = (CommandStatus.QUEUED, CommandStatus.RUNNING)
    if asked.filter(command__status__in=waiting).exists():
        raise AlreadyCalling
    live = live_snapshot(agent.tenant.pk, [TENANT], agent.tenant.pbx)
    entity = live.document.get(f"agent:{agent.pk}", {})
    if not live.is_live or not entity:
        return
    if entity.get("state") in ("ringing", "in_call"):
        raise AlreadyCalling
    if device.pk == agent.device_id and entity.get("reachable") is False:
        raise PhoneUnreachable(device)


def _shown_to_them(
    agent: Agent, tenant: Tenant, choice: DialChoice | None, wish: Wish
) -> tuple[str, bool]:
    """The number that the far end sees ("" the company's usual one), and whether it is withheld."""
    is_hidden = wish.is_hidden
    if is_hidden is None:
        is_hidden = bool(choice and choice.is_hidden and not wish.caller_id)
    if wish.caller_id is not None:
        return chosen_caller_id(wish.caller_id, agent, tenant), is_hidden
    if choice is None or not choice.shows:
        return "", is_hidden
    try:
        return chosen_caller_id(choice.shows, agent, tenant), is_hidden
    except DialRefused:
        # chosen before the person left that group
        return "", is_hidden


def _order(
    *,
    agent: Agent,
    device: Device,
    target: Target,
    shows: str,
    is_hidden: bool,
    wish: Wish,
    requested_by: Actor,
    at: datetime,
) -> PlacedCall:
    tenant = agent.tenant
    call_id = f"{PRIVATELY if wish.is_private else CLICKED}{uuid.uuid4().hex}"
    is_echo = not target.number
    order = Originate(
        interface=interface_of(tenant.slug, device.extension),
        context="agents" if is_echo else "click2call",
        extension=target.number or ECHO,
        call_id=call_id,
        tenant=tenant.slug,
        shown_number=target.number or ECHO,
        shown_name="Echo" if is_echo else "",
        caller_number=shows,
        timeout_seconds=OWN_PHONE_SECONDS,
        auto_answer=device.answers_itself and not is_echo,
        variables=(("__C2C_HIDE", "1"),) if is_hidden else (),
    )
    command: PbxCommand = give_order(
        kind="echo" if is_echo else "dial",
        agent=agent,
        orders=[order],
        requested_by=requested_by,
        at=at,
        within=AT_ONCE,
        audited={} if is_echo else {"number": _in_the_log(target, wish), "caller_id": shows},
    )
    return PlacedCall.objects.create(
        command=command,
        call_id=call_id,
        agent=agent,
        number=target.number,
        shows=shows,
        is_hidden=is_hidden,
        is_private=wish.is_private,
        about=wish.about[:60],
        requested_by_id=requested_by.user_id,
        requested_at=at,
    )


def _in_the_log(target: Target, wish: Wish) -> str:
    return _translated("private") if wish.is_private else target.number
