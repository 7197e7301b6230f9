"""`./test`, once the packages are there: every check, a table of them, and pytest's last line.

Nothing is skipped in silence: a real part that cannot be had is a failure, and so is a skipped
test.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from callcenter.runtime import asterisk, chromium, postgres, valkey
from callcenter.runtime.folders import ROOT
from callcenter.runtime.progress import say

BIN = Path(sys.executable).parent
PACKAGES = ("callcenter", "phonebook", "telephony", "reports")
REAL, WHOLE = "asterisk or browser", "stack"
BY_FILE = ("--dist", "loadfile", "--no-loadscope-reorder")
_CLOSING = re.compile(r"^=* ?((?:\d+ [a-z]+(?:, )?)+) in [\d.]+s")


@dataclass(slots=True)
class Result:
    name: str
    seconds: float
    problem: str = ""
    counts: Counter[str] = field(default_factory=Counter)


def main(arguments: Sequence[str]) -> int:
    begun = time.monotonic()
    if arguments:
        results = [_pytest("pytest", arguments)]
    else:
        with ThreadPoolExecutor(1) as beside:
            # on the core that fetching, starting servers and reading tests leave idle
            lints = beside.submit(lambda: [_lint(*lint) for lint in _lints().items()])
            results = [_real_part(name, have) for name, have in _REAL_PARTS.items()]
            # a process more than cores, as tests wait for the database server, for phones that ring
            # and for pages; the tests of a file together where an Asterisk or a Chromium takes long
            # to start
            results += [_pytest("unit, database", ["-n", "3", "-m", f"not ({REAL} or {WHOLE})"])]
        results = [
            *lints.result(),
            *results,
            _pytest("Asterisk, browser", ["-n", "3", *BY_FILE, "-m", f"({REAL}) and not {WHOLE}"]),
            # one waits for a minute, others for what they killed
            _pytest("whole product", ["-n", "3", *BY_FILE, "-m", WHOLE]),
        ]
        _forbid_skips(results)
    _table(results)
    counts = sum((result.counts for result in results), Counter[str]())
    failures = [result for result in results if result.problem]
    others = sum(1 for result in failures if not result.counts)
    if others:
        counts["error" if others == 1 else "errors"] += others
    order = ("failed", "passed", "skipped", "deselected", "xfailed", "xpassed", "warnings")
    words = ", ".join(f"{counts[w]} {w}" for w in (*order, "error", "errors") if counts[w])
    print(f"=== {words or 'no tests ran'} in {time.monotonic() - begun:.2f}s ===", flush=True)
    return 1 if failures else 0


def _lints() -> dict[str, list[str]]:
    files = [*PACKAGES, "tests", "manage.py"]
    return {
        "ruff check": [str(BIN / "ruff"), "check", "."],
        "ruff format": [str(BIN / "ruff"), "format", "--check", "."],
        "mypy": [str(BIN / "mypy"), *files],
        "import contracts": [str(BIN / "lint-imports"), "--no-cache"],
        "templates": [str(BIN / "djlint"), "templates", "--lint", "--quiet"],
    }


def _lint(name: str, command: list[str]) -> Result:
    say(f"--- {name}")
    begun = time.monotonic()
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if ran.returncode:
        print(ran.stdout, ran.stderr, sep="\n", flush=True)
    return Result(name, time.monotonic() - begun, "failed" if ran.returncode else "")


_REAL_PARTS: dict[str, Callable[[], object]] = {
    "a PostgreSQL": lambda: postgres.tool("postgres"),
    "a Valkey": valkey.server_program,
    "an Asterisk": asterisk.find_or_fetch,
    "a Chromium": chromium.find_or_fetch,
}


def _real_part(name: str, have: Callable[[], object]) -> Result:
    begun = time.monotonic()
    try:
        have()
    except Exception as reason:  # whatever it is, it is told and fails the run
        say(f"--- {name}: {reason}")
        return Result(name, time.monotonic() - begun, "cannot be had")
    return Result(name, time.monotonic() - begun)


def _pytest(name: str, arguments: Sequence[str]) -> Result:
    say(f"--- {name}: pytest {' '.join(arguments)}")
    begun = time.monotonic()
    counts: Counter[str] = Counter()
    with subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, text=True, errors="replace",
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as run:  # fmt: skip
        for line in run.stdout or ():
            print(line, end="", flush=True)
            if closing := _CLOSING.match(line):
                counts = _count(closing.group(1))
    problem = ""
    if run.returncode:
        problem = "ran no test" if run.returncode == 5 else "failed"
    return Result(name, time.monotonic() - begun, problem, counts)


def _count(words: str) -> Counter[str]:
    return Counter({word: int(number) for number, word in re.findall(r"(\d+) ([a-z]+)", words)})


def _forbid_skips(results: Sequence[Result]) -> None:
    for result in results:
        if result.counts["skipped"] and not result.problem:
            result.problem = f"{result.counts['skipped']} tests skipped, which hides what they test"


def _table(results: Sequence[Result]) -> None:
    print("\nstep                        seconds  result")
    for result in results:
        said = ", ".join(f"{number} {word}" for word, number in result.counts.items())
        print(f"{result.name:<27} {result.seconds:>7.1f}  {result.problem or 'ok'}  {said}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
