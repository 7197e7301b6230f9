"""HTTP to addresses that companies name: pinned, timed, bounded, redirects judged like the first."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit, urlunsplit

import httpx2
from django.utils.translation import gettext

from callcenter.outbound.addresses import pin
from callcenter.tenants.refusals import Refusal

MOST_BYTES = 20 * 1024 * 1024
MOST_REDIRECTS = 3
SECONDS = 10.0
_SECRETS = {"authorization", "cookie"}


class NotAnswered(Refusal):
    """Nobody answered, or not in time, or too much."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 300


def ask(
    method: str,
    url: str,
    *,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    seconds: float = SECONDS,
    most_bytes: int = MOST_BYTES,
    redirects: int = MOST_REDIRECTS,
) -> Answer:
    """One request, `seconds` at most for all of it. Raises NotAnswered and what `pin` raises.

    Credentials go to the host they were given for and to no other.
    """
    deadline = time.monotonic() + seconds
    sent = {key: value for key, value in (headers or {}).items() if key.lower() != "host"}
    for _turn in range(redirects + 1):
        answer = _once(method, url, body, sent, auth, deadline, most_bytes)
        if answer.status not in (301, 302, 303, 307, 308) or "location" not in answer.headers:
            return answer
        following = urljoin(url, answer.headers["location"])
        if urlsplit(following)[:2] != urlsplit(url)[:2]:
            auth = None
            sent = {key: value for key, value in sent.items() if key.lower() not in _SECRETS}
        if answer.status == 303 or (answer.status in (301, 302) and method == "POST"):
            method, body = "GET", None
        url = following
    raise NotAnswered(gettext("It sends us on and on (more than %(n)d times).") % {"n": redirects})


def _once(
    method: str,
    url: str,
    body: bytes | None,
    headers: Mapping[str, str],
    auth: tuple[str, str] | None,
    deadline: float,
    most_bytes: int,
) -> Answer:
    where = pin(url)
    parts = urlsplit(url)
    numeric = urlunsplit((parts.scheme, where.netloc, parts.path or "/", parts.query, ""))
    host = f"[{where.host}]" if ":" in where.host else where.host
    named = {**headers, "Host": host if parts.port is None else f"{host}:{parts.port}"}
    left = max(0.1, deadline - time.monotonic())
    try:
        with (
            httpx2.Client(trust_env=False, timeout=left, follow_redirects=False) as client,
            client.stream(
                method, numeric, content=body, headers=named, auth=auth,
                extensions={"sni_hostname": where.host},
            ) as response,
        ):  # fmt: skip
            return Answer(
                response.status_code,
                {key.lower(): value for key, value in response.headers.items()},
                _body(response, deadline, most_bytes),
                url,
            )
    except httpx2.TimeoutException as error:
        raise NotAnswered(gettext("It did not answer in time.")) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:
        words = gettext("It cannot be reached: %(why)s") % {"why": str(error)[:200]}
        raise NotAnswered(words) from error


def _body(response: httpx2.Response, deadline: float, most_bytes: int) -> bytes:
    """Bounded after unpacking, and in time: a drop each second is no answer either."""
    parts, size = [], 0
    for part in response.iter_bytes(64 * 1024):
        size += len(part)
        if size > most_bytes:
            raise NotAnswered(gettext("It answers with more than can be taken."))
        if time.monotonic() > deadline:
            raise NotAnswered(gettext("It did not answer in time."))
        parts.append(part)
    return b"".join(parts)
