"""Keeps programs running: starts them in order, starts them again when they end, stops them all.

Everything is done in the main thread, for two reasons: the kernel ends the children of a thread
that ends (see processes.dies_with_parent), and forking beside threads is asking for trouble.
"""

from __future__ import annotations

import asyncio
import random
import re
import signal
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from callcenter.runtime import processes
from callcenter.runtime.children import Child
from callcenter.runtime.logs import Lines, LogFile, Terminal
from callcenter.runtime.programs import Program, check

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 10.0
STEADY_SECONDS = 20.0
FIRST_TRIES = 3
SLOW_SECONDS = 5.0
LIVES_SECONDS = 1.0


class StartFailed(Exception):
    """A program that the start needs did not come up; the text says which, and its last words."""


@dataclass(slots=True)
class _Running:
    """One program, over all its lives."""

    program: Program
    log: LogFile
    is_ready: asyncio.Event = field(default_factory=asyncio.Event)
    is_over: asyncio.Event = field(default_factory=asyncio.Event)
    child: Child | None = None
    lines: Lines = field(default_factory=Lines)
    said: deque[str] = field(default_factory=lambda: deque(maxlen=200))
    starts: int = 0

    def has_said(self, pattern: re.Pattern[str]) -> bool:
        return any(pattern.search(line) for line in self.said)


class Supervisor:
    def __init__(
        self,
        programs: Sequence[Program],
        *,
        environment: Mapping[str, str],
        folder: Path,
        terminal: Terminal,
    ) -> None:
        """`folder` gets `log/NAME.log` and `run/NAME.pid`. Raises ValueError for wrong needs."""
        check(programs)
        self._environment = environment
        self._folder = folder
        self._terminal = terminal
        (folder / "run").mkdir(parents=True, exist_ok=True, mode=0o700)
        self._all = {
            program.name: _Running(program, LogFile(folder / "log" / f"{program.name}.log"))
            for program in programs
        }
        self._stopping = asyncio.Event()
        self._failure: StartFailed | None = None

    async def run(self, when_ready: Callable[[], None]) -> None:
        """Until `stop`. Raises StartFailed, with everything stopped again."""
        loop = asyncio.get_running_loop()
        for order in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(order, self.stop)
        keepers = [asyncio.create_task(self._keep(one)) for one in self._all.values()]
        telling = asyncio.create_task(self._tell_who_is_slow())
        try:
            if await self._all_ready():
                telling.cancel()
                when_ready()
            await self._stopping.wait()
        finally:
            telling.cancel()
            self._stopping.set()
            await self._stop_all()
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)
            for one in self._all.values():
                one.log.close()
        if self._failure:
            raise self._failure

    def stop(self) -> None:
        """Stop all; the second time, at once."""
        if self._stopping.is_set():
            for one in self._all.values():
                if one.child:
                    processes.end_group(one.child.pid, signal.SIGKILL)
        else:
            self._terminal.say("\nStopping ...")
            self._stopping.set()

    def pids(self) -> dict[str, int]:
        return {name: one.child.pid for name, one in self._all.items() if one.child}

    async def _all_ready(self) -> bool:
        ready = asyncio.gather(*(one.is_ready.wait() for one in self._all.values()))
        stopping = asyncio.ensure_future(self._stopping.wait())
        awaited: list[asyncio.Future[Any]] = [ready, stopping]
        await asyncio.wait(awaited, return_when=asyncio.FIRST_COMPLETED)
        for waiting in awaited:
            waiting.cancel()
        await asyncio.gather(*awaited, return_exceptions=True)
        return not self._stopping.is_set()

    async def _keep(self, one: _Running) -> None:
        """Start it when what it needs is ready, and again whenever it ends."""
        program = one.program
        try:
            for need in program.needs:
                await self._all[need].is_ready.wait()
            pause = FIRST_PAUSE
            while not self._stopping.is_set():
                begun = time.monotonic()
                how = await self._live(one)
                if self._stopping.is_set() or (program.once and one.is_ready.is_set()):
                    return
                self._refuse_hopeless_start(one, how)
                if time.monotonic() - begun > STEADY_SECONDS:
                    pause = FIRST_PAUSE
                # jitter, so that programs felled by one cause do not all come back at one instant
                wait = pause * random.uniform(0.75, 1.25)  # noqa: S311
                self._tell(f"{program.name} {how}; starting it again in {wait:.1f} s")
                pause = min(pause * 2, LONGEST_PAUSE)
                await self._sleep(wait)
        except StartFailed as failure:
            self._failure = self._failure or failure
            self._stopping.set()
        finally:
            one.is_over.set()

    def _refuse_hopeless_start(self, one: _Running, how: str) -> None:
        """Before everything was ready once, a program that keeps ending ends the start."""
        if one.is_ready.is_set() or (one.starts < FIRST_TRIES and not one.program.once):
            return
        last = "\n".join(f"    {line}" for line in list(one.said)[-12:]) or "    (it said nothing)"
        raise StartFailed(f"{one.program.name} {how} instead of becoming ready. It said:\n{last}")

    async def _live(self, one: _Running) -> str:
        """One life, from start to end; says how it ended."""
        program = one.program
        begun = time.monotonic()
        one.starts += 1
        one.said.clear()
        try:
            one.child = child = self._start(one)
        except Exception as reason:  # whatever it is, the others must go on and it is tried again
            return f"cannot be started: {reason}"
        pid_file = self._folder / "run" / f"{program.name}.pid"
        pid_file.write_text(f"{child.pid}\n")
        watching = asyncio.create_task(self._watch(one, child))
        try:
            code = await child.wait()
        finally:
            # what it had started itself must not live on beside its successor
            processes.end_group(child.pid, signal.SIGKILL)
            child.close()
            watching.cancel()
            pid_file.unlink(missing_ok=True)
            one.child = None
        if program.once and code == 0:
            if program.after:
                program.after()
            self._mark_ready(one, begun)
        return f"was killed by signal {-code}" if code < 0 else f"ended with code {code}"

    def _start(self, one: _Running) -> Child:
        program = one.program
        if program.before:
            program.before()
        return Child(
            program.command,
            environment={**self._environment, **program.environment},
            folder=program.folder,
            death_signal=program.death_signal,
            take=lambda data: self._read(one, data),
        )

    async def _watch(self, one: _Running, child: Child) -> None:
        """Sees it become ready; one that does not in time is ended, to be started again."""
        program = one.program
        if program.once:
            return
        begun = time.monotonic()
        while not await self._is_ready(one, begun):
            if time.monotonic() - begun > program.ready_seconds:
                self._tell(f"{program.name} is not ready after {program.ready_seconds:g} s")
                processes.end_group(child.pid, signal.SIGKILL)
                return
            await asyncio.sleep(0.05)
        self._mark_ready(one, begun)

    def _mark_ready(self, one: _Running, begun: float) -> None:
        word = "is back" if one.is_ready.is_set() else "is done" if one.program.once else "is ready"
        self._tell(f"{one.program.name} {word} after {time.monotonic() - begun:.1f} s")
        one.is_ready.set()

    async def _tell_who_is_slow(self) -> None:
        """While the start goes on: a person who waits shall know for whom."""
        begun = time.monotonic()
        while True:
            await asyncio.sleep(SLOW_SECONDS)
            if slow := [one.program.name for one in self._all.values() if self._is_slow(one)]:
                passed = time.monotonic() - begun
                self._tell(f"waiting for {', '.join(slow)}; {passed:.0f} s so far")

    @staticmethod
    def _is_slow(one: _Running) -> bool:
        return one.child is not None and not one.is_ready.is_set()

    async def _is_ready(self, one: _Running, begun: float) -> bool:
        if one.program.ready is None:
            return time.monotonic() - begun > LIVES_SECONDS
        try:
            return await asyncio.to_thread(one.program.ready, one.has_said)
        except Exception as reason:  # a question that went wrong is an answer too: not ready
            one.said.append(f"({reason})")
            return False

    def _read(self, one: _Running, data: bytes) -> None:
        for line in one.lines.feed(data) if data else one.lines.rest():
            self._take(one, line)

    def _take(self, one: _Running, line: bytes) -> None:
        one.log.write(time.strftime("%Y-%m-%dT%H:%M:%SZ ", time.gmtime()).encode() + line + b"\n")
        text = line.decode(errors="replace")
        one.said.append(text)
        # an escape sequence that came from outside must not steer the person's terminal
        self._terminal.show(
            one.program.name, "".join(c if c >= " " or c == "\t" else "?" for c in text)
        )

    async def _stop_all(self) -> None:
        await asyncio.gather(*(self._stop(one) for one in self._all.values()))

    async def _stop(self, one: _Running) -> None:
        """After all who need it."""
        for other in self._all.values():
            if one.program.name in other.program.needs:
                await other.is_over.wait()
        if child := one.child:
            child.send(one.program.stop_signal)
            try:
                await asyncio.wait_for(child.wait(), one.program.stop_seconds)
            except TimeoutError:
                self._tell(f"{one.program.name} does not stop; ending it")
            processes.end_group(child.pid, signal.SIGKILL)
            await child.wait()
        one.is_over.set()

    async def _sleep(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return

    def _tell(self, text: str) -> None:
        self._terminal.show("helin", text)
