"""One child process in an event loop: its output as it comes, its end as it happens.

Not asyncio's own: that one tells the end of a process only when its output is closed too, which a
grandchild that lives on holds open.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import Callable, Mapping, Sequence

from callcenter.runtime import processes


class Child:
    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        folder: str | None,
        death_signal: int,
        take: Callable[[bytes], None],
    ) -> None:
        """Starts it, in a session of its own; `take` gets output, b"" at its end. Raises OSError.

        Call it in the main thread, see processes.dies_with_parent.
        """
        self._loop = asyncio.get_running_loop()
        self._take = take
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=folder,
            start_new_session=True,
            preexec_fn=processes.dies_with_parent(death_signal),
        )
        self.pid = self._process.pid
        self._code: asyncio.Future[int] = self._loop.create_future()
        self._reading = self._process.stdout is not None
        if self._process.stdout is not None:
            os.set_blocking(self._process.stdout.fileno(), False)
            self._loop.add_reader(self._process.stdout.fileno(), self._read)
        self._watch_end()

    @property
    def is_over(self) -> bool:
        return self._code.done()

    async def wait(self) -> int:
        """Its exit code, negative for the signal that killed it."""
        return await asyncio.shield(self._code)

    def send(self, order: int) -> None:
        """Nothing happens if it is over."""
        self._process.send_signal(order)

    def close(self) -> None:
        """Take what it has still written, and let go of its output."""
        if self._reading:
            self._read()
        self._end_reading()

    def _watch_end(self) -> None:
        try:
            descriptor = os.pidfd_open(self.pid)
        except OSError:  # an old kernel, or a sandbox that forbids it
            self._loop.call_later(0.05, self._look)
            return

        def over() -> None:
            self._loop.remove_reader(descriptor)
            os.close(descriptor)
            self._look()

        self._loop.add_reader(descriptor, over)

    def _look(self) -> None:
        code = self._process.poll()
        if code is None:
            self._loop.call_later(0.05, self._look)
        elif not self._code.done():
            self._code.set_result(code)

    def _read(self) -> None:
        if self._process.stdout is None or not self._reading:
            return
        try:
            # a bounded number of times, so that one that never stops talking leaves others a turn
            for _ in range(16):
                data = os.read(self._process.stdout.fileno(), 65_536)
                if not data:
                    self._end_reading()
                    return
                self._take(data)
        except BlockingIOError:
            return
        except OSError:
            self._end_reading()

    def _end_reading(self) -> None:
        if self._reading and self._process.stdout is not None:
            self._reading = False
            self._loop.remove_reader(self._process.stdout.fileno())
            self._process.stdout.close()
            self._take(b"")
