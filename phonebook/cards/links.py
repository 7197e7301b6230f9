"""Addresses of business software with the call in them: $CALLER_NAME, $CALLER_NUMBER, $CALLED. Pure.

The browser fills them in (static/js/popup/links.js does the same), so this is for checking and for
what the server opens itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, urlsplit

KEYWORDS = ("$CALLER_NAME", "$CALLER_NUMBER", "$CALLED")
_KEYWORD = re.compile(r"\$CALLER_NAME|\$CALLER_NUMBER|\$CALLED")


def is_link(text: str) -> bool:
    """http(s), whole, and the call only behind the host: who calls must not choose where it leads."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    del port
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        return False
    if any(letter.isspace() or letter in "\"'<>\\`" for letter in text):
        return False
    return "$" not in parts.netloc


def filled(link: str, values: Mapping[str, str]) -> str:
    """Every value encoded as one component, in one pass: a name with a keyword in it stays a name."""
    return _KEYWORD.sub(lambda found: quote(values.get(found[0], ""), safe="!~*'()"), link)
