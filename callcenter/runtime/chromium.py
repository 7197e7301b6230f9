"""A Chromium for the browser tests: the machine's own, else Debian's, unpacked without root.

It is of the machine's own Debian release, so it runs on the machine's libc and brings along only
what the machine lacks.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from callcenter.runtime import debian
from callcenter.runtime.folders import cache_folder
from callcenter.runtime.progress import step

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PACKAGES = ("chromium", "fonts-dejavu-core", "fonts-liberation", "fonts-noto-color-emoji")
# What a test browser needs not do: sandbox (refused to root), look for servers outside, first runs.
ARGUMENTS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-dev-shm-usage",
)  # fmt: skip


class ChromiumUnavailable(Exception):
    """There is no Chromium here and none could be fetched; the text says why."""


def find_or_fetch() -> Path:
    """HELIN_CHROMIUM, an installed one, the cached one, else fetched."""
    if given := os.environ.get("HELIN_CHROMIUM"):
        return Path(given)
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    destination = cache_folder() / "chromium"
    program = destination / "chromium"
    if program.exists():
        return program
    if sys.platform != "linux" or shutil.which("apt-get") is None:
        raise ChromiumUnavailable(
            "Chromium is not installed, and only a Debian-like machine can fetch it. "
            "Install it, or set HELIN_CHROMIUM."
        )
    try:
        with step("fetching Chromium (100 MB, once)"):
            debian.fetch(
                debian.Wanted(PACKAGES), destination,
                finish=lambda root: _finish(root, destination), seconds=540,
            )  # fmt: skip
    except (debian.FetchFailed, OSError) as reason:
        raise ChromiumUnavailable(f"Chromium could not be fetched: {reason}") from reason
    _check(program)
    return program


def _finish(root: Path, destination: Path) -> None:
    """A launcher beside the tree that knows its libraries and fonts."""
    libraries = ":".join(
        str(destination / folder.relative_to(root))
        for folder in sorted({file.parent for file in root.glob("usr/lib/**/*.so*")})
        if "chromium" not in folder.parts
    )
    fonts = root / "fonts.conf"
    fonts.write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n<fontconfig>\n'
        '  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>\n'
        f"  <dir>{destination}/usr/share/fonts</dir>\n"
        '  <cachedir prefix="xdg">fontconfig</cachedir>\n</fontconfig>\n'
    )
    launcher = root / "chromium"
    launcher.write_text(
        "#!/bin/sh\n"
        f"here={shlex.quote(str(destination))}\n"
        f"export LD_LIBRARY_PATH={shlex.quote(libraries)}"
        '"${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"\n'
        'export FONTCONFIG_FILE="$here/fonts.conf"\n'
        'exec "$here/usr/lib/chromium/chromium" "$@"\n'
    )
    launcher.chmod(0o755)


def _check(program: Path) -> None:
    said = subprocess.run(
        [program, "--version"], capture_output=True, text=True, timeout=60, check=False
    )
    if said.returncode:
        shutil.rmtree(program.parent, ignore_errors=True)
        raise ChromiumUnavailable(f"The fetched Chromium does not run: {said.stderr.strip()}")


def main() -> int:
    """`python -m callcenter.runtime.chromium`: have one, and say where."""
    try:
        print(find_or_fetch())
    except ChromiumUnavailable as reason:
        print(reason, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
