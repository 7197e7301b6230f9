"""What is asked of Asterisk over its manager interface (AMI), to bytes. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from telephony.ami.wire import WireError

# main/manager.c of Asterisk 22: `char inbuf[1025]`, `AST_MAX_MANHEADERS 128`. What is longer is
# dropped there with nothing but a line in its log, so it is refused here.
LONGEST_LINE = 1022
MOST_HEADERS = 127
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_FORBIDDEN = re.compile("[\r\n\0]")


class UnsendableAction(WireError, ValueError):
    """An action that would not arrive as it was meant; nothing of it was sent."""


class ForbiddenCharacter(UnsendableAction):
    """A header or value holds CR, LF, NUL or half a letter; it could start an action of its own."""


@dataclass(frozen=True, slots=True)
class Action:
    """What is asked of Asterisk; a header may be repeated (`Variable`)."""

    name: str
    headers: tuple[tuple[str, str], ...] = ()


def encode_action(action: Action, action_id: str = "") -> bytes:
    """The bytes of one action. Raises UnsendableAction, which names the header, never the value."""
    headers = [("Action", action.name)]
    if action_id:
        headers.append(("ActionID", action_id))
    headers.extend(action.headers)
    if len(headers) > MOST_HEADERS:
        raise UnsendableAction(f"{len(headers)} headers; Asterisk reads {MOST_HEADERS}")
    return b"".join(_encode_line(name, value) for name, value in headers) + b"\r\n"


def _encode_line(name: str, value: str) -> bytes:
    if not _HEADER_NAME.fullmatch(name):
        raise ForbiddenCharacter(f"{name[:40]!r} is no name of a header")
    if _FORBIDDEN.search(value):
        raise ForbiddenCharacter(f"the value of {name} holds CR, LF or NUL")
    try:
        line = f"{name}: {value}".encode()
    except UnicodeEncodeError as error:
        raise ForbiddenCharacter(f"the value of {name} holds half a letter") from error
    if len(line) > LONGEST_LINE:
        raise UnsendableAction(f"{name} is {len(line)} bytes; Asterisk reads {LONGEST_LINE}")
    return line + b"\r\n"
