"""The supervisor on small programs: what starts, comes back, and is gone at the end."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from callcenter.runtime import probes, processes
from callcenter.runtime.logs import Terminal
from callcenter.runtime.programs import Program
from callcenter.runtime.supervisor import StartFailed, Supervisor

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"


def python(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", textwrap.dedent(code)]


def sleeper(name: str, *needs: str) -> Program:
    return Program(name, python(SLEEPER), probes.says("up"), needs)


class Stage:
    """A supervisor at work in this process, and what it wrote."""

    def __init__(self, folder: Path, *programs: Program) -> None:
        self.folder = folder
        self.screen = io.StringIO()
        self.terminal = Terminal(self.screen)
        self.supervisor = Supervisor(
            programs,
            environment={**os.environ, processes.RUN_MARK: str(folder)},
            folder=folder,
            terminal=self.terminal,
        )
        self.ready = asyncio.Event()
        self.task = asyncio.create_task(self.supervisor.run(self.ready.set))

    async def is_ready(self) -> None:
        await asyncio.wait_for(self.ready.wait(), 20)

    async def end(self) -> str:
        self.supervisor.stop()
        try:
            await asyncio.wait_for(self.task, 20)
        finally:
            self.terminal.close()
        return self.screen.getvalue()

    def left_over(self) -> list[int]:
        return processes.carriers_of(str(self.folder))


async def until(true: Callable[[], bool], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it did not come true in time"
        await asyncio.sleep(0.02)


async def test_starts_in_the_order_of_needs_and_stops_in_the_reverse(tmp_path: Path) -> None:
    diary = tmp_path / "diary"
    code = f"""
        import signal, sys, time
        def note(word):
            with open({str(diary)!r}, "a") as file: file.write(word + " " + sys.argv[1] + "\\n")
        def end(*_): note("end"); sys.exit(0)
        signal.signal(signal.SIGTERM, end)
        time.sleep(0.2); note("start"); print("up", flush=True)
        while True: time.sleep(1)
    """
    chain = [("third", ("second",)), ("first", ()), ("second", ("first",))]
    stage = Stage(
        tmp_path,
        *(Program(name, [*python(code), name], probes.says("up"), needs) for name, needs in chain),
    )
    await stage.is_ready()
    await stage.end()
    assert diary.read_text().split("\n")[:-1] == [
        "start first", "start second", "start third", "end third", "end second", "end first",
    ]  # fmt: skip


async def test_what_is_killed_comes_back_and_its_children_do_not_stay(tmp_path: Path) -> None:
    code = f"""
        import subprocess, sys, time
        child = subprocess.Popen([sys.executable, "-S", "-c", {SLEEPER!r}])
        print("up", child.pid, flush=True); time.sleep(600)
    """
    stage = Stage(tmp_path, Program("web", python(code), probes.says("up")))
    await stage.is_ready()
    first = stage.supervisor.pids()["web"]
    assert len(stage.left_over()) == 2
    os.kill(first, signal.SIGKILL)
    await until(lambda: stage.supervisor.pids().get("web", first) != first)
    await until(lambda: "web is back" in stage.screen.getvalue())
    await until(lambda: len(stage.left_over()) == 2)  # the child of the killed one is gone
    assert (tmp_path / "run/web.pid").read_text() == f"{stage.supervisor.pids()['web']}\n"
    assert "web was killed by signal 9; starting it again" in await stage.end()
    await until(lambda: stage.left_over() == [])  # SIGKILL takes a moment
    assert list((tmp_path / "run").iterdir()) == []


async def test_pauses_between_starts_grow(tmp_path: Path) -> None:
    marker = tmp_path / "broken"
    code = f"""
        import os, sys, time
        if os.path.exists({str(marker)!r}): sys.exit(7)
        print("up", flush=True); time.sleep(600)
    """
    stage = Stage(tmp_path, Program("web", python(code), probes.says("up")))
    await stage.is_ready()
    marker.touch()
    os.kill(stage.supervisor.pids()["web"], signal.SIGKILL)
    await until(lambda: stage.screen.getvalue().count("ended with code 7") == 3)
    marker.unlink()
    await until(lambda: "web is back" in stage.screen.getvalue())
    screen = await stage.end()
    waits = [float(line.split()[-2]) for line in screen.splitlines() if "starting it again" in line]
    assert waits == sorted(waits)
    assert waits[0] < 0.3
    assert waits[-1] > 3 * waits[0]


async def test_a_start_that_cannot_work_says_why_and_leaves_nothing(tmp_path: Path) -> None:
    broken = Program("web", python("import sys; sys.exit('no such table')"), probes.says("up"))
    stage = Stage(tmp_path, sleeper("store"), broken)
    with pytest.raises(StartFailed, match=r"web ended with code 1 .*\n.*no such table"):
        await asyncio.wait_for(stage.task, 20)
    await until(lambda: stage.left_over() == [])  # SIGKILL takes a moment


async def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    stage = Stage(tmp_path, Program("web", ["/nowhere/web"]))
    with pytest.raises(StartFailed, match="/nowhere/web"):
        await asyncio.wait_for(stage.task, 20)


async def test_one_that_never_becomes_ready_ends_the_start(tmp_path: Path) -> None:
    mute = Program(
        "web", python("import time; time.sleep(600)"), probes.says("up"), ready_seconds=0.3
    )
    stage = Stage(tmp_path, mute)
    with pytest.raises(StartFailed, match="instead of becoming ready"):
        await asyncio.wait_for(stage.task, 20)
    await until(lambda: stage.left_over() == [])  # SIGKILL takes a moment


async def test_a_step_runs_once_before_those_that_need_it(tmp_path: Path) -> None:
    step = Program("migrate", python("print('done')"), once=True)
    stage = Stage(tmp_path, step, sleeper("web", "migrate"))
    await stage.is_ready()
    assert set(stage.supervisor.pids()) == {"web"}
    screen = await stage.end()
    assert screen.index("migrate  | done") < screen.index("web      | up")
    assert screen.count("migrate  |") == 1


async def test_one_that_ignores_the_order_to_stop_is_ended(tmp_path: Path) -> None:
    code = """
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("up", flush=True)
        while True: time.sleep(1)
    """
    stage = Stage(tmp_path, Program("web", python(code), probes.says("up"), stop_seconds=0.3))
    await stage.is_ready()
    assert "web does not stop; ending it" in await stage.end()
    await until(lambda: stage.left_over() == [])  # SIGKILL takes a moment


async def test_a_terminal_that_stands_still_holds_nobody_up(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    chatter = "print('x' * 100, flush=False)\n" * 200
    code = f"for _ in range(100):\n{textwrap.indent(chatter, ' ')}\nprint('up', flush=True)\nimport time; time.sleep(600)"
    with contextlib.suppress(BrokenPipeError), os.fdopen(writing, "w") as stuck:
        terminal = Terminal(stuck)
        supervisor = Supervisor(
            [Program("web", [sys.executable, "-S", "-c", code], probes.says("up"))],
            environment=os.environ, folder=tmp_path, terminal=terminal,
        )  # fmt: skip
        ready = asyncio.Event()
        task = asyncio.create_task(supervisor.run(ready.set))
        await asyncio.wait_for(ready.wait(), 20)
        supervisor.stop()
        await asyncio.wait_for(task, 20)
        os.close(reading)  # lets the writer thread go
        terminal.close()
    assert (tmp_path / "log/web.log").read_text().count("\n") == 20_001


def test_killing_the_supervisor_leaves_no_child(tmp_path: Path) -> None:
    script = f"""
        import asyncio, os, sys
        from pathlib import Path
        from callcenter.runtime import probes
        from callcenter.runtime.logs import Terminal
        from callcenter.runtime.programs import Program
        from callcenter.runtime.supervisor import Supervisor
        sleeper = Program("web", [sys.executable, "-S", "-c", {SLEEPER!r}], probes.says("up"))
        supervisor = Supervisor([sleeper], environment=os.environ, folder=Path({str(tmp_path)!r}),
                                terminal=Terminal())
        asyncio.run(supervisor.run(lambda: print("ready", flush=True)))
    """
    token = f"kill-{tmp_path}"
    outer = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, env={**os.environ, processes.RUN_MARK: token},
    )  # fmt: skip
    assert outer.stdout
    assert outer.stdout.readline() == b"ready\n"
    assert len(processes.carriers_of(token)) == 2
    outer.kill()
    outer.wait()
    deadline = time.monotonic() + 5
    while processes.carriers_of(token) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert processes.carriers_of(token) == []


@pytest.mark.parametrize(
    ("programs", "words"),
    [
        ([sleeper("web"), sleeper("web")], "twice"),
        ([sleeper("web", "store")], "not there"),
        ([sleeper("web", "store"), sleeper("store", "web")], "circle"),
    ],
)
def test_impossible_needs_are_refused(tmp_path: Path, programs: list[Program], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Supervisor(programs, environment={}, folder=tmp_path, terminal=Terminal(io.StringIO()))
