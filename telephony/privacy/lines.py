"""What stands in a line of the ledger instead of a person's number and name. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

from telephony.privacy.matching import Matcher

QUEUE_FIELDS = ("data1", "data2", "data3", "data4", "data5")
NUMBER_FIELDS = ("number", "ani", "rdnis", "dnid", "exten")
TEXT_FIELDS = (
    "channel", "context", "application_data", "account", "peer", "user_event", "user_field",
    "extra",
)  # fmt: skip
CEL_FIELDS = ("name", *NUMBER_FIELDS, *TEXT_FIELDS)
_FREE_FIELDS = ("application_data", "user_field")  # nothing is built from them
_SHORTEST_NAME = 4  # shorter ones stand in other words too
# of these the fields are seconds and places in the queue, never numbers of people
_TIMES = frozenset((
    "CONNECT", "COMPLETEAGENT", "COMPLETECALLER", "ABANDON", "EXITEMPTY", "EXITWITHTIMEOUT",
    "EXITWITHKEY", "RINGNOANSWER", "RINGCANCELED", "QUEUESTART", "CONFIGRELOAD",
))  # fmt: skip


def changed_queue_line(event: str, row: Mapping[str, str], matcher: Matcher) -> dict[str, str]:
    """Fields of QUEUE_FIELDS that become something else."""
    if event in _TIMES:
        return {}
    changes = {name: matcher.technical(row[name]) for name in QUEUE_FIELDS}
    return {name: text for name, text in changes.items() if text != row[name]}


def names_beside(rows: Iterable[Mapping[str, str]], matcher: Matcher) -> set[str]:
    """What the PBX called the person in these lines of one call."""
    return {
        row["name"]
        for row in rows
        if row["name"] and any(matcher.whole(row[one]) for one in ("number", "ani"))
    }


def changed_cel_line(
    row: Mapping[str, str], matcher: Matcher, names: Iterable[str]
) -> dict[str, str]:
    """Fields of CEL_FIELDS that become something else; a name becomes nothing."""
    changes = {name: matcher.technical(row[name]) for name in (*NUMBER_FIELDS, *TEXT_FIELDS)}
    known = sorted(names, key=len, reverse=True)
    for name in known:
        # as a whole value: callers choose their names, and may be called as a channel is
        quoted = json.dumps(name, ensure_ascii=False)
        changes["extra"] = re.sub(rf":\s*{re.escape(quoted)}", ':""', changes["extra"])
        if len(name) >= _SHORTEST_NAME:
            for field in _FREE_FIELDS:
                changes[field] = changes[field].replace(name, "")
    said = row["name"]
    changes["name"] = "" if said in known else matcher.technical(said)
    return {name: text for name, text in changes.items() if text != row[name]}
