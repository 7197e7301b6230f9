"""One delivery over HTTP: the address judged and pinned each time, all of it within a time."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx2
from django.conf import settings
from django.utils.translation import gettext

from callcenter.outbound.addresses import Pinned, is_allowed, pin
from callcenter.tenants.refusals import Refusal

SECONDS = 10.0
MOST_RESPONSE_BYTES = 2048
MOST_REDIRECTS = 3
_AGAIN_AS_IT_WAS = (307, 308)  # the others would make a GET of it
# a name server that does not answer holds a thread of these, not one that others need
_lookups = ThreadPoolExecutor(64, "lookup")


@dataclass(frozen=True, slots=True)
class Outcome:
    """`status` None: no answer, and `words` say why. `head` is the answer's beginning."""

    status: int | None
    milliseconds: int
    words: str = ""
    head: str = ""
    retry_after: str = ""

    @property
    def is_delivered(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class NotEncrypted(Refusal):
    """http:// is for networks that the operator allows."""

    def __init__(self) -> None:
        super().__init__(gettext("The address must begin with https://."), "url")


def pin_receiver(url: str) -> Pinned:
    """Raises what `pin` raises, and NotEncrypted for http to anywhere but the operator's own."""
    where = pin(url)
    if where.scheme != "https" and not _is_operators(where.ip):
        raise NotEncrypted
    return where


def _is_operators(ip: str) -> bool:
    """In a network of HELIN_OUTBOUND_ALLOWED, not merely public."""
    return bool(settings.OUTBOUND_ALLOWED) and is_allowed(ip) and not is_allowed(ip, ())


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Reading them takes longer than a delivery: once for all clients."""
    return ssl.create_default_context()


def new_client() -> httpx2.AsyncClient:
    """One for each receiver: connections are kept by number, and a number may have many names."""
    return httpx2.AsyncClient(
        trust_env=False,
        follow_redirects=False,
        verify=_certificates(),
        limits=httpx2.Limits(max_connections=2, max_keepalive_connections=1),
        timeout=SECONDS,
    )


async def post(
    client: httpx2.AsyncClient, url: str, body: bytes, headers: Mapping[str, str],
    *, seconds: float = SECONDS,
) -> Outcome:  # fmt: skip
    """Never raises but for cancellation: whatever happens is an outcome."""
    begun = time.monotonic()

    def outcome(words: str) -> Outcome:
        return Outcome(None, _since(begun), words[:300])

    try:
        async with asyncio.timeout(seconds):
            return await _follow(client, url, body, headers, begun)
    except (TimeoutError, httpx2.TimeoutException):
        return outcome(gettext("It did not answer in time."))
    except Refusal as refusal:
        return outcome(str(refusal))
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, UnicodeError) as error:
        return outcome(gettext("It cannot be reached: %(why)s") % {"why": str(error)[:200]})


async def _follow(
    client: httpx2.AsyncClient, url: str, body: bytes, headers: Mapping[str, str], begun: float
) -> Outcome:
    for _turn in range(MOST_REDIRECTS + 1):
        answer, following = await _once(client, url, body, headers, begun)
        if following is None:
            return answer
        url = following
    words = gettext("It sends us on and on (more than %(n)d times).") % {"n": MOST_REDIRECTS}
    return Outcome(None, _since(begun), words)


async def _once(
    client: httpx2.AsyncClient, url: str, body: bytes, headers: Mapping[str, str], begun: float
) -> tuple[Outcome, str | None]:
    where = await asyncio.get_running_loop().run_in_executor(_lookups, pin_receiver, url)
    parts = urlsplit(url)
    numeric = urlunsplit((parts.scheme, where.netloc, parts.path or "/", parts.query, ""))
    host = f"[{where.host}]" if ":" in where.host else where.host
    host = host if parts.port is None else f"{host}:{parts.port}"
    named = {**headers, "Accept-Encoding": "identity", "Host": host}
    async with client.stream(
        "POST", numeric, content=body, headers=named, extensions={"sni_hostname": where.host}
    ) as response:
        status = response.status_code
        location = response.headers.get("location", "")
        if status in _AGAIN_AS_IT_WAS and location:
            return Outcome(status, _since(begun)), urljoin(url, location)
        head = await _head_of(response)
        again = response.headers.get("retry-after", "")
        return Outcome(status, _since(begun), head=head, retry_after=again), None


async def _head_of(response: httpx2.Response) -> str:
    """As much as is kept, not unpacked: a few bytes could become many."""
    read = b""
    async for part in response.aiter_raw():
        read += part
        if len(read) > MOST_RESPONSE_BYTES:
            break
    return read.decode("utf-8", "replace").replace("\0", " ")[:500]


def _since(begun: float) -> int:
    return round((time.monotonic() - begun) * 1000)
