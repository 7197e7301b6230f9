"""Calls that were in one queue once, as most: told by two or three lines of one block. Pure, and quick.

They need no statement to find out what they were; every other call is left to visits._VISITS, which
says the same of these.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from telephony.ledger.history_lines import ToldLine

_COMPLETES = ("COMPLETEAGENT", "COMPLETECALLER")
# the field, of the whole line, that says how many seconds were waited
_WAITS = {"ABANDON": 7, "EXITEMPTY": 7, "EXITWITHTIMEOUT": 7, "EXITWITHKEY": 8}
_MOST_DIGITS = 8


class PlainCall(NamedTuple):
    """Instants are epoch microseconds, `wait` and `talk` seconds; `event`: what ended the wait."""

    callid: str
    queue: str
    caller: str
    event: str
    agent: str
    entered_at: int
    left_at: int
    ended_at: int
    wait: int
    talk: int


def plain_calls(told: Iterable[ToldLine]) -> tuple[list[PlainCall], set[str]]:
    """The plain calls of these lines, and the ids of all others."""
    entered: dict[str, ToldLine] = {}
    answered: dict[str, ToldLine] = {}
    ended: dict[str, ToldLine] = {}
    odd: set[str] = set()
    for line in told:
        event, callid = line[0], line[1]
        if event == "ENTERQUEUE":
            known = entered
        elif event == "CONNECT":
            known = answered
        elif event in _COMPLETES or event in _WAITS:
            known = ended
        else:
            odd.add(callid)
            continue
        if callid in known:
            odd.add(callid)
        else:
            known[callid] = line
    plain = []
    for callid, end in ended.items():
        begin = entered.get(callid)
        call = begin and callid not in odd and _plain(begin, answered.get(callid), end)
        if call:
            plain.append(call)
        else:
            odd.add(callid)
    odd |= entered.keys() - ended.keys()
    odd |= answered.keys() - ended.keys()
    return plain, odd


def _plain(begin: ToldLine, answer: ToldLine | None, end: ToldLine) -> PlainCall | None:
    event, callid, queue, agent, ended_at, place, parts = end
    _, _, first_queue, _, entered_at, first_place, first_parts = begin
    caller = first_parts[6][:80] if len(first_parts) > 6 else ""
    if first_queue != queue:
        return None
    if answer is None:
        field = _WAITS.get(event)
        wait = _seconds(parts, field) if field else None
        if wait is None or first_place >= place:
            return None
        return PlainCall(
            callid, queue, caller, event, "", entered_at, ended_at, ended_at, wait, 0
        )
    _, _, queue_of_answer, agent_of_answer, left_at, place_of_answer, parts_of_answer = answer
    wait, talk = _seconds(parts_of_answer, 5), _seconds(parts, 6)
    if (
        wait is None
        or talk is None
        or event not in _COMPLETES
        or queue_of_answer != queue
        or agent_of_answer != agent
        or not first_place < place_of_answer < place
    ):
        return None
    return PlainCall(
        callid, queue, caller, "CONNECT", agent, entered_at, left_at, ended_at, wait, talk
    )


def _seconds(parts: list[str], field: int) -> int | None:
    if field < len(parts):
        text = parts[field]
        if text.isdecimal() and text.isascii() and len(text) <= _MOST_DIGITS:
            return int(text)
    return None
