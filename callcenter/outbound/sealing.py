"""Other systems' passwords, kept so that a copy of the database does not tell them."""

from __future__ import annotations

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings


class SealBroken(ValueError):
    """Sealed by another installation, or changed."""


def seal(secret: str) -> str:
    """ "" stays "": there is nothing to keep."""
    return _box().encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """Raises SealBroken."""
    if not sealed:
        return ""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealBroken from error


def _box() -> Fernet:
    key = hmac.new(settings.SECRET_KEY.encode(), b"helin: sealed secrets", hashlib.sha256).digest()
    return Fernet(base64.urlsafe_b64encode(key))
