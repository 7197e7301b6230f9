"""From a line of Asterisk's files to a row. Pure: bytes in, a record or the reason why not out.

Callers' names come from strangers: bytes that are no UTF-8 and NULs become U+FFFD, never an error.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime

LONGEST_NAME = 150  # of what is looked up by index: ids, queues, members, channels
LONGEST_TEXT = 4096  # of what a stranger may write
_EARLIEST, _LATEST = 0.0, 253402300799.0  # what both Python and PostgreSQL can hold


class Unreadable(Exception):
    """The line cannot be understood; the text says why."""


@dataclass(frozen=True, slots=True)
class QueueRecord:
    """One line of queue_log; `data` always has five texts."""

    at: datetime
    callid: str
    queue: str
    agent: str
    event: str
    data: tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class CelRecord:
    """One line of channel events; field names are ours, contents as Asterisk wrote them."""

    at: datetime
    event: str
    linkedid: str
    uniqueid: str
    channel: str
    name: str = ""
    number: str = ""
    ani: str = ""
    rdnis: str = ""
    dnid: str = ""
    exten: str = ""
    context: str = ""
    application: str = ""
    application_data: str = ""
    account: str = ""
    tenant_name: str = ""
    peer: str = ""
    user_event: str = ""
    user_field: str = ""
    extra: str = ""


# our name -> Asterisk's, of what is looked up by index and may not be too long
_CEL_KEY = re.compile(r'(?:^{|",)"([a-z]+)":"')
_CEL_NAMES = {
    "event": "eventtype",
    "linkedid": "linkedid",
    "uniqueid": "uniqueid",
    "channel": "channame",
}
_CEL_TEXTS = {
    "name": "name",
    "number": "num",
    "ani": "ani",
    "rdnis": "rdnis",
    "dnid": "dnid",
    "exten": "exten",
    "context": "context",
    "application": "appname",
    "application_data": "appdata",
    "account": "accountcode",
    "tenant_name": "tenantid",
    "peer": "peer",
    "user_event": "userdeftype",
    "user_field": "userfield",
    "extra": "eventextra",
}


def parse_queue_line(line: bytes) -> QueueRecord:
    """`epoch|callid|queue|agent|EVENT|data1|...`; what comes after the fifth stays in it.

    Raises Unreadable.
    """
    parts = _text(line).split("|", 9)
    if len(parts) < 5:
        raise Unreadable("fewer than five fields")
    at = _instant(parts[0])
    callid, queue, agent, event = (_name(part) for part in parts[1:5])
    if not event:
        raise Unreadable("no event")
    data = [part[:LONGEST_TEXT] for part in parts[5:]]
    data += [""] * (5 - len(data))
    return QueueRecord(
        at, callid, queue, agent, event, (data[0], data[1], data[2], data[3], data[4])
    )


def parse_cel_line(line: bytes) -> CelRecord:
    """One JSON object. Raises Unreadable."""
    text = _text(line)
    try:
        # strict=False: control characters in a caller's name are no reason to lose a call
        fields = json.loads(text, strict=False)
    except (ValueError, RecursionError) as error:
        fields = _salvaged(text)
        if not fields:
            raise Unreadable(f"not JSON: {error}"[:150]) from error
    if not isinstance(fields, dict):
        raise Unreadable("not a JSON object")
    names = {ours: _name(_value(fields, theirs)) for ours, theirs in _CEL_NAMES.items()}
    if not names["event"]:
        raise Unreadable("no event")
    if not names["linkedid"]:
        raise Unreadable("no linkedid")
    texts = {ours: _value(fields, theirs)[:LONGEST_TEXT] for ours, theirs in _CEL_TEXTS.items()}
    return CelRecord(at=_instant(_value(fields, "eventtime")), **names, **texts)


def _salvaged(text: str) -> dict[str, object]:
    """The fields of a line that Asterisk 22.10 wrote with a backslash in a caller's name: it escapes
    quotes but not backslashes. Of two equal keys the last counts, as in JSON: what callers choose
    is written first (cel_custom.conf), so that they cannot overwrite anything."""
    if not (text.startswith('{"') and text.endswith('"}')):
        return {}
    keys = list(_CEL_KEY.finditer(text))
    ends = [key.start() for key in keys[1:]] + [len(text) - 2]
    return {
        key[1]: text[key.end() : end].replace('\\"', '"')
        for key, end in zip(keys, ends, strict=True)
    }


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").replace("\0", "\ufffd").rstrip("\r\n")


def _value(fields: dict[str, object], name: str) -> str:
    """A field's text. Escapes of JSON can make what UTF-8 and PostgreSQL cannot hold."""
    value = fields.get(name, "")
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value)
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "\ufffd")


def _name(text: str) -> str:
    if len(text) > LONGEST_NAME:
        raise Unreadable("a name longer than 150 letters")
    return text


def _instant(text: str) -> datetime:
    """Epoch seconds, with or without a fraction of up to microseconds."""
    whole, _, fraction = text.strip().partition(".")
    if not (whole.isascii() and whole.isdigit() and (not fraction or fraction.isdigit())):
        raise Unreadable("no time")
    seconds = int(whole[:15])
    if len(whole) > 15 or not _EARLIEST <= seconds < _LATEST:
        raise Unreadable("a time that cannot be")
    # not by float, which loses the last microsecond
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=int(fraction[:6].ljust(6, "0")))
