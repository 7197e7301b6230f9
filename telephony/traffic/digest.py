"""Digest authentication of a SIP request (RFC 2617 and 8760), the client's half."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

_PARAMETER = re.compile(r'([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^",\s]+))')
_HASHES = {"MD5": "md5", "SHA-256": "sha256"}


class UnsupportedChallenge(ValueError):
    """The server asks for a proof that we do not know how to give."""


@dataclass(frozen=True, slots=True)
class Challenge:
    realm: str
    nonce: str
    opaque: str
    algorithm: str
    qop_auth: bool


def parse_challenge(header: str) -> Challenge:
    """The value of a WWW-Authenticate or Proxy-Authenticate header -> Challenge."""
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() != "digest":
        raise UnsupportedChallenge(scheme)
    given = {
        name.lower(): re.sub(r"\\(.)", r"\1", quoted) or bare
        for name, quoted, bare in _PARAMETER.findall(rest)
    }
    algorithm = given.get("algorithm", "MD5").upper()
    offered = {word.strip() for word in given.get("qop", "").split(",") if word.strip()}
    if algorithm not in _HASHES or (offered and "auth" not in offered):
        raise UnsupportedChallenge(f"{algorithm} {given.get('qop', '')}".strip())
    return Challenge(
        realm=given.get("realm", ""),
        nonce=given.get("nonce", ""),
        opaque=given.get("opaque", ""),
        algorithm=algorithm,
        qop_auth=bool(offered),
    )


def first_supported(headers: Iterable[str]) -> Challenge:
    """A server may offer several, the best first (RFC 8760 2.4)."""
    refused = "none was given"
    for header in headers:
        try:
            return parse_challenge(header)
        except UnsupportedChallenge as reason:
            refused = str(reason)
    raise UnsupportedChallenge(refused)


def proof(
    challenge: Challenge,
    *,
    user: str,
    password: str,
    method: str,
    uri: str,
    cnonce: str,
    count: int = 1,
) -> str:
    """The `response` parameter, in hexadecimal."""

    def digest(*parts: str) -> str:
        text = ":".join(parts).encode("utf-8", "surrogateescape")
        return hashlib.new(_HASHES[challenge.algorithm], text, usedforsecurity=False).hexdigest()

    who = digest(user, challenge.realm, password)
    what = digest(method, uri)
    if not challenge.qop_auth:
        return digest(who, challenge.nonce, what)
    return digest(who, challenge.nonce, f"{count:08x}", cnonce, "auth", what)


def authorization(
    challenge: Challenge,
    *,
    user: str,
    password: str,
    method: str,
    uri: str,
    cnonce: str,
    count: int = 1,
) -> str:
    """The value of the Authorization or Proxy-Authorization header."""
    answer = proof(
        challenge,
        user=user,
        password=password,
        method=method,
        uri=uri,
        cnonce=cnonce,
        count=count,
    )
    words = [
        f'Digest username="{user}"',
        f'realm="{challenge.realm}"',
        f'nonce="{challenge.nonce}"',
        f'uri="{uri}"',
        f'response="{answer}"',
        f"algorithm={challenge.algorithm}",
    ]
    if challenge.qop_auth:
        words += ["qop=auth", f"nc={count:08x}", f'cnonce="{cnonce}"']
    if challenge.opaque:
        words.append(f'opaque="{challenge.opaque}"')
    return ", ".join(words)
