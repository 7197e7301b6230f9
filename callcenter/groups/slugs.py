"""Short names for the PBX, made from people's words. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container

LONGEST = 30
_OTHER = re.compile(r"[^a-z0-9]+")


def make_slug(name: str, taken: Container[str], fallback: str = "group") -> str:
    """`Sales & Support` -> `sales-support`; with -2, -3 … behind it until it is not `taken`."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = _OTHER.sub("-", plain).strip("-")[:LONGEST].strip("-") or fallback
    slug, number = stem, 1
    while slug in taken:
        number += 1
        tail = f"-{number}"
        slug = stem[: LONGEST - len(tail)].rstrip("-") + tail
    return slug
