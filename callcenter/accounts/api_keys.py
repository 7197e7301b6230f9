"""What an API key looks like. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets

_SHAPE = re.compile(r"^helin_([a-z0-9]{8,12})_([A-Za-z0-9_-]{43})$")


def new_key() -> str:
    """`helin_<prefix>_<secret>` with 256 random bits in the secret."""
    return f"helin_{secrets.token_hex(5)}_{secrets.token_urlsafe(32)}"


def prefix_of(key: str) -> str | None:
    """The part by which the key is found; None for what is no key of ours."""
    found = _SHAPE.match(key)
    return found.group(1) if found else None


def digest_of(key: str) -> str:
    """What is kept: SHA-256 is enough, because nobody can guess 256 bits."""
    return hashlib.sha256(key.encode()).hexdigest()


def is_key_of(key: str, digest: str) -> bool:
    return hmac.compare_digest(digest_of(key), digest)
