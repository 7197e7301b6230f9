"""Which numbers a person may show to those whom he calls."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.agents.models import Agent
from callcenter.groups.models import GroupMember, Number
from callcenter.tenants.models import Tenant
from phonebook.numbers.e164 import display, normalise
from telephony.dialling.targets import DialRefused


class NotYourNumber(DialRefused):
    code = "not_your_number"

    def __init__(self) -> None:
        super().__init__(_("You may not show this number. Choose one of your own."), "caller_id")


@dataclass(frozen=True, slots=True)
class CallerId:
    """`number` E.164; `owner` is a group's name, or "" for the company's own."""

    number: str
    owner: str
    shown: str

    def __str__(self) -> str:
        owner = self.owner or gettext("Company")
        return f"{owner}: {self.shown}"


def caller_ids_of(agent: Agent, tenant: Tenant) -> list[CallerId]:
    """The company's number first, which is shown unless another is chosen; then those of the
    agent's groups. Three queries."""
    found: dict[str, CallerId] = {}

    def add(number: str, owner: str) -> None:
        if number and number not in found:
            found[number] = CallerId(number, owner, display(number, tenant.country))

    add(usual_number(tenant), "")
    places = GroupMember.objects.filter(agent=agent, group__is_active=True)
    groups = {one.group_id: one.group for one in places.select_related("group")}
    for group in groups.values():
        add(group.caller_id, group.name)
    for number in Number.objects.filter(queue__group__in=groups).select_related("queue"):
        add(number.e164, groups[number.queue.group_id].name)
    return list(found.values())


def usual_number(tenant: Tenant) -> str:
    """What the PBX shows where nothing is chosen; "" if the company has no number."""
    if tenant.caller_id:
        return tenant.caller_id
    first = Number.objects.order_by("pk").values_list("e164", flat=True).first()
    return first or ""


def chosen_caller_id(wished: str, agent: Agent, tenant: Tenant) -> str:
    """The wished number if the agent may show it. Raises NotYourNumber."""
    number = normalise(wished, tenant.country)
    if not number:
        return ""
    if number not in {one.number for one in caller_ids_of(agent, tenant)}:
        raise NotYourNumber
    return number
