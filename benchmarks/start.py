"""How long `./run` takes until Helin answers: the first time, a second time, and after a kill.

The measure beside them, in the same run: what one `import` of all pages costs, which every process
that serves people pays. Packages and the Asterisk must have been fetched before (`./run` once).
`python -m benchmarks.start [times]`
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

from benchmarks.stage import ROOT, Whole, whole_helin

PAGES = "import django; django.setup(); import callcenter.urls"


def main(times: int) -> None:
    with whole_helin() as helin:
        first, ended = _start(helin, signal.SIGINT)
        again = [_start(helin, signal.SIGINT)[0] for _ in range(times)]
        _start(helin, signal.SIGKILL)
        killed, _ = _start(helin, signal.SIGINT)
        pages = _pages()
    print(f"{'':<28}{'seconds':>8}{'of the first':>14}")
    for name, seconds in (
        ("first start, with migrating", first),
        (f"second start, best of {times}", min(again)),
        ("start after kill -9", killed),
        ("clean stop", ended),
        ("importing all pages", pages),
    ):
        print(f"{name:<28}{seconds:>8.1f}{seconds / first:>13.0%}")


def _start(helin: Whole, order: signal.Signals) -> tuple[float, float]:
    """Seconds until it was ready, and until it had ended after the order."""
    begun = time.monotonic()
    helin.start()
    ready = time.monotonic() - begun
    begun = time.monotonic()
    helin.end(order)
    ended = time.monotonic() - begun
    if order == signal.SIGKILL:
        time.sleep(2)  # its children notice
    return ready, ended


def _pages() -> float:
    begun = time.monotonic()
    subprocess.run(
        [str(ROOT / "var" / "venv" / "bin" / "python"), "-c", PAGES], check=True, cwd=ROOT,
        env={
            **os.environ, "HELIN_ENV": "development", "DJANGO_SETTINGS_MODULE": "callcenter.settings",
            "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
            "VALKEY_URL": "redis://127.0.0.1:1",
        },
    )  # fmt: skip
    return time.monotonic() - begun


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
