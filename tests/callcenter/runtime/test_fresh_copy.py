"""`./run` from a copy of what is in git, by somebody who has nothing but it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from callcenter.runtime.folders import ROOT
from callcenter.runtime.ports import free_port
from tests.callcenter.runtime.test_run import Helin

pytestmark = pytest.mark.stack
NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


@pytest.fixture
def open_folder() -> Generator[Path]:
    """A folder that another user can reach, which pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="helin ", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_an_ordinary_user_starts_it_from_a_fresh_copy(open_folder: Path) -> None:
    """An empty home that cannot be written, a path with a space, nothing installed or fetched."""
    copy = open_folder / "a fresh copy"
    names = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    for name in names:
        with contextlib.suppress(FileNotFoundError):  # deleted, but not yet in the index
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    prefix: tuple[str, ...] = ()
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", "65534:65534", str(copy)], check=True)
        prefix = NOBODY
    path = ":".join(part for part in os.environ["PATH"].split(":") if not part.startswith("/root"))
    # not the usual ports, which another start may take at the same moment
    ports = ("--port", str(free_port()), "--sip-port", str(free_port(udp=True)))
    fresh = Helin(
        copy / "var", *ports, root=copy, prefix=prefix,
        HELIN_DATA_DIR="", HOME="/nonexistent", PATH=path,
    )  # fmt: skip
    try:
        fresh.wait(300)
        assert fresh.answers()
    finally:
        assert fresh.stop() == 0
    assert fresh.left_over() == []
