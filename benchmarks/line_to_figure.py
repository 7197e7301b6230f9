"""How long after Asterisk wrote a line its call is in the figures, at 20 calls a second.

    python -m benchmarks.line_to_figure [--calls 600] [--rate 20]

A real `run_ledger` follows a file to which a call's lines are appended as they happen; the figures
are asked for as a report asks, every 50 ms. Prints the lags and what the ledger's process costs.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmarks import stage

GOAL_SECONDS = 2.0
_ASKED_EVERY = 0.05


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calls", type=int, default=600)
    parser.add_argument("--rate", type=float, default=20.0, help="calls a second")
    options = parser.parse_args()
    with stage.data_stores() as folder, tempfile.TemporaryDirectory(prefix="helin-log-") as logs:
        cast = stage.make_cast(4, sessions=0)
        log = Path(logs) / "queue_log"
        log.touch()
        ledger = stage.Process(
            "ledger", folder, "manage.py", "run_ledger", HELIN_ASTERISK_LOG_DIR=logs
        )
        try:
            lags = measure(cast, log, options.calls, options.rate)
            print(
                f"{options.calls} calls, {options.rate:g} a second: half of them in the figures "
                f"within {stage.percentile(lags, 0.5):.2f} s, 95 % within "
                f"{stage.percentile(lags, 0.95):.2f} s, all within {max(lags):.2f} s "
                f"(goal: {GOAL_SECONDS:g} s); ledger: {ledger.cpu_seconds():.1f} s of CPU"
            )
        finally:
            ledger.stop()


def measure(cast: stage.Cast, log: Path, calls: int, rate: float) -> list[float]:
    """Seconds from each call's last line to its being counted, in their order."""
    from callcenter.tenants.scope import tenant_scope
    from telephony.calls.models import QueueVisit

    written: list[float] = []
    counted: list[float] = []
    with tenant_scope(cast.tenant_id), log.open("a") as file:
        _write(file, cast, -1)  # until the ledger runs
        until = time.monotonic() + 120
        while not QueueVisit.objects.filter(outcome="answered").exists():
            if time.monotonic() > until:
                raise TimeoutError("The ledger has not built a call in two minutes.")
            time.sleep(0.1)
        begun = time.monotonic()
        while len(counted) < calls:
            now = time.monotonic()
            while len(written) < calls and now >= begun + len(written) / rate:
                _write(file, cast, len(written))
                written.append(time.monotonic())
            found = QueueVisit.objects.filter(outcome="answered").count() - 1
            counted += [time.monotonic()] * (found - len(counted))
            time.sleep(_ASKED_EVERY)
            if now > begun + calls / rate + 120:
                raise TimeoutError(f"Only {len(counted)} of {calls} calls were counted.")
    return [seen - said for said, seen in zip(written, counted, strict=True)]


def _write(file: object, cast: stage.Cast, number: int) -> None:
    now = int(time.time())
    told = f"{now}|{now}.{number + 2}|{cast.queue}"
    member = cast.agents[number % len(cast.agents)][0]
    file.write(  # type: ignore[attr-defined]
        f"{told}|NONE|ENTERQUEUE||+3725551234|1\n"
        f"{told}|{member}|CONNECT|0|{now}.{number + 2}1|0\n"
        f"{told}|{member}|COMPLETEAGENT|0|0|1\n"
    )
    file.flush()  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
