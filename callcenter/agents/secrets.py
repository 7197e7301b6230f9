"""What a phone proves itself with (SIP digest, RFC 2617). Pure."""

from __future__ import annotations

import hashlib
import secrets

# without look-alikes (0 O, 1 l I): some secrets are typed into a phone's keypad menu
ALPHABET = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
LENGTH = 20  # 116 bits


def make_secret() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def sip_user(tenant_slug: str, extension: str) -> str:
    return f"{tenant_slug}-{extension}"


def digest_of(*, user: str, realm: str, secret: str) -> str:
    """MD5(user:realm:secret) in small hex letters, as Asterisk's `md5_cred` wants it."""
    return hashlib.md5(f"{user}:{realm}:{secret}".encode(), usedforsecurity=False).hexdigest()
