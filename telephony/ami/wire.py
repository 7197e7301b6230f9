"""The bytes of Asterisk's manager interface (AMI): frames in, messages out.

Nothing here reads a socket or a clock. Frames are cut out of the *bytes* on the blank line and
decoded afterwards, so a letter of several bytes survives whatever way TCP cut the stream.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

FRAME_END = b"\r\n\r\n"
LINE_END = "\r\n"
LONGEST_FRAME = 4 * 1024 * 1024
LONGEST_BANNER = 512
# Asterisk has about 200 events; UserEvent and garbage must not make the memory of names grow.
MOST_NAMES = 1000

_BANNER = re.compile(rb"[^\r\n]*Call Manager/[^\r\n]*")
_FRAME_START = re.compile(rb"(?:^|\n)((?:Event|Response): ?[!-~])")


class WireError(Exception):
    """The other end does not speak AMI, or an action cannot be put into AMI (actions.py)."""


class NotAmi(WireError):
    """The first line was not Asterisk's banner: this is some other service."""


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which headers an event has, in which order: Asterisk writes one kind always alike.

    One regular expression over the whole frame costs a third of cutting twenty lines apart
    (benchmarks/ami_parse.py). What does not fit is cut line by line.
    """

    match: Callable[[str], re.Match[str] | None]
    places: dict[str, int]
    groups: dict[tuple[str, ...], tuple[int, ...]] = field(default_factory=dict)

    def groups_of(self, headers: tuple[str, ...]) -> tuple[int, ...]:
        """Where these headers stand; () if one of them is not there."""
        found = self.groups.get(headers)
        if found is None:
            places = [self.places.get(header, 0) for header in headers]
            found = self.groups[headers] = tuple(places) if all(places) else ()
        return found


_LAYOUTS: dict[str, list[_Layout]] = {}


class Message:
    """One response or event. Header names as Asterisk writes them; repeated ones are all kept.

    `event` is the event's name, `response` the verdict of a response ("Success", "Error"...); one
    of the two is "". (OriginateResponse is an event with a header `Response`: `get` reads that.)
    """

    __slots__ = ("_headers", "_layout", "_match", "_repeated", "event", "raw", "response")

    def __init__(self, raw: bytes, event: str = "", response: str = "") -> None:
        """`raw` is the frame without its blank line; use `parse_message` to make one from bytes."""
        self.raw = raw
        self.event = event
        self.response = response
        self._match: re.Match[str] | None = None
        self._headers: dict[str, str] | None = None
        self._layout: _Layout
        self._repeated: dict[str, tuple[str, ...]] | None

    @property
    def text(self) -> str:
        return self.raw.decode("utf-8", "replace")

    @property
    def action_id(self) -> str:
        return self.get("ActionID")

    def get(self, header: str, default: str = "") -> str:
        """The first value of a header."""
        match = self._match
        if match is None:
            if self._headers is None:
                match = self._read()
            if match is None:
                return self._parsed().get(header, default)
        place = self._layout.places.get(header)
        return default if place is None else match[place]

    def read(self, headers: tuple[str, ...]) -> tuple[str, ...]:
        """As `get` of each, "" for what is not there; for two or more constant names, at once."""
        match = self._match
        if match is None and self._headers is None:
            match = self._read()
        if match is not None:
            groups = self._layout.groups_of(headers)
            if groups:
                return match.group(*groups)
        return tuple([self.get(header) for header in headers])

    def __getitem__(self, header: str) -> str:
        return self._parsed()[header]

    def __contains__(self, header: object) -> bool:
        return header in self._parsed()

    def all(self, header: str) -> tuple[str, ...]:
        """Every value of a header, in the order of the wire."""
        headers = self._parsed()
        if self._repeated and header in self._repeated:
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

    def _read(self) -> re.Match[str] | None:
        """By a known layout (then the match is kept), or else line by line."""
        text = self.raw.decode("utf-8", "replace")
        for layout in _LAYOUTS.get(self.event, ()):
            match = layout.match(text)
            if match is not None:
                self._match = match
                self._layout = layout
                return match
        self._cut(text)
        return None

    def _parsed(self) -> dict[str, str]:
        headers = self._headers
        if headers is None:
            match = self._match or self._read()
            if match is None:
                return self._parsed()
            headers = self._headers = dict(zip(self._layout.places, match.groups(), strict=True))
            self._repeated = None
        return headers

    def _cut(self, text: str) -> None:
        lines = text.split(LINE_END)
        headers: dict[str, str] = {}
        self._headers = headers
        self._repeated = None
        regular = bool(self.event)
        for line in lines:
            name, separator, value = line.partition(": ")
            if not separator:
                name, _, value = line.partition(":")
                regular = False
            headers[name] = value
        if len(headers) != len(lines):
            self._repeated = _repeated_headers(lines)
            headers.update({name: values[0] for name, values in self._repeated.items()})
        elif regular:
            _learn(self.event, tuple(headers))
        if self.response == "Follows":
            _gather_old_output(self, headers)


def _learn(event: str, names: tuple[str, ...]) -> None:
    """Remembers a layout, within bounds: garbage must not fill the memory."""
    layouts = _LAYOUTS.setdefault(event, []) if len(_LAYOUTS) < MOST_NAMES else []
    if len(layouts) < 4 and len(names) < 100:
        lines = (re.escape(name) + ": ([^\r]*)" for name in names)
        match = re.compile("\r\n".join(lines)).fullmatch
        layouts.append(_Layout(match, {name: place for place, name in enumerate(names, 1)}))


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
        self._names: dict[bytes, str] = {}
        self._verdicts: dict[bytes, str] = {}
        self._garbage: list[Garbage] = []

    def feed(self, data: bytes) -> list[Message]:
        """The messages that are complete now. Raises NotAmi if the stream does not open as AMI."""
        buffer = self._buffer
        if self._in_banner:
            buffer += data
            if not self._read_banner():
                return []
            data = bytes(buffer)
            buffer.clear()
        elif buffer[-3:].endswith((b"\r", b"\n")):  # a blank line may be cut in two here
            data = bytes(buffer[-3:]) + data
            del buffer[-3:]
        frames = data.split(FRAME_END)
        rest = frames.pop()
        if not frames:
            buffer += rest
            if len(buffer) > self._longest:
                self._drop_endless()
            return []
        if buffer:
            frames[0] = bytes(buffer) + frames[0]
            buffer.clear()
        buffer += rest
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
        verdicts = self._verdicts if self.skipping else self._names
        for frame in frames:
            first_line = frame[: frame.find(b"\r") + 1]
            event = verdicts.get(first_line)
            if event:
                messages.append(Message(frame, event))
            elif event is None:
                message = parse_message(frame) or self._resync(frame)
                if message is not None and self._is_wanted(message, first_line):
                    messages.append(message)
            else:
                self.skipped += 1
        return messages

    def _is_wanted(self, message: Message, first_line: bytes) -> bool:
        """Asks, and remembers the answer by the frame's first line."""
        name = message.event
        if not name:
            return True
        wanted = self._wanted is None or self._wanted(name.encode())
        if len(self._names) < MOST_NAMES and first_line == b"Event: %b\r" % name.encode():
            self._names[first_line] = name
            self._verdicts[first_line] = name if wanted else ""
        if wanted or not self.skipping:
            return True
        self.skipped += 1
        return False

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
