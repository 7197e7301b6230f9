"""Lines that tell a person what is going on and for how long already. Standard library only."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()


def say(text: str) -> None:
    with _lock:
        print(text, file=sys.stderr, flush=True)


@contextmanager
def step(title: str, *, every: float = 5.0) -> Iterator[None]:
    """Announce a step that may take long; tell the elapsed time while it runs and at its end."""
    begun = time.monotonic()
    ended = threading.Event()
    say(f"  {title} ...")

    def keep_telling() -> None:
        while not ended.wait(every):
            say(f"  {title} ... {time.monotonic() - begun:.0f} s so far")

    teller = threading.Thread(target=keep_telling, daemon=True)
    teller.start()
    try:
        yield
    except BaseException:
        say(f"  {title}: failed after {time.monotonic() - begun:.1f} s")
        raise
    else:
        say(f"  {title}: done in {time.monotonic() - begun:.1f} s")
    finally:
        ended.set()
        teller.join()
