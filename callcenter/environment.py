"""Typed readers of the environment: the only place where Helin reads os.environ."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


class BadEnvironment(RuntimeError):
    """A setting is missing or makes no sense; the text says which one and what to do."""


def read(name: str, default: str | None = None) -> str:
    """The value of NAME, or the content of the file named by NAME_FILE (for secrets)."""
    file_name = os.environ.get(f"{name}_FILE")
    if file_name:
        if os.environ.get(name):
            raise BadEnvironment(f"Set {name} or {name}_FILE, not both.")
        try:
            return Path(file_name).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadEnvironment(f"{name}_FILE cannot be read: {error}.") from error
    value = os.environ.get(name, default)
    if value is None:
        raise BadEnvironment(f"{name} is not set. See docs/production.md for what it means.")
    return value


def read_optional(name: str) -> str | None:
    if name in os.environ or f"{name}_FILE" in os.environ:
        return read(name) or None
    return None


def read_flag(name: str, *, default: bool) -> bool:
    value = read(name, "yes" if default else "no").lower()
    if value in {"1", "yes", "true", "on"}:
        return True
    if value in {"0", "no", "false", "off", ""}:
        return False
    raise BadEnvironment(f"{name} is {value!r}; write yes or no.")


def read_int(name: str, default: int) -> int:
    value = read(name, str(default))
    try:
        return int(value)
    except ValueError as error:
        raise BadEnvironment(f"{name} is {value!r}; write a whole number.") from error


def read_list(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in read(name, default).split(",") if part.strip()]


@dataclass(frozen=True, slots=True)
class PbxAddress:
    """Where the manager interface of one Asterisk listens."""

    name: str
    host: str
    port: int
    user: str
    secret: str = field(repr=False)
    simulated: bool = False


def read_pbxes(name: str, default: str) -> dict[str, PbxAddress]:
    """`pbx1=ami://user:secret@host:port,pbx2=...`; a name once, in any order.

    `simulator://...` is the same protocol spoken by the built-in simulator, labelled as such.
    """
    pbxes: dict[str, PbxAddress] = {}
    for part in read_list(name, default):
        pbx, _, url = part.partition("=")
        address = urlsplit(url)
        if not pbx or address.scheme not in {"ami", "simulator"} or not address.hostname:
            raise BadEnvironment(
                f"{name}: {pbx or part!r} must be NAME=ami://user:secret@host:port."
            )
        if pbx in pbxes:
            raise BadEnvironment(f"{name} names {pbx} twice.")
        pbxes[pbx] = PbxAddress(
            name=pbx,
            host=address.hostname,
            port=address.port or 5038,
            user=unquote(address.username or ""),
            secret=unquote(address.password or ""),
            simulated=address.scheme == "simulator",
        )
    return pbxes


def read_database(name: str, default: str | None = None) -> dict[str, Any]:
    """`postgresql://user:password@host:port/name`, or `postgresql:///name?host=/socket/dir&...`."""
    url = urlsplit(read(name, default))
    if url.scheme not in {"postgresql", "postgres"}:
        raise BadEnvironment(f"{name} must be a postgresql:// address; Helin needs PostgreSQL.")
    query = dict(pair.partition("=")[::2] for pair in url.query.split("&") if pair)
    host = unquote(url.hostname or query.pop("host", ""))
    return {
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or query.pop("user", "")),
        "PASSWORD": unquote(url.password or query.pop("password", "")),
        "HOST": unquote(host),
        "PORT": str(url.port or query.pop("port", "")),
        "OPTIONS": {key: unquote(value) for key, value in query.items()},
    }
