"""The demo's secrets: derived from this installation's key, so that they can be told again."""

from __future__ import annotations

import base64
import hashlib
import hmac

from django.conf import settings


def _derive(purpose: str, size: int) -> bytes:
    return hmac.new(settings.SECRET_KEY.encode(), purpose.encode(), hashlib.sha256).digest()[:size]


def phone_secret(username: str) -> str:
    return base64.b32encode(_derive(f"demo-phone:{username}", 15)).decode().lower()


def api_key(slug: str) -> str:
    secret = base64.urlsafe_b64encode(_derive(f"demo-key:{slug}", 32)).decode().rstrip("=")
    return f"helin_{_derive(f'demo-prefix:{slug}', 5).hex()}_{secret}"


def wallboard_token(slug: str) -> str:
    return base64.urlsafe_b64encode(_derive(f"demo-wallboard:{slug}", 24)).decode().rstrip("=")
