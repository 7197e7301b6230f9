"""Reading a delivery status notification (RFC 3464), as a mail server sends it back. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from email.utils import getaddresses
from uuid import UUID

_TOKEN = re.compile(r"\breport\.([0-9a-f]{32})@")
_RETURN = re.compile(r"\+([0-9a-f]{32})@")


class NoBounce(ValueError):
    """What was read is not a notification about a mail of ours; the text says why."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """`token`: of the delivery it is about. `is_final`: it failed for good, and was not only late."""

    token: UUID
    recipient: str
    status: str
    words: str
    is_final: bool


def read_bounce(content: bytes) -> Bounce:
    """Raises NoBounce. The mail is known by the return address it had, or by its Message-ID."""
    mail = message_from_bytes(content, policy=policy.default)
    if mail.get_content_type() != "multipart/report":
        raise NoBounce("This is not a delivery status notification (multipart/report).")
    fields = _fields_of_recipient(mail)
    if fields is None:
        raise NoBounce("The notification says nothing of a recipient.")
    token = _token(mail)
    if token is None:
        raise NoBounce("The notification is not about a report of ours.")
    action = str(fields.get("Action", "")).strip().lower()
    if action not in {"failed", "delayed"}:
        raise NoBounce(f"The mail did not fail: {action or 'no action named'}.")
    status = str(fields.get("Status", "")).strip()
    words = _after_semicolon(fields.get("Diagnostic-Code")) or status or "no reason given"
    return Bounce(
        token=token,
        recipient=_after_semicolon(fields.get("Final-Recipient")),
        status=status[:20],
        words=words[:500],
        is_final=action == "failed",
    )


def _fields_of_recipient(mail: EmailMessage) -> Message | None:
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            if isinstance(blocks, list):
                for block in blocks:
                    if isinstance(block, Message) and block.get("Final-Recipient"):
                        return block
    return None


def _token(mail: EmailMessage) -> UUID | None:
    for name in ("To", "Delivered-To", "X-Original-To"):
        for _name, address in getaddresses([str(one) for one in mail.get_all(name, [])]):
            if found := _RETURN.search(address):
                return UUID(found[1])
    for part in mail.walk():
        if part.get_content_type() in {"text/rfc822-headers", "message/rfc822"}:
            found = _TOKEN.search(_returned(part))
            if found:
                return UUID(found[1])
    return None


def _returned(part: Message) -> str:
    payload = part.get_payload()
    if isinstance(payload, list):
        return "".join(
            str(one.get("Message-ID", "")) for one in payload if isinstance(one, Message)
        )
    content = part.get_payload(decode=True)
    return content.decode("utf-8", "replace") if isinstance(content, bytes) else str(payload)


def _after_semicolon(value: object) -> str:
    """ "smtp; 550 No such user" -> "550 No such user"."""
    text = " ".join(str(value or "").split())
    return text.partition(";")[2].strip() or text
