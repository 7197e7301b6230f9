"""Starting, recognising and ending processes so that none outlives its purpose. Linux, stdlib only.

A process that we started carries `HELIN_RUN=<token>` in its environment, so that even its
grandchildren can be found again after their parents were killed.
"""

import ctypes
import os
import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

RUN_MARK = "HELIN_RUN"
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def dies_with_parent(with_signal: int = signal.SIGKILL) -> Callable[[], None]:
    """A `preexec_fn`: the kernel sends the child `with_signal` when the starting thread ends.

    Survives `unshare --user` and `exec`; a change of user id clears it (use `setpriv --pdeathsig`).
    """

    def prepare() -> None:
        _libc.prctl(PR_SET_PDEATHSIG, with_signal, 0, 0, 0)

    return prepare


def started_at(pid: int) -> int | None:
    """Clock ticks after boot at which `pid` started, None if it is gone or a zombie.

    Together with the pid it names one process for ever, as pids are used again.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else int(fields[19])


def is_alive(pid: int, since: int | None = None) -> bool:
    start = started_at(pid)
    return start is not None and since in (None, start)


def carriers_of(token: str) -> list[int]:
    """Living processes that were started with `HELIN_RUN=token`, ourselves not among them."""
    mark = f"{RUN_MARK}={token}".encode()
    found = []
    for pid, stat in _processes():
        if pid == os.getpid() or stat[0] in "ZX":
            continue
        try:
            environment = Path(f"/proc/{pid}/environ").read_bytes()
        except OSError:
            continue
        if mark in environment.split(b"\0"):
            found.append(pid)
    return found


def running_from(directory: Path) -> list[int]:
    """Living processes whose working directory is `directory` (as PostgreSQL's is its data)."""
    found = []
    for pid, stat in _processes():
        try:
            if stat[0] not in "ZX" and Path(f"/proc/{pid}/cwd").samefile(directory):
                found.append(pid)
        except OSError:
            continue
    return found


def end_all(pids: Iterable[int], *, seconds: float = 5.0) -> None:
    """Ask by SIGTERM, after `seconds` insist by SIGKILL. Returns when all are gone."""
    named = {pid: start for pid in pids if (start := started_at(pid)) is not None}
    for order, patience in ((signal.SIGTERM, seconds), (signal.SIGKILL, 5.0)):
        for pid in _still(named):
            _send(pid, order)
        deadline = time.monotonic() + patience
        while _still(named) and time.monotonic() < deadline:
            time.sleep(0.02)


def end_group(group: int, order: int) -> None:
    """Send a signal to a whole process group; a group that is gone already is fine."""
    try:
        os.killpg(group, order)
    except (ProcessLookupError, PermissionError):
        return


def _send(pid: int, order: int) -> None:
    try:
        os.kill(pid, order)
    except ProcessLookupError:
        return


def _still(named: dict[int, int]) -> list[int]:
    return [pid for pid, start in named.items() if is_alive(pid, start)]


def _processes() -> Iterable[tuple[int, list[str]]]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            yield int(entry.name), (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
