"""SIP messages (RFC 3261) as plain values: bytes in, bytes out, no socket."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

VERSION = "SIP/2.0"
BRANCH_COOKIE = "z9hG4bK"
_COMPACT = {
    "v": "via",
    "f": "from",
    "t": "to",
    "i": "call-id",
    "m": "contact",
    "l": "content-length",
    "c": "content-type",
    "s": "subject",
    "k": "supported",
    "e": "content-encoding",
    "r": "refer-to",
    "b": "referred-by",
}
_TAG = re.compile(r";\s*tag=([^;>\s,]+)", re.IGNORECASE)
_BRANCH = re.compile(r";\s*branch=([^;\s,]+)", re.IGNORECASE)
_METHOD = re.compile(r"[A-Z][A-Z0-9_-]{0,31}")
_OUTSIDE_BRACKETS_COMMA = re.compile(r',(?=(?:[^"<>]|"[^"]*"|<[^>]*>)*$)')

Headers = tuple[tuple[str, str], ...]


class NotSip(ValueError):
    """The datagram is no SIP message."""


class CSeq(NamedTuple):
    number: int
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    headers: Headers
    body: bytes = b""

    def get(self, name: str, default: str = "") -> str:
        """The first value of a header, by its long name in any case."""
        return next(iter(self.all(name)), default)

    def all(self, name: str) -> tuple[str, ...]:
        wanted = name.lower()
        return tuple(value for key, value in self.headers if _long_name(key) == wanted)

    def listed(self, name: str) -> tuple[str, ...]:
        """All values of a header that may also hold several, separated by commas."""
        return tuple(
            part.strip()
            for value in self.all(name)
            for part in _OUTSIDE_BRACKETS_COMMA.split(value)
            if part.strip()
        )

    @property
    def call_id(self) -> str:
        return self.get("Call-ID")

    @property
    def cseq(self) -> CSeq:
        number, _, method = self.get("CSeq").partition(" ")
        return CSeq(int(number), method.strip())

    @property
    def branch(self) -> str:
        """The transaction's name: the branch of the topmost Via."""
        found = _BRANCH.search(self.get("Via"))
        return found.group(1) if found else ""

    @property
    def from_tag(self) -> str:
        return tag_of(self.get("From"))

    @property
    def to_tag(self) -> str:
        return tag_of(self.get("To"))

    def with_headers(self, *headers: tuple[str, str], body: bytes = b"") -> Self:
        return replace(self, headers=self.headers + headers, body=body or self.body)

    def _encode(self, start_line: str) -> bytes:
        lines = [start_line]
        lines += [f"{name}: {one_line(value)}" for name, value in self.headers]
        lines += [f"Content-Length: {len(self.body)}", "", ""]
        return "\r\n".join(lines).encode("utf-8", "surrogateescape") + self.body


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(_Message):
    method: str
    uri: str

    def encode(self) -> bytes:
        return self._encode(f"{self.method} {self.uri} {VERSION}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Response(_Message):
    status: int
    reason: str

    def encode(self) -> bytes:
        return self._encode(f"{VERSION} {self.status} {self.reason}")


def parse(datagram: bytes) -> Request | Response:
    """One whole datagram -> one message; raises NotSip with the reason.

    Letters that are no UTF-8 survive as surrogates, so that an echoed header is the sender's.
    """
    head, blank, rest = datagram.partition(b"\r\n\r\n")
    if not blank:
        raise NotSip("no blank line ends the headers")
    lines = _unfold(head.decode("utf-8", "surrogateescape")).split("\r\n")
    headers = tuple(_header(line) for line in lines[1:])
    body = _cut_body(rest, headers)
    first, _, remainder = lines[0].partition(" ")
    message: Request | Response
    if first == VERSION:
        status, _, reason = remainder.partition(" ")
        if not re.fullmatch(r"[1-6][0-9]{2}", status):
            raise NotSip("no status code")
        message = Response(status=int(status), reason=reason, headers=headers, body=body)
    else:
        uri, _, version = remainder.rpartition(" ")
        if version != VERSION or not _METHOD.fullmatch(first) or not uri:
            raise NotSip("neither a request nor a response")
        message = Request(method=first, uri=uri, headers=headers, body=body)
    for name in ("Via", "From", "To", "Call-ID", "CSeq"):
        if not message.get(name):
            raise NotSip(f"no {name}")
    if not re.fullmatch(r"[0-9]{1,10} +[A-Z0-9_-]+", message.get("CSeq")):
        raise NotSip("no CSeq number")
    return message


def reply(request: Request, status: int, reason: str, *, tag: str = "") -> Response:
    """A response with everything that RFC 3261 8.2.6 says is copied from the request."""
    to = request.get("To")
    if tag and not tag_of(to):
        to += f";tag={tag}"
    headers = [("Via", via) for via in request.all("Via")]
    headers += [("Record-Route", route) for route in request.all("Record-Route")]
    headers += [
        ("From", request.get("From")),
        ("To", to),
        ("Call-ID", request.call_id),
        ("CSeq", request.get("CSeq")),
    ]
    return Response(status=status, reason=reason, headers=tuple(headers))


def tag_of(address: str) -> str:
    """The tag behind a From or To; "" if it has none."""
    found = _TAG.search(address.rpartition(">")[2] if ">" in address else address)
    return found.group(1) if found else ""


def uri_of(address: str) -> str:
    """`"Name" <sip:x@y>;tag=1` -> `sip:x@y`."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", address)
    found = re.search(r"<([^>]+)>", bare)
    return found.group(1).strip() if found else bare.partition(";")[0].strip()


def display_of(address: str) -> str:
    """The name in front of an address, unquoted; "" if it has none."""
    quoted = re.match(r'\s*"((?:[^"\\]|\\.)*)"', address)
    if quoted:
        return re.sub(r"\\(.)", r"\1", quoted.group(1))
    return address.partition("<")[0].strip() if "<" in address else ""


def user_of(uri: str) -> str:
    """`sip:101@host:5060;x=y` -> `101`; "" if it names nobody."""
    found = re.match(r"sips?:([^@;?]+)@", uri)
    return found.group(1) if found else ""


def address(uri: str, *, display: str = "", tag: str = "") -> str:
    """A From, To or Contact; the name is quoted, so that no letter of it can end the header."""
    quoted = display.replace("\\", "\\\\").replace('"', '\\"')
    return (f'"{quoted}" ' if quoted else "") + f"<{uri}>" + (f";tag={tag}" if tag else "")


def one_line(value: str) -> str:
    return value.replace("\r", " ").replace("\n", " ")


def token(size: int = 8) -> str:
    """A fresh tag, branch, Call-ID or cnonce: `size` random bytes in hexadecimal."""
    return secrets.token_hex(size)


def _long_name(name: str) -> str:
    low = name.lower()
    return _COMPACT.get(low, low)


def _unfold(head: str) -> str:
    return re.sub(r"\r\n[ \t]+", " ", head)


def _header(line: str) -> tuple[str, str]:
    name, colon, value = line.partition(":")
    if not colon or not name.strip():
        raise NotSip("a header without a colon")
    return name.strip(), value.strip()


def _cut_body(rest: bytes, headers: Headers) -> bytes:
    for name, value in headers:
        if _long_name(name) == "content-length":
            if not value.isascii() or not value.isdigit() or int(value) > len(rest):
                raise NotSip("the body is shorter than its Content-Length")
            return rest[: int(value)]
    return rest
