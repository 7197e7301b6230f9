"""Where an address really leads. Looked up once, judged, and then connected to by number.

What is judged and what is connected to must be the same: between two look-ups a name may come to
mean another host (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.tenants.refusals import Refusal

PORTS = {"http": 80, "https": 443, "ldap": 389, "ldaps": 636}
WEB = ("https", "http")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
Address = IPv4Address | IPv6Address


class AddressRefused(Refusal):
    """The address may not be called. Says the same for every private network: no map is drawn."""

    def __init__(self, host: str) -> None:
        words = gettext(
            "“%(host)s” is not on the public internet. "
            "The operator of the platform can allow it (HELIN_OUTBOUND_ALLOWED)."
        )
        super().__init__(words % {"host": host[:100]}, "url")


class AddressNotRead(Refusal):
    def __init__(self) -> None:
        super().__init__(
            _("This is not a complete address, as https://example.com/contacts."), "url"
        )


class AddressUnknown(Refusal):
    def __init__(self, host: str) -> None:
        words = gettext("There is no host “%(host)s”.")
        super().__init__(words % {"host": host[:100]}, "url")


@dataclass(frozen=True, slots=True)
class Pinned:
    """`ip` is what to connect to; `host` what to call it (Host header, name in the certificate)."""

    scheme: str
    host: str
    port: int
    ip: str

    @property
    def netloc(self) -> str:
        return f"[{self.ip}]:{self.port}" if ":" in self.ip else f"{self.ip}:{self.port}"


def pin(url: str, schemes: Sequence[str] = WEB) -> Pinned:
    """Looks the host up and judges every address it has.

    Raises AddressNotRead, AddressUnknown, AddressRefused.
    """
    scheme, host, port = read_address(url, schemes)
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise AddressUnknown(host) from error
    found = [str(answer[4][0]).partition("%")[0] for answer in answers]
    if not found or not all(is_allowed(one) for one in found):
        raise AddressRefused(host)
    return Pinned(scheme, host, port, found[0])


def read_address(url: str, schemes: Sequence[str] = WEB) -> tuple[str, str, int]:
    """(scheme, host, port) without looking anything up. Raises AddressNotRead."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError as error:
        raise AddressNotRead from error
    host = (parts.hostname or "").rstrip(".")
    has_secret = parts.username is not None or parts.password is not None
    if parts.scheme not in schemes or not host or has_secret or any(c.isspace() for c in url):
        raise AddressNotRead
    return parts.scheme, host, port or PORTS[parts.scheme]


def is_allowed(text: str, allowed: Iterable[str] | None = None) -> bool:
    """Public, or in a network that the operator named."""
    try:
        address = _meant(ipaddress.ip_address(text))
    except ValueError:
        return False
    networks = settings.OUTBOUND_ALLOWED if allowed is None else allowed
    if any(address in network for network in map(ipaddress.ip_network, networks)):
        return True
    return address.is_global and not address.is_multicast and not address.is_reserved


def _meant(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, where it stands for one."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address
