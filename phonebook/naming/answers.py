"""What a directory of others is asked, and what of its answer is a name. Pure."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlsplit

from django.utils.translation import gettext

LONGEST = 120
MOST_BYTES = 256 * 1024
MARKS = ("{number}", "{digits}")


class NoName(ValueError):
    """The answer is none, in words for the log."""


def asked_url(url: str, key: str) -> str:
    """The address for one number; only its path and query may depend on the number."""
    digits = "".join(letter for letter in key if letter.isdigit())
    return url.replace("{number}", quote(key, safe="")).replace("{digits}", digits)


def is_url_with_number(url: str) -> bool:
    parts = urlsplit(url)
    return any(mark in f"{parts.path}?{parts.query}" for mark in MARKS) and not any(
        mark in parts.netloc for mark in MARKS
    )


def name_in(body: bytes, form: str, path: str) -> str:
    """The name in an answer, "" if it says that nobody has the number. Raises NoName.

    `form`: text or json; `path`: keys and places with dots between, as contacts.0.name.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise NoName(gettext("The answer is not text in UTF-8.")) from error
    return _of_json(text, path) if form == "json" else _tidy(text)


def _of_json(text: str, path: str) -> str:
    try:
        found: Any = json.loads(text) if text.strip() else None
    except (ValueError, RecursionError) as error:
        raise NoName(gettext("The answer is not JSON.")) from error
    for step in path.split(".") if path else ():
        if isinstance(found, dict):
            found = found.get(step)
        elif isinstance(found, list) and step.isdecimal():
            found = found[int(step)] if int(step) < len(found) else None
        elif found is not None:
            raise NoName(gettext("The answer has nothing at “%(path)s”.") % {"path": path})
    if found is None:
        return ""
    if not isinstance(found, str):
        raise NoName(gettext("What stands at “%(path)s” is no name.") % {"path": path})
    return _tidy(found)


def _tidy(text: str) -> str:
    """One line of printable letters; a page, a paragraph or an essay is no name."""
    stripped = text.strip()
    if len(stripped) > LONGEST or "\n" in stripped or "<" in stripped:
        raise NoName(gettext("The answer is too long to be a name, or is no plain text."))
    plain = "".join(letter for letter in stripped if letter.isprintable() or letter.isspace())
    name = " ".join(plain.split())
    if name and not any(letter.isalnum() for letter in name):
        raise NoName(gettext("The answer is no name."))
    return name
