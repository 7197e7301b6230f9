"""Pause reasons, agents and their phones."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, TypedDict, Unpack

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from phonenumbers.shortnumberinfo import is_emergency_number

from callcenter.accounts.models import Membership
from callcenter.agents.models import WRAP_UP_REASON, Agent, Device, DeviceKind, PauseReason
from callcenter.agents.secrets import digest_of, make_secret, sip_user
from callcenter.audit.changes import NothingThere, earlier_values
from callcenter.audit.models import AuditEntry
from callcenter.audit.services import Actor, change_row, record
from callcenter.tenants.models import Tenant
from callcenter.tenants.refusals import Refusal, refusing
from callcenter.tenants.scope import current_tenant_id

LONGEST_PAUSE_MINUTES = 600
_CODE = re.compile(r"^[a-z0-9](-?[a-z0-9])*$")
_EXTENSION = re.compile(r"^[1-9][0-9]{2,3}$")


class NameMissing(Refusal):
    def __init__(self) -> None:
        super().__init__(_("Give it a name."), "name")


class CodeNotPlain(Refusal):
    def __init__(self) -> None:
        words = _("Use up to 30 small letters, digits and single hyphens, as “lunch”.")
        super().__init__(words, "code")


class CodeReserved(Refusal):
    def __init__(self) -> None:
        words = _("“wrap-up” is Helin's own word for the time after a call. Choose another code.")
        super().__init__(words, "code")


class CodeTaken(Refusal):
    def __init__(self, code: str) -> None:
        words = gettext("There is already a pause reason with the code “%(code)s”.")
        super().__init__(words % {"code": code}, "code")


class PauseTooLong(Refusal):
    def __init__(self) -> None:
        words = gettext("Choose 1 to %(most)d minutes, or leave it empty for no limit.")
        super().__init__(words % {"most": LONGEST_PAUSE_MINUTES}, "max_minutes")


class AgentAlready(Refusal):
    def __init__(self, person: Membership) -> None:
        super().__init__(gettext("%(name)s is an agent already.") % {"name": person}, "membership")


class PhoneNotOwn(Refusal):
    def __init__(self) -> None:
        words = _("Group calls can only ring a phone of the agent's own that is in use.")
        super().__init__(words, "device")


class ExtensionNotPlain(Refusal):
    def __init__(self) -> None:
        words = _("An extension has 3 or 4 digits and does not begin with 0.")
        super().__init__(words, "extension")


class ExtensionIsEmergency(Refusal):
    def __init__(self, extension: str) -> None:
        words = gettext("%(extension)s is an emergency number and must stay free.")
        super().__init__(words % {"extension": extension}, "extension")


class ExtensionTaken(Refusal):
    def __init__(self, extension: str) -> None:
        words = gettext("There is already a phone with the extension %(extension)s.")
        super().__init__(words % {"extension": extension}, "extension")


class ReasonChanges(TypedDict, total=False):
    name: str
    max_minutes: int | None
    is_active: bool


class AgentChanges(TypedDict, total=False):
    name: str
    device: Device | None
    is_active: bool


class DeviceChanges(TypedDict, total=False):
    name: str
    agent: Agent | None
    kind: str
    is_active: bool
    answers_itself: bool


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A phone with what it registers with. Show `secret` now: it is kept nowhere."""

    device: Device
    user: str
    secret: str = field(repr=False)


# --- pause reasons


def create_pause_reason(
    *, code: str, name: str, by: Actor, max_minutes: int | None = None
) -> PauseReason:
    """`code` is what the PBX and the statistics carry and never changes; last in the order.

    Raises CodeNotPlain, CodeReserved, CodeTaken, NameMissing, PauseTooLong.
    """
    code = code.strip()
    if code == WRAP_UP_REASON:
        raise CodeReserved
    if len(code) > 30 or not _CODE.match(code):
        raise CodeNotPlain
    name = _named(name)
    _check_minutes(max_minutes)
    with refusing({"pause_reason_code_once": CodeTaken(code)}):
        last = PauseReason.objects.aggregate(last=Max("position"))["last"]
        reason = PauseReason.objects.create(
            code=code, name=name, max_minutes=max_minutes, position=0 if last is None else last + 1
        )
        after = {"code": code, "name": name, "max_minutes": max_minutes}
        record(action="pause_reason.created", by=by, about=reason, after=after)
    return reason


def change_pause_reason(
    *, reason: PauseReason, by: Actor, **changes: Unpack[ReasonChanges]
) -> PauseReason:
    """The code stays: past pauses carry it. Raises NameMissing, PauseTooLong."""
    wanted: dict[str, Any] = {**changes}
    if "name" in wanted:
        wanted["name"] = _named(wanted["name"])
    _check_minutes(wanted.get("max_minutes"))
    with transaction.atomic():
        reason = PauseReason.objects.select_for_update().get(pk=reason.pk)
        change_row(row=reason, changes=wanted, action="pause_reason.changed", by=by)
    return reason


def move_pause_reason(*, reason: PauseReason, up: bool, by: Actor) -> None:
    """One place up or down in the order of the desk's menu; nothing at its ends."""
    with transaction.atomic():
        rows = list(PauseReason.objects.select_for_update())
        here = next(place for place, row in enumerate(rows) if row.pk == reason.pk)
        there = here - 1 if up else here + 1
        if not 0 <= there < len(rows):
            return
        before = [row.code for row in rows]
        rows[here], rows[there] = rows[there], rows[here]
        for position, row in enumerate(rows):
            row.position = position
        PauseReason.objects.bulk_update(rows, ["position"])
        record(
            action="pause_reason.moved",
            by=by,
            about=reason,
            before={"order": before},
            after={"order": [row.code for row in rows]},
        )


# --- agents


def create_agent(*, membership: Membership, name: str, by: Actor) -> Agent:
    """Makes a person who signs in to the tenant an agent. Raises AgentAlready, NameMissing."""
    name = _named(name)
    with refusing({"callcenter_agent_membership_id_key": AgentAlready(membership)}):
        agent = Agent.objects.create(membership=membership, name=name)
        record(action="agent.created", by=by, about=agent, after={"name": name})
    return agent


def change_agent(*, agent: Agent, by: Actor, **changes: Unpack[AgentChanges]) -> Agent:
    """`device` is the phone that group calls ring. Raises NameMissing, PhoneNotOwn."""
    wanted: dict[str, Any] = {**changes}
    if "name" in wanted:
        wanted["name"] = _named(wanted["name"])
    with transaction.atomic():
        agent = Agent.objects.select_for_update(of=("self",)).get(pk=agent.pk)
        device = wanted.get("device")
        if device is not None and (device.agent_id != agent.pk or not device.is_active):
            raise PhoneNotOwn
        change_row(row=agent, changes=wanted, action="agent.changed", by=by)
    return agent


# --- phones


def create_device(
    *,
    extension: str,
    name: str,
    by: Actor,
    kind: str = DeviceKind.SIP,
    agent: Agent | None = None,
    secret: str | None = None,
) -> NewSecret:
    """A phone with its secret (made here unless given), which can be had only now.

    The first phone of an agent becomes the one that group calls ring.
    Raises ExtensionNotPlain, ExtensionIsEmergency, ExtensionTaken, NameMissing.
    """
    tenant = Tenant.objects.get(pk=current_tenant_id())
    extension = extension.strip()
    if not _EXTENSION.match(extension):
        raise ExtensionNotPlain
    if is_emergency_number(extension, tenant.country):
        raise ExtensionIsEmergency(extension)
    name = _named(name)
    user, secret = sip_user(tenant.slug, extension), secret or make_secret()
    with refusing({"extension_once": ExtensionTaken(extension)}):
        device = Device.objects.create(
            extension=extension,
            name=name,
            kind=kind,
            agent=agent,
            digest=digest_of(user=user, realm=settings.SIP_REALM, secret=secret),
            secret_made_at=timezone.now(),
        )
        after: dict[str, Any] = {"extension": extension, "name": name, "kind": str(kind)}
        if agent is not None:
            after["agent"] = {"id": agent.pk, "name": agent.name}
        record(action="device.created", by=by, about=device, after=after)
        _ring_if_only(device, by)
    return NewSecret(device, user, secret)


def change_device(*, device: Device, by: Actor, **changes: Unpack[DeviceChanges]) -> Device:
    """A phone that is taken from its agent, or out of use, stops ringing for group calls.

    Raises NameMissing.
    """
    wanted: dict[str, Any] = {**changes}
    if "name" in wanted:
        wanted["name"] = _named(wanted["name"])
    with transaction.atomic():
        device = Device.objects.select_for_update(of=("self",)).get(pk=device.pk)
        change_row(row=device, changes=wanted, action="device.changed", by=by)
        rings_for = Agent.objects.select_for_update(of=("self",)).filter(device=device).first()
        if rings_for is not None and (not device.is_active or device.agent_id != rings_for.pk):
            change_row(row=rings_for, changes={"device": None}, action="agent.changed", by=by)
        _ring_if_only(device, by)
    return device


def rotate_secret(*, device: Device, by: Actor) -> NewSecret:
    """The phone must be given the new secret: with the old one it is refused from now on."""
    tenant = Tenant.objects.get(pk=current_tenant_id())
    user, secret = sip_user(tenant.slug, device.extension), make_secret()
    with transaction.atomic():
        device = Device.objects.select_for_update(of=("self",)).get(pk=device.pk)
        device.digest = digest_of(user=user, realm=settings.SIP_REALM, secret=secret)
        device.secret_made_at = timezone.now()
        device.save(update_fields=["digest", "secret_made_at"])
        record(action="device.secret_rotated", by=by, about=device)
    return NewSecret(device, user, secret)


def undo_change(*, entry: AuditEntry, by: Actor) -> None:
    """Takes back a change from the audit log. Raises what the changing service raises,
    ChangedSince and NothingThere.
    """
    with transaction.atomic():
        row = _row_of(entry)
        values: Any = earlier_values(row, entry.before, entry.after)
        if isinstance(row, PauseReason):
            change_pause_reason(reason=row, by=by, **values)
        elif isinstance(row, Agent):
            change_agent(agent=row, by=by, **values)
        else:
            change_device(device=row, by=by, **values)


def _row_of(entry: AuditEntry) -> PauseReason | Agent | Device:
    pk = int(entry.about_id)
    row: PauseReason | Agent | Device | None = None
    if entry.about_type == "pausereason":
        row = PauseReason.objects.filter(pk=pk).first()
    elif entry.about_type == "agent":
        row = Agent.objects.filter(pk=pk).first()
    elif entry.about_type == "device":
        row = Device.objects.filter(pk=pk).first()
    if row is None:
        raise NothingThere
    return row


def _ring_if_only(device: Device, by: Actor) -> None:
    if device.agent_id is None or not device.is_active:
        return
    agent = Agent.objects.select_for_update(of=("self",)).get(pk=device.agent_id)
    if agent.device_id is None:
        change_row(row=agent, changes={"device": device}, action="agent.changed", by=by)


def _named(name: str) -> str:
    name = " ".join(name.split())
    if not name:
        raise NameMissing
    return name


def _check_minutes(minutes: int | None) -> None:
    if minutes is not None and not 1 <= minutes <= LONGEST_PAUSE_MINUTES:
        raise PauseTooLong
