"""The bytes of Asterisk's manager interface (AMI): frames in, messages out, actions to bytes.

Nothing here reads a socket or a clock. Frames are cut out of the *bytes* on the blank line and
decoded afterwards, so a letter of several bytes survives whatever way TCP cut the stream.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

FRAME_END = b"\r\n\r\n"
LINE_END = "\r\n"
LONGEST_FRAME = 4 * 1024 * 1024
LONGEST_BANNER = 512
# main/manager.c of Asterisk 22: `char inbuf[1025]`, `AST_MAX_MANHEADERS 128`. What is longer is
# dropped there with nothing but a line in its log, so it is refused here.
LONGEST_LINE = 1022
MOST_HEADERS = 127

_BANNER = re.compile(rb"[^\r\n]*Call Manager/[^\r\n]*")
_HEADER_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_FRAME_START = re.compile(rb"(?:^|\n)((?:Event|Response): ?[!-~])")
_FORBIDDEN = re.compile("[\r\n\0]")


class WireError(Exception):
    """The other end does not speak AMI, or an action cannot be put into AMI."""


class NotAmi(WireError):
    """The first line was not Asterisk's banner: this is some other service."""


class UnsendableAction(WireError, ValueError):
    """An action that would not arrive as it was meant; nothing of it was sent."""


class ForbiddenCharacter(UnsendableAction):
    """A header or value holds CR, LF, NUL or half a letter; it could start an action of its own."""


class Message:
    """One response or event. Header names as Asterisk writes them; repeated ones are all kept.

    `event` is the event's name, `response` the verdict of a response ("Success", "Error"...); one
    of the two is "". (OriginateResponse is an event with a header `Response`: `get` reads that.)
    """

    __slots__ = ("_headers", "_repeated", "_text", "event", "raw", "response")

    def __init__(self, raw: bytes, event: str = "", response: str = "") -> None:
        """`raw` is the frame without its blank line; use `parse_message` to make one from bytes."""
        self.raw = raw
        self.event = event
        self.response = response
        self._text: str | None = None
        self._headers: dict[str, str] | None = None
        self._repeated: dict[str, tuple[str, ...]] = {}

    @property
    def text(self) -> str:
        if self._text is None:
            self._text = self.raw.decode("utf-8", "replace")
        return self._text

    @property
    def action_id(self) -> str:
        return self.get("ActionID")

    def get(self, header: str, default: str = "") -> str:
        """The first value of a header.

        Looks the line up in the text: a translator reads six headers of twenty, and cutting all
        of them apart first costs twice as much (benchmarks/ami_parse.py).
        """
        headers = self._headers
        if headers is not None:
            return headers.get(header, default)
        text = self._text
        if text is None:
            text = self._text = self.raw.decode("utf-8", "replace")
        mark = f"\r\n{header}: "
        start = text.find(mark)
        if start < 0:
            return self._parsed().get(header, default)
        start += len(mark)
        end = text.find("\r\n", start)
        return text[start:] if end < 0 else text[start:end]

    def __getitem__(self, header: str) -> str:
        return self._parsed()[header]

    def __contains__(self, header: object) -> bool:
        return header in self._parsed()

    def all(self, header: str) -> tuple[str, ...]:
        """Every value of a header, in the order of the wire."""
        headers = self._parsed()
        if header in self._repeated:
            return self._repeated[header]
        return (headers[header],) if header in headers else ()

    def headers(self) -> dict[str, str]:
        """The first value of every header, in the order of the wire."""
        return dict(self._parsed())

    def __iter__(self) -> Iterator[str]:
        return iter(self._parsed())

    def __repr__(self) -> str:
        return f"<Message {self.event or self.response or '?'} of {len(self.raw)} bytes>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self.raw == other.raw

    def __hash__(self) -> int:
        return hash(self.raw)

    def _parsed(self) -> dict[str, str]:
        headers = self._headers
        if headers is None:
            lines = self.text.split(LINE_END)
            headers = {}
            for line in lines:
                name, separator, value = line.partition(": ")
                if not separator:
                    name, separator, value = line.partition(":")
                if name not in headers:
                    headers[name] = value
            self._headers = headers
            if len(headers) != len(lines):
                self._repeated = _repeated_headers(lines)
            if self.response == "Follows":
                _gather_old_output(self, headers)
        return headers


def _repeated_headers(lines: list[str]) -> dict[str, tuple[str, ...]]:
    values: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(":")
        values.setdefault(name, []).append(value.removeprefix(" "))
    return {name: tuple(found) for name, found in values.items() if len(found) > 1}


def _gather_old_output(message: Message, headers: dict[str, str]) -> None:
    """Asterisk before 14 sends a command's output bare, after the headers, up to an end mark."""
    head, _, rest = message.text.partition("\n--END COMMAND--")
    lines = head.split(LINE_END)
    named = [line for line in lines if line.startswith(("Response:", "Privilege:", "ActionID:"))]
    output = LINE_END.join(lines[len(named) :]) + rest.strip()
    headers.clear()
    headers.update((n, v.removeprefix(" ")) for n, _, v in (line.partition(":") for line in named))
    found = tuple(line.removesuffix("\r") for line in output.split("\n"))
    headers["Output"] = found[0]
    message._repeated = {"Output": found}


def parse_message(raw: bytes) -> Message | None:
    """One frame without its blank line; None when it is neither an event nor a response."""
    if raw.startswith(b"Event: "):
        end = raw.find(b"\r\n")
        name = raw[7:] if end < 0 else raw[7:end]
        return Message(raw, event=name.decode("utf-8", "replace"))
    if raw.startswith(b"Response: "):
        end = raw.find(b"\r\n")
        name = raw[10:] if end < 0 else raw[10:end]
        return Message(raw, response=name.decode("utf-8", "replace"))
    return None


@dataclass(frozen=True, slots=True)
class Garbage:
    """Bytes that were thrown away. `excerpt` is at most 200 bytes, for the log."""

    reason: str
    size: int
    excerpt: bytes


class Framer:
    """Cuts a stream of bytes into messages, in any chunking; never holds more than one frame.

    `wanted` is asked with the event's name; an event that nobody wants is dropped before it is
    decoded, which is most of the speed. Set `skipping` to False to let every event through.
    Bytes that are not AMI are dropped up to the next frame and told by `take_garbage`.
    """

    def __init__(
        self,
        wanted: Callable[[bytes], bool] | None = None,
        *,
        expect_banner: bool = True,
        longest_frame: int = LONGEST_FRAME,
    ) -> None:
        self.banner = ""
        self.skipped = 0
        self.skipping = wanted is not None
        self._wanted = wanted
        self._longest = longest_frame
        self._in_banner = expect_banner
        self._dropping = 0
        self._buffer = bytearray()
        self._garbage: list[Garbage] = []

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are complete now. Raises NotAmi if the stream does not open as AMI."""
        buffer = self._buffer
        searched = max(0, len(buffer) - len(FRAME_END) + 1)
        buffer += data
        if self._in_banner:
            if not self._read_banner():
                return []
            searched = 0
        end = buffer.rfind(FRAME_END, searched)
        if end < 0:
            if len(buffer) > self._longest:
                self._drop_endless()
            return []
        frames = bytes(memoryview(buffer)[:end]).split(FRAME_END)
        del buffer[: end + len(FRAME_END)]
        if self._dropping:
            lost = frames.pop(0)
            self._report("a frame without an end", self._dropping + len(lost), lost)
            self._dropping = 0
        return self._messages(frames)

    def take_garbage(self) -> tuple[Garbage, ...]:
        """What was thrown away since the last call."""
        taken = tuple(self._garbage)
        self._garbage.clear()
        return taken

    def _messages(self, frames: list[bytes]) -> list[Message]:
        messages: list[Message] = []
        wanted = self._wanted if self.skipping else None
        for frame in frames:
            if frame.startswith(b"Event: "):
                end = frame.find(b"\r\n", 7)
                name = frame[7:end] if end > 0 else frame[7:]
                if wanted is None or wanted(name):
                    messages.append(Message(frame, name.decode("utf-8", "replace")))
                else:
                    self.skipped += 1
            else:
                message = parse_message(frame) or self._resync(frame)
                if message is not None:
                    messages.append(message)
        return messages

    def _resync(self, frame: bytes) -> Message | None:
        found = _FRAME_START.search(frame)
        if found is None:
            if frame.strip():
                self._report("neither an event nor a response", len(frame), frame)
            return None
        before = frame[: found.start(1)]
        if before.strip():
            self._report("something before a frame", len(before), before)
        return parse_message(frame[found.start(1) :])

    def _read_banner(self) -> bool:
        end = self._buffer.find(b"\r\n")
        line = bytes(self._buffer[: end if end >= 0 else LONGEST_BANNER])
        if end < 0 and len(self._buffer) <= LONGEST_BANNER:
            return False
        if end < 0 or not _BANNER.fullmatch(line):
            raise NotAmi(f"expected Asterisk's banner, got {line[:80]!r}")
        self.banner = line.decode("utf-8", "replace")
        self._in_banner = False
        del self._buffer[: end + 2]
        return True

    def _drop_endless(self) -> None:
        """Keeps only what may be the first half of a blank line."""
        keep = len(FRAME_END) - 1
        self._dropping += len(self._buffer) - keep
        del self._buffer[:-keep]

    def _report(self, reason: str, size: int, excerpt: bytes) -> None:
        if len(self._garbage) < 100:
            self._garbage.append(Garbage(reason, size, excerpt[:200]))


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
