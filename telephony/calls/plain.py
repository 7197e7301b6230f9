"""Calls that were in one queue once, as most: told by two or three lines of one block. Pure, and quick.

They need no statement to find out what they were; every other call is left to visits._VISITS, which
says the same of these.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from telephony.ledger.history_lines import ToldLine
from telephony.ledger.queue_events import LEFT, RUNG_IN_VAIN

_COMPLETES = ("COMPLETEAGENT", "COMPLETECALLER")
_LEAVES = ("ABANDON", *LEFT)
_MOST_DIGITS = 8


class PlainCall(NamedTuple):
    """Instants are epoch microseconds, `wait` and `talk` seconds; `event`: what ended the wait;
    `left_by`: members whose phone rang in vain."""

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
    left_by: tuple[str, ...] = ()


def plain_calls(told: Iterable[ToldLine]) -> tuple[list[PlainCall], set[str]]:
    """The plain calls of these lines, and the ids of all others."""
    entered: dict[str, ToldLine] = {}
    answered: dict[str, ToldLine] = {}
    ended: dict[str, ToldLine] = {}
    rung: dict[str, list[ToldLine]] = {}
    odd: set[str] = set()
    tables = {
        "ENTERQUEUE": entered, "CONNECT": answered, **dict.fromkeys((*_COMPLETES, *_LEAVES), ended)
    }  # fmt: skip
    for line in told:
        callid = line[1]
        known = tables.get(line[0])
        if line[0] == RUNG_IN_VAIN:
            rung.setdefault(callid, []).append(line)
        elif known is None or callid in known:
            odd.add(callid)
        else:
            known[callid] = line
    plain = []
    for callid, end in ended.items():
        begin = entered.get(callid)
        call = begin and callid not in odd and _plain(begin, answered.get(callid), end)
        if call:
            plain.append(_with_rings(call, rung[callid]) if callid in rung else call)
        else:
            odd.add(callid)
    odd |= entered.keys() - ended.keys()
    odd |= answered.keys() - ended.keys()
    odd |= rung.keys() - ended.keys()
    return plain, odd


def _plain(begin: ToldLine, answer: ToldLine | None, end: ToldLine) -> PlainCall | None:
    event, callid, queue, agent, ended_at, place, said = end
    _, _, first_queue, _, entered_at, first_place, caller = begin
    seconds = _seconds(said)
    if first_queue != queue or seconds is None:
        return None
    caller = (caller or "")[:80]
    if answer is None:
        if event in _COMPLETES or first_place >= place:
            return None
        return PlainCall(
            callid, queue, caller, event, "", entered_at, ended_at, ended_at, seconds, 0
        )
    _, _, queue_of_answer, agent_of_answer, left_at, place_of_answer, said_of_answer = answer
    wait = _seconds(said_of_answer)
    if (
        wait is None
        or event not in _COMPLETES
        or queue_of_answer != queue
        or agent_of_answer != agent
        or not first_place < place_of_answer < place
    ):
        return None
    return PlainCall(
        callid, queue, caller, "CONNECT", agent, entered_at, left_at, ended_at, wait, seconds
    )


def _with_rings(call: PlainCall, rung: Iterable[ToldLine]) -> PlainCall:
    members = (
        line[3]
        for line in rung
        if line[2] == call.queue and call.entered_at <= line[4] <= call.left_at
    )
    return call._replace(left_by=tuple(members))


def _seconds(said: str | None) -> int | None:
    if said is not None and said.isdecimal() and said.isascii() and len(said) <= _MOST_DIGITS:
        return int(said)
    return None
