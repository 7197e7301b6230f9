"""From a bare python3 to a virtual environment with every package that the lock file names.

Loaded by `./run` and `./test` before anything is installed: standard library only, and nothing
imported from its own package.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = Path(os.environ.get("HELIN_VENV") or ROOT / "var" / "venv")
OLDEST_PYTHON = (3, 11)
INSTALL_SECONDS = 900
INSTALLED_WHEELS = Path("/usr/share/python-wheels")


class BootstrapFailed(Exception):
    """The words say what is missing and what to do."""


def ready(lock_name: str) -> Path:
    """The Python of a virtual environment that holds what `lock_name` says. Fast when it does."""
    python = _usable_python()
    lock = ROOT / lock_name
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    VENV.parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time(VENV.parent / ".venv.lock"):
        if not _runs(VENV / "bin" / "python"):
            _create(python)
        if _stamps().get(lock_name) != wanted:
            _install(lock)
            (VENV / "installed.json").write_text(json.dumps({**_stamps(), lock_name: wanted}))
    return VENV / "bin" / "python"


def _usable_python() -> str:
    if sys.version_info >= OLDEST_PYTHON:
        return sys.executable
    for minor in range(OLDEST_PYTHON[1], 20):
        if found := shutil.which(f"python3.{minor}"):
            return found
    raise BootstrapFailed(
        f"Helin needs Python 3.11 or newer; this is {sys.version.split()[0]} ({sys.executable})."
    )


def _create(python: str) -> None:
    """With pip if this Python has it to give; Debian without python3-venv has not."""
    shutil.rmtree(VENV, ignore_errors=True)
    with _told("making the virtual environment"):
        made = _run([python, "-m", "venv", str(VENV)])
        if made.returncode:
            shutil.rmtree(VENV, ignore_errors=True)
            made = _run([python, "-m", "venv", "--without-pip", str(VENV)])
    if made.returncode:
        raise BootstrapFailed(
            f"The virtual environment could not be made: {made.stderr.strip()}\n"
            "On Debian: apt install python3-venv"
        )


def _install(lock: Path) -> None:
    python = str(VENV / "bin" / "python")
    with _told(f"installing what {lock.name} names"):
        uv = _uv(python)
        if uv:
            result = _run(
                [*uv, "pip", "install", "--quiet", "--python", python,
                 "--require-hashes", "-r", str(lock)],
                env=_uv_environment(),
            )  # fmt: skip
            if result.returncode == 0:
                return
            sys.stderr.write(f"{result.stderr.strip()}\n  uv could not; trying pip\n")
        pip = _pip(python)
        if pip is None:
            raise BootstrapFailed(
                "There is neither pip nor uv here. On Debian: apt install python3-venv"
            )
        result = _run([*pip, "install", "--quiet", "--require-hashes", "-r", str(lock)])
        if result.returncode:
            raise BootstrapFailed(f"The packages could not be installed:\n{result.stderr.strip()}")


def _uv(python: str) -> list[str] | None:
    """uv installs twenty times faster than pip; it is on PATH, or pip brings it."""
    if found := shutil.which("uv"):
        return [found]
    own = VENV / "bin" / "uv"
    if not own.exists():
        pip = _pip(python)
        if pip is None or _run([*pip, "install", "--quiet", "uv"]).returncode:
            return None
    return [str(own)]


def _pip(python: str) -> list[str] | None:
    """The environment's own pip, else the machine's working on the environment, else Debian's."""
    if _run([python, "-m", "pip", "--version"]).returncode == 0:
        return [python, "-m", "pip"]
    outer = [_usable_python(), "-m", "pip"]
    if _run([*outer, "--version"]).returncode == 0:
        return [*outer, "--python", python]
    wheel = _debian_pip()
    return [python, f"{wheel}/pip"] if wheel else None


def _debian_pip() -> Path | None:
    """pip as the wheel that Debian's python3-venv would have put in place; needs no root."""
    folder = _cache() / "pip"
    if not folder.exists() and not list(INSTALLED_WHEELS.glob("pip-*.whl")):
        # by its path, as this module itself: its package cannot be imported yet
        path = Path(__file__).with_name("debian.py")
        spec = importlib.util.spec_from_file_location("helin_debian", path)
        if spec is None or spec.loader is None:
            return None
        debian = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = debian
        spec.loader.exec_module(debian)
        try:
            with _told("fetching pip"):
                wanted = debian.Wanted(("python3-pip-whl",))
                debian.fetch(wanted, folder, finish=lambda _root: None, seconds=120)
        except (debian.FetchFailed, OSError) as reason:
            sys.stderr.write(f"  {reason}\n")
            return None
    wheels = (folder / "usr/share/python-wheels", INSTALLED_WHEELS)
    return next((wheel for place in wheels for wheel in place.glob("pip-*.whl")), None)


def _uv_environment() -> dict[str, str]:
    """uv reads no pip settings; a mirror named for pip holds for it too."""
    environment = {**os.environ}
    environment.setdefault("UV_CACHE_DIR", str(_cache() / "uv"))
    # trust whom the machine trusts, as pip does (the older name is for a uv that was there before)
    environment.setdefault("UV_SYSTEM_CERTS", "1")
    environment.setdefault("UV_NATIVE_TLS", "1")
    if "PIP_INDEX_URL" in os.environ:
        environment.setdefault("UV_DEFAULT_INDEX", os.environ["PIP_INDEX_URL"])
    environment.pop("VIRTUAL_ENV", None)
    return environment


def _cache() -> Path:
    return Path(os.environ.get("HELIN_CACHE_DIR") or ROOT / "var" / "cache").resolve()


def _run(command: list[str], env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, env=env, capture_output=True, text=True, timeout=INSTALL_SECONDS,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise BootstrapFailed(f"{' '.join(command[:3])} took longer than 15 minutes.") from error


def _runs(python: Path) -> bool:
    """A checkout that was moved, or a Python that was upgraded away, leaves a dead environment."""
    if not python.exists():
        return False
    code = "import sys; sys.exit(sys.version_info < (3, 11))"
    if _run([str(python), "-c", code]).returncode:
        return False
    config = VENV / "bin" / "activate"
    return not config.exists() or str(VENV) in config.read_text()


def _stamps() -> dict[str, str]:
    try:
        return dict(json.loads((VENV / "installed.json").read_text()))
    except (OSError, ValueError):
        return {}


@contextmanager
def _one_at_a_time(file: Path) -> Iterator[None]:
    with file.open("w") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with _told("waiting for another start that is installing"):
                fcntl.flock(held, fcntl.LOCK_EX)
        yield


@contextmanager
def _told(doing: str) -> Iterator[None]:
    """A line at the start and at the end (callcenter.runtime.progress needs its package)."""
    begun = time.monotonic()
    sys.stderr.write(f"  {doing} ...\n")
    sys.stderr.flush()
    yield
    sys.stderr.write(f"  {doing}: done in {time.monotonic() - begun:.1f} s\n")
