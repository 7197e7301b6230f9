"""Text that others have written. Pure."""

from __future__ import annotations

import re

# C0 and C1 controls, line and paragraph separators, and the characters that turn the direction of
# all text after them: a caller's name must not reorder the screen it is shown on.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")


def clean(text: str, longest: int) -> str:
    """Text from outside, made safe to carry: bounded, on one line, in its own direction."""
    if len(text) > longest:
        text = text[: longest - 1] + "…"
    if text.isascii() and text.isprintable():
        return text.strip()
    return _UNSAFE.sub(" ", text).strip()
