"""Mail kept as files where no mail server is set: one file for each delivery, in a folder for each
tenant. Whose it is, is said by the delivery whose token names it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from uuid import UUID

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class KeptMail:
    """`pictures`: by Content-ID, what the HTML shows inside."""

    subject: str
    sender: str
    recipient: str
    message_id: str
    text: str
    html: str
    pictures: dict[str, Attachment]
    attachments: tuple[Attachment, ...]


def is_kept_here() -> bool:
    return not settings.EMAIL_HOST


def keep(*, slug: str, token: UUID, content: bytes) -> None:
    """Whole or not at all; keeping it twice leaves one."""
    path = _path(slug, token)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}.part")
    unfinished.write_bytes(content)
    unfinished.replace(path)


def kept(slug: str, token: UUID) -> KeptMail | None:
    try:
        return read_mail(_path(slug, token).read_bytes())
    except FileNotFoundError:
        return None


def forget(slug: str, token: UUID) -> None:
    _path(slug, token).unlink(missing_ok=True)


def read_mail(content: bytes) -> KeptMail:
    mail = message_from_bytes(content, policy=policy.default)
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    inside = [part for part in mail.walk() if part.get("Content-ID")]
    return KeptMail(
        subject=str(mail["Subject"]),
        sender=str(mail["From"]),
        recipient=str(mail["To"]),
        message_id=str(mail["Message-ID"]),
        text=text.get_content() if text else "",
        html=html.get_content() if html else "",
        pictures={str(part["Content-ID"]).strip("<>"): _attachment(part) for part in inside},
        attachments=tuple(_attachment(part) for part in mail.iter_attachments()),
    )


def _attachment(part: EmailMessage) -> Attachment:
    content = part.get_payload(decode=True)
    return Attachment(
        part.get_filename() or "attachment",
        part.get_content_type(),
        content if isinstance(content, bytes) else b"",
    )


def _path(slug: str, token: UUID) -> Path:
    return settings.DATA_DIR / "mail" / "reports" / slug / f"{token.hex}.eml"
