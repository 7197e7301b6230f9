"""What `describe_demo --json` says, read into types: the demo seen from outside."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

Address = tuple[str, int]


class BadDescription(ValueError):
    """The description lacks something; the words say what."""


@dataclass(frozen=True, slots=True)
class DemoPhone:
    extension: str
    username: str
    password: str
    server: Address
    agent_id: int | None
    """None for a phone that belongs to no agent."""


@dataclass(frozen=True, slots=True)
class DemoTenant:
    slug: str
    numbers: tuple[str, ...]
    phones: tuple[DemoPhone, ...]
    api_key: str


@dataclass(frozen=True, slots=True)
class DemoCarrier:
    """The outside world calls from `bind` (port 0: any) and dials numbers at `server`."""

    bind: Address
    server: Address


@dataclass(frozen=True, slots=True)
class Demo:
    address: str
    """The web address, without a slash at its end."""
    simulated: bool
    """There is no PBX that a phone could reach."""
    tenants: tuple[DemoTenant, ...]
    carrier: DemoCarrier


def read_demo(text: str) -> Demo:
    """Raises BadDescription."""
    try:
        given = json.loads(text)
        return Demo(
            address=str(given["address"]).rstrip("/"),
            simulated=bool(given.get("simulated")),
            tenants=tuple(_tenant(tenant) for tenant in given["tenants"]),
            carrier=DemoCarrier(
                bind=(given["carrier"]["bind"], int(given["carrier"].get("port", 0))),
                server=(given["carrier"]["server"], int(given["carrier"]["server_port"])),
            ),
        )
    except KeyError as missing:
        raise BadDescription(f"the demo's description has no {missing}") from missing
    except (TypeError, ValueError) as problem:
        raise BadDescription(f"the demo's description cannot be read: {problem}") from problem


def _tenant(given: dict[str, Any]) -> DemoTenant:
    return DemoTenant(
        slug=given["slug"],
        numbers=tuple(number for group in given["groups"] for number in group["numbers"]),
        phones=tuple(
            DemoPhone(
                extension=phone["extension"],
                username=phone["username"],
                password=phone["password"],
                server=(phone["server"], int(phone["port"])),
                agent_id=phone["agent_id"],
            )
            for phone in given["phones"]
        ),
        api_key=given.get("api_key") or "",
    )
