"""Fills `@NAME@` places in Asterisk's configuration files. Pure, and strict both ways: a place
without a value and a value without a place are errors, and a value cannot break out of its line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

TEMPLATES = Path(__file__).with_name("asterisk")
_PLACE = re.compile(r"@([A-Z][A-Z0-9_]*)@")


class BadTemplate(ValueError):
    """The templates and the values do not fit together, or a value cannot stand in a file."""


def render(text: str, values: Mapping[str, str]) -> str:
    """`text` with every `@NAME@` replaced. Raises BadTemplate."""

    def value_of(place: re.Match[str]) -> str:
        name = place.group(1)
        if name not in values:
            raise BadTemplate(f"@{name}@ has no value")
        return _in_one_line(name, values[name])

    return _PLACE.sub(value_of, text)


def render_all(values: Mapping[str, str]) -> dict[str, str]:
    """Every template by its file name. Raises BadTemplate, also for a value that none uses."""
    texts = {path.name: path.read_text("utf-8") for path in sorted(TEMPLATES.glob("*.*"))}
    used = {name for text in texts.values() for name in _PLACE.findall(text)}
    if unused := values.keys() - used:
        raise BadTemplate(f"nothing uses {', '.join(sorted(unused))}")
    return {name: render(text, values) for name, text in texts.items()}


def _in_one_line(name: str, value: str) -> str:
    if not value.isprintable():
        raise BadTemplate(f"the value of {name} has characters that a file's line cannot take")
    # a comment begins at an unescaped semicolon
    return value.replace(";", r"\;")
