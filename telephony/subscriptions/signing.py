"""How a receiver knows that a delivery is ours and fresh. Pure; docs/events.md shows the check.

The signature is an HMAC-SHA256, keyed with the webhook's secret, over the timestamp, a dot and the
body as sent: a recorded delivery cannot be sent again later with another time.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

SIGNATURE = "Helin-Signature"
EVENT_ID = "Helin-Event-Id"
EVENT_TYPE = "Helin-Event-Type"
WEBHOOK_ID = "Helin-Webhook-Id"
ATTEMPT = "Helin-Attempt"
TOLERANCE_SECONDS = 300


def new_secret() -> str:
    return f"whsec_{secrets.token_urlsafe(32)}"


def signature(secret: str, timestamp: int, body: bytes) -> str:
    """The header's value: `t=<epoch seconds>,v1=<hex>`."""
    digest = hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256)
    return f"t={timestamp},v1={digest.hexdigest()}"


def is_signed(secret: str, header: str, body: bytes, now: float) -> bool:
    """What a receiver does; here for the tests and as the reference for other languages."""
    parts = dict(part.partition("=")[::2] for part in header.split(","))
    try:
        timestamp = int(parts["t"])
    except (KeyError, ValueError):
        return False
    if abs(now - timestamp) > TOLERANCE_SECONDS:
        return False
    return hmac.compare_digest(signature(secret, timestamp, body), header)
