"""The browser's side of the socket protocol, scene by scene (socket_scenes.js) under Node."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_every_scene(tmp_path: Path, node: str) -> None:
    for module in (ROOT / "static" / "js" / "live").glob("*.js"):
        shutil.copy(module, tmp_path)
    shutil.copy(Path(__file__).parent / "socket_scenes.js", tmp_path / "scenes.test.js")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    done = subprocess.run(
        [node, "--test", "scenes.test.js"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "tests 14" in done.stdout, done.stdout
