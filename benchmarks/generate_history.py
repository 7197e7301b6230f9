"""A year of a call centre as Asterisk writes it: queue_log and, if asked, channel events as CSV.

    python benchmarks/generate_history.py FOLDER [--calls 1000000] [--tenants 40] [--groups 10] [--cel]

The same numbers give the same bytes. FOLDER/<slug>/queue_log is of one company each, slugs t01, t02,
..., queues <slug>-g01, ..., agents Agent/1001, ...; channel events are FOLDER/<slug>/cel.csv, in
the order of calls.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

YEAR_BEGINS = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
DAYS = 365
AGENTS = 12  # of a group
CALLERS = 4000  # of a company, for a year of 25,000 calls
# calls by the hour of the day, and by the weekday from Monday on
_HOURS = (0, 0, 0, 0, 0, 0, 1, 4, 9, 12, 13, 12, 9, 10, 12, 11, 9, 5, 3, 2, 1, 1, 0, 0)
_WEEKDAYS = (12, 11, 10, 10, 9, 2, 1)
CEL_HEADER = (
    "eventtype,eventtime,cidname,cidnum,exten,context,channame,appname,appdata,uniqueid,linkedid,"
    "peer,extra"
)


@dataclass(frozen=True, slots=True)
class Totals:
    calls: int = 0
    lines: int = 0
    cel_lines: int = 0
    answered: int = 0
    abandoned: int = 0
    seconds: float = 0.0

    def __add__(self, other: Totals) -> Totals:
        return Totals(
            self.calls + other.calls,
            self.lines + other.lines,
            self.cel_lines + other.cel_lines,
            self.answered + other.answered,
            self.abandoned + other.abandoned,
            self.seconds + other.seconds,
        )


def slug_of(number: int) -> str:
    return f"t{number + 1:02}"


def write_history(
    folder: Path, *, calls: int = 1_000_000, tenants: int = 40, groups: int = 10, cel: bool = False
) -> Totals:
    """Writes every company's files; returns what is in them."""
    totals = Totals()
    for number in range(tenants):
        count = calls // tenants + (number < calls % tenants)
        place = folder / slug_of(number)
        place.mkdir(parents=True, exist_ok=True)
        totals += write_company(place, number=number, calls=count, groups=groups, cel=cel)
    return totals


def write_company(folder: Path, *, number: int, calls: int, groups: int, cel: bool) -> Totals:
    started = time.perf_counter()
    dice = np.random.default_rng(20250101 + number)
    slug = slug_of(number)
    begins = _beginnings(dice, calls)
    fate = dice.random(calls)
    group = dice.integers(0, groups, calls)
    waits = np.minimum(dice.exponential(18, calls).astype(int) + 1, 600)
    talks = np.minimum(dice.exponential(190, calls).astype(int) + 3, 5400)
    agents = 1001 + group * AGENTS + dice.integers(0, AGENTS, calls)
    missed = np.where(dice.random(calls) < 0.22, 1001 + group * AGENTS, 0)
    callers = dice.integers(0, max(1, CALLERS * calls // 25_000), calls)
    texts: list[str] = []
    times: list[int] = []
    channel_events: list[str] = []
    answered = abandoned = 0
    rows = zip(
        begins.tolist(), fate.tolist(), group.tolist(), waits.tolist(), talks.tolist(),
        agents.tolist(), missed.tolist(), callers.tolist(), strict=True,
    )  # fmt: skip
    for call, (at, luck, place, wait, talk, agent, misses, caller) in enumerate(rows):
        callid = f"{at}.{number * 1_000_000 + call * 2}"
        queue = f"{slug}-g{place + 1:02}"
        told = f"|{callid}|{queue}|"
        phone = f"+3725{number:02}{caller:05}"
        texts.append(f"{at}{told}NONE|ENTERQUEUE||{phone}|1\n")
        times.append(at)
        if misses and wait > 5:
            texts.append(f"{at + 5}{told}Agent/{misses}|RINGNOANSWER|5000\n")
            times.append(at + 5)
        left = at + wait
        if luck < 0.82:
            answered += 1
            by = "AGENT" if luck < 0.4 else "CALLER"
            texts.append(f"{left}{told}Agent/{agent}|CONNECT|{wait}|{callid}1|{min(wait, 4)}\n")
            texts.append(f"{left + talk}{told}Agent/{agent}|COMPLETE{by}|{wait}|{talk}|1\n")
            times += (left, left + talk)
        elif luck < 0.96:
            abandoned += 1
            texts.append(f"{left}{told}NONE|ABANDON|1|1|{wait}\n")
            times.append(left)
        elif luck < 0.99:
            texts.append(f"{left}{told}NONE|EXITWITHTIMEOUT|1|1|{wait}\n")
            times.append(left)
        else:
            texts.append(f"{left}{told}NONE|EXITWITHKEY|1|1|1|{wait}\n")
            times.append(left)
        if cel:
            spoken = talk if luck < 0.82 else 0
            channel_events.append(_channel_events(callid, at, wait, spoken, phone, agent, queue))
    for at, text in _shifts(groups):
        times.append(at)
        texts.append(text)
    order = np.argsort(np.array(times), kind="stable").tolist()
    with (folder / "queue_log").open("w") as file:
        file.writelines(texts[index] for index in order)
    if cel:
        with (folder / "cel.csv").open("w") as file:
            file.write(f"{CEL_HEADER}\n")
            file.writelines(channel_events)
    return Totals(
        calls,
        len(texts),
        sum(text.count("\n") for text in channel_events),
        answered,
        abandoned,
        time.perf_counter() - started,
    )


def _beginnings(dice: np.random.Generator, calls: int) -> np.ndarray:
    """Epoch seconds in order: busy mornings, quiet nights and weekends."""
    weekday = (np.arange(DAYS) + 2) % 7  # 1 January 2025 was a Wednesday
    weight = np.array(_WEEKDAYS, float)[weekday][:, None] * np.array(_HOURS, float)[None, :]
    weight = weight.ravel() / weight.sum()
    hours = dice.choice(weight.size, size=calls, p=weight)
    return np.sort(YEAR_BEGINS + hours * 3600 + dice.integers(0, 3600, calls))


def _shifts(groups: int) -> Iterator[tuple[int, str]]:
    """One agent of each group comes, pauses, goes on and leaves, once a week."""
    for week in range(DAYS // 7):
        for group in range(groups):
            at = YEAR_BEGINS + week * 7 * 86400 + 8 * 3600
            agent = f"Agent/{1001 + group * AGENTS}"
            yield at, f"{at}|NONE|NONE|{agent}|ADDMEMBER|\n"
            yield at + 7200, f"{at + 7200}|NONE|NONE|{agent}|PAUSE|lunch\n"
            yield at + 9000, f"{at + 9000}|NONE|NONE|{agent}|UNPAUSE|\n"
            yield at + 28800, f"{at + 28800}|NONE|NONE|{agent}|REMOVEMEMBER|\n"


def _channel_events(
    callid: str, at: int, wait: int, talk: int, phone: str, agent: int, queue: str
) -> str:
    """The rows of one call: its own channel and, if it was answered, the agent's."""
    serial = int(callid.partition(".")[2])
    trunk, device = (
        f"PJSIP/carrier-{serial & 0xFFFFFFFF:08x}",
        f"PJSIP/{agent}-{serial & 0xFFFF:08x}",
    )
    leg, left = f"{at}.{serial + 1}", at + wait
    mine = f"{phone},700,from-trunk,{trunk}"
    theirs = f"{agent},700,from-queue,{device}"
    rows = [
        f"CHAN_START,{at}.100000,,{mine},,,{callid},{callid},,",
        f"ANSWER,{at}.200000,,{mine},Answer,,{callid},{callid},,",
        f"APP_START,{at}.300000,,{mine},Queue,{queue},{callid},{callid},,",
    ]
    if talk:
        over = left + talk
        rows += (
            f"CHAN_START,{max(at, left - 4)}.400000,,{theirs},,,{leg},{callid},,",
            f"ANSWER,{left}.500000,,{theirs},AppQueue,(Outgoing Line),{leg},{callid},,",
            f"BRIDGE_ENTER,{left}.600000,,{theirs},AppQueue,(Outgoing Line),{leg},{callid},,"
            f'"{{""bridge_id"":""{callid}""}}"',
            f"BRIDGE_ENTER,{left}.700000,,{mine},Queue,{queue},{callid},{callid},{device},"
            f'"{{""bridge_id"":""{callid}""}}"',
            f"BRIDGE_EXIT,{over}.100000,,{theirs},AppQueue,(Outgoing Line),{leg},{callid},{trunk},"
            f'"{{""bridge_id"":""{callid}""}}"',
            f"HANGUP,{over}.200000,,{theirs},AppQueue,(Outgoing Line),{leg},{callid},,"
            '"{""hangupcause"":16,""hangupsource"":"""",""dialstatus"":""""}"',
            f"CHAN_END,{over}.200000,,{theirs},AppQueue,(Outgoing Line),{leg},{callid},,",
            f"BRIDGE_EXIT,{over}.300000,,{mine},Queue,{queue},{callid},{callid},,"
            f'"{{""bridge_id"":""{callid}""}}"',
        )
        left = over
    rows += (
        f"HANGUP,{left}.800000,,{mine},,,{callid},{callid},,"
        f'"{{""hangupcause"":16,""hangupsource"":""{trunk}"",""dialstatus"":""""}}"',
        f"CHAN_END,{left}.800000,,{mine},,,{callid},{callid},,",
        f"LINKEDID_END,{left}.900000,,{mine},,,{callid},{callid},,",
    )
    return "\n".join(rows) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--calls", type=int, default=1_000_000)
    parser.add_argument("--tenants", type=int, default=40)
    parser.add_argument("--groups", type=int, default=10)
    parser.add_argument("--cel", action="store_true", help="channel events too")
    options = parser.parse_args()
    totals = write_history(
        options.folder, calls=options.calls, tenants=options.tenants,
        groups=options.groups, cel=options.cel,
    )  # fmt: skip
    print(
        f"{totals.calls:,} calls ({totals.answered:,} answered, {totals.abandoned:,} abandoned), "
        f"{totals.lines:,} lines of queue_log, {totals.cel_lines:,} of channel events "
        f"in {totals.seconds:.1f} s"
    )


if __name__ == "__main__":
    main()
