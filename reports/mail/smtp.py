"""One mail to one recipient by SMTP, with what the server said.

The answer to the message itself may be lost: then it may have arrived, and it is sent again all the
same, as RFC 5321 (4.5.4.2) asks, with the Message-ID it had. Nobody misses a report; who gets one
twice can tell. `before_data` is asked right before that point, so that the window is that small.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.mail.backends.smtp import EmailBackend

# a server may take this long to say that it has taken a message
DATA_TIMEOUT = 120


@dataclass(frozen=True, slots=True)
class Taken:
    """The server has the mail now."""

    words: str


@dataclass(frozen=True, slots=True)
class Refused:
    """`code`: SMTP's; 5xx to the recipient or the message is for good."""

    code: int
    words: str

    @property
    def is_for_good(self) -> bool:
        return self.code >= 500


@dataclass(frozen=True, slots=True)
class NotReached:
    """No server, none that answers in time (`is_silent`), or none that lets us in: it may yet."""

    words: str
    is_silent: bool = False


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """`before_data` said no; nothing was sent."""


Outcome = Taken | Refused | NotReached | Withdrawn


def send(
    *, content: bytes, sender: str, recipient: str, before_data: Callable[[], bool]
) -> Outcome:
    backend = EmailBackend(timeout=settings.EMAIL_TIMEOUT)
    try:
        try:
            backend.open()
        except (OSError, smtplib.SMTPException) as error:
            return _not_reached(error)
        try:
            return _hand_over(backend.connection, content, sender, recipient, before_data)
        except (OSError, smtplib.SMTPException, ssl.SSLError) as error:
            return _not_reached(error)
    finally:
        with suppress(OSError, smtplib.SMTPException):
            backend.close()


def _hand_over(
    link: Any, content: bytes, sender: str, recipient: str, before_data: Callable[[], bool]
) -> Outcome:
    link.ehlo_or_helo_if_needed()
    code, words = link.mail(sender)
    if code != 250:
        # our own address is at fault, which somebody may mend: the recipient's is not refused
        return NotReached(f"{code} {_plain(words)}")
    code, words = link.rcpt(recipient)
    if code not in (250, 251):
        return Refused(code, _plain(words))
    if not before_data():
        return Withdrawn()
    link.sock.settimeout(DATA_TIMEOUT)
    try:
        code, words = link.data(content)
    except smtplib.SMTPDataError as error:
        return Refused(error.smtp_code, _plain(error.smtp_error))
    return Taken(_plain(words)) if code == 250 else Refused(code, _plain(words))


def _plain(words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    return " ".join(text.replace("\x00", "").split())[:500]


def _not_reached(error: Exception) -> NotReached:
    if isinstance(error, smtplib.SMTPResponseException):
        return NotReached(f"{error.smtp_code} {_plain(error.smtp_error)}")
    words = _plain(str(error)) or type(error).__name__
    # smtplib makes a lost connection of a time-out, and keeps it as the context
    is_silent = isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError)
    return NotReached(words, is_silent=is_silent)
