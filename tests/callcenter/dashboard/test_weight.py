"""What a page makes a browser fetch stays small, and its modules readable."""

from __future__ import annotations

import gzip
from pathlib import Path

import django_htmx
import pytest

from callcenter.runtime.folders import ROOT

STATIC = ROOT / "static"
MODULES = sorted((STATIC / "js").rglob("*.js"))


def compressed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes()))


def test_all_styles_and_scripts_together_are_under_150_kb_compressed() -> None:
    htmx = Path(django_htmx.__file__).parent / "static" / "django_htmx" / "htmx-2.min.js"
    files = [*MODULES, *(STATIC / "css").rglob("*.css"), htmx]
    assert sum(compressed(path) for path in files) < 150_000


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_a_module_has_at_most_200_lines_and_puts_no_markup_together(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= 200
    # callers' names come from outside: text goes in as text
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in text
