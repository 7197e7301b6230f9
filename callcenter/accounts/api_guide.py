"""docs/build-an-integration.md as the introduction of the API reference."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "build-an-integration.md"


@lru_cache(maxsize=1)
def guide() -> str:
    """Without its heading, and without links to files, which are not there. "" where it is not."""
    try:
        text = GUIDE.read_text()
    except OSError:
        return ""
    return re.sub(r"\[([^]]+)\]\((?!https?:)[^)]+\)", r"\1", text.partition("\n")[2]).strip()


def introduce(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """For the schema."""
    result["info"]["description"] = guide()
    return result
