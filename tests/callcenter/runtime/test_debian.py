"""Reading the machine's apt sources, and fetching all or nothing."""

from pathlib import Path

import pytest

from callcenter.runtime import debian
from callcenter.runtime.debian import FetchFailed, Wanted

DEB822 = """Types: deb
# an old snapshot stands in a comment: http://old.example/debian
URIs: http://mirror.example/debian
Suites: bookworm
"""


def etc(tmp_path: Path, **files: str) -> Path:
    (tmp_path / "sources.list.d").mkdir()
    for name, text in files.items():
        (tmp_path / name.replace("__", "/").replace("_", ".")).write_text(text)
    return tmp_path


@pytest.fixture(autouse=True)
def _no_mirror_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DEBIAN_MIRROR", raising=False)


def test_mirror_of_the_new_format(tmp_path: Path) -> None:
    folder = etc(tmp_path)
    (folder / "sources.list.d/debian.sources").write_text(DEB822)
    assert debian.mirror(folder) == "http://mirror.example/debian"


def test_mirror_of_the_one_line_format_with_options(tmp_path: Path) -> None:
    folder = etc(tmp_path)
    line = "# deb http://off.example/debian x main\ndeb [arch=amd64] https://m.example/d bookworm main\n"
    (folder / "sources.list").write_text(line)
    assert debian.mirror(folder) == "https://m.example/d"


def test_a_vendors_archive_is_not_taken_for_debians(tmp_path: Path) -> None:
    folder = etc(tmp_path)
    (folder / "sources.list.d/a-vendor.list").write_text(
        "deb https://vendor.example/apt any main\n"
    )
    (folder / "sources.list.d/debian.sources").write_text(DEB822)
    assert debian.mirror(folder) == "http://mirror.example/debian"


def test_no_archive_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match="names no archive"):
        debian.mirror(etc(tmp_path))


def test_a_failed_fetch_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEBIAN_MIRROR", f"file:{tmp_path}/no-such-archive")
    with pytest.raises(FetchFailed, match="reading the package lists failed"):
        debian.fetch(
            Wanted(["asterisk"], "testing"), tmp_path / "cache" / "it", finish=lambda _root: None
        )
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_fetch_has_an_end(tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match="took too long"):
        debian.fetch(
            Wanted(["asterisk"], "testing"), tmp_path / "cache" / "it",
            finish=lambda _root: None, seconds=0,
        )  # fmt: skip
