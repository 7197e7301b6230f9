"""One readable log of many processes: prefixed lines on the terminal, a bounded file for each."""

from __future__ import annotations

import os
import queue
import sys
import threading
from pathlib import Path
from typing import TextIO

COLOURS = (36, 33, 32, 35, 34, 96, 93, 92, 95, 94)
LONGEST_LINE = 8_000
FILE_LIMIT = 5_000_000


class Terminal:
    """Writes lines from a thread of its own.

    A terminal that stands still (Ctrl-S, a slow link) must not hold up the processes whose output
    is shown: lines that it does not take in time are left out there, and are in the files.
    """

    def __init__(self, stream: TextIO | None = None, *, width: int = 9) -> None:
        self._stream = stream or sys.stderr
        self._width = width
        self._colours: dict[str, int] = {}
        self._coloured = self._stream.isatty() and "NO_COLOR" not in os.environ
        self._lines: queue.Queue[str | None] = queue.Queue(maxsize=5_000)
        self._left_out = 0
        self._writer = threading.Thread(target=self._write, daemon=True)
        self._writer.start()

    def show(self, name: str, text: str) -> None:
        prefix = f"{name:<{self._width}}|"
        if self._coloured:
            colour = self._colours.setdefault(name, COLOURS[len(self._colours) % len(COLOURS)])
            prefix = f"\033[{colour}m{prefix}\033[0m"
        try:
            self._lines.put_nowait(f"{prefix} {text}\n")
        except queue.Full:
            self._left_out += 1

    def say(self, text: str) -> None:
        """A line without a prefix, for the person who started us."""
        try:
            self._lines.put(f"{text}\n", timeout=1)
        except queue.Full:
            self._left_out += 1

    def close(self, seconds: float = 2.0) -> None:
        try:
            self._lines.put(None, timeout=seconds)
        except queue.Full:
            return
        self._writer.join(seconds)

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            if self._left_out and self._lines.empty():
                line += f"... {self._left_out} lines left out here; they are in the log files\n"
                self._left_out = 0
            try:
                self._stream.write(line)
                self._stream.flush()
            except (OSError, ValueError):
                continue  # the terminal is gone; the files remain


class LogFile:
    """`path` and, once that has grown to `limit` bytes, the piece before it as `path.1`."""

    def __init__(self, path: Path, *, limit: int = FILE_LIMIT) -> None:
        self._path = path
        self._limit = limit
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = path.open("ab", buffering=0)
        self._size = self._file.tell()

    def write(self, line: bytes) -> None:
        try:
            if self._size + len(line) > self._limit:
                self._turn()
            self._file.write(line)
        except OSError:
            return  # a full disk must not stop the processes; the terminal still shows the line
        self._size += len(line)

    def close(self) -> None:
        self._file.close()

    def _turn(self) -> None:
        self._file.close()
        self._path.replace(self._path.with_name(f"{self._path.name}.1"))
        self._file = self._path.open("ab", buffering=0)
        self._size = 0


class Lines:
    """Cuts a stream of bytes into lines; an endless one is cut at LONGEST_LINE."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            lines.append(self._rest)
            self._rest = b""
        return [line[:LONGEST_LINE].rstrip(b"\r") for line in lines]

    def rest(self) -> list[bytes]:
        """What came after the last line's end, if anything did."""
        rest, self._rest = self._rest, b""
        return [rest] if rest else []
