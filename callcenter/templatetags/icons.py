"""`{% icon "phone" %}`: one Lucide icon, drawn into the page so that it takes the text's colour.

`{% icon_sprite "phone" "pause" %}` hides the same drawings in the page once, for scripts that put
`<use href="#icon-phone">` wherever the live state says so.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from xml.etree import ElementTree
from zipfile import ZipFile

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
_STROKE = mark_safe(
    'viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
    'stroke-linecap="round" stroke-linejoin="round"'
)


_SILENT = mark_safe('aria-hidden="true"')


@lru_cache(maxsize=1)
def _drawings() -> ZipFile:
    """In memory: to open it again for each icon makes the first pages after a start slow."""
    return ZipFile(BytesIO(files("lucide").joinpath("lucide.zip").read_bytes()))


@lru_cache(maxsize=512)
def drawing(name: str) -> SafeString:
    """The shapes inside one icon's `<svg>`; KeyError for a name that Lucide does not have."""
    root = ElementTree.fromstring(_drawings().read(f"{name}.svg"))  # noqa: S314 (our own package)
    for node in root.iter():
        node.tag = node.tag.rpartition("}")[2]
        node.tail = None
    return mark_safe("".join(ElementTree.tostring(shape, encoding="unicode") for shape in root))  # noqa: S308


@register.simple_tag
def icon(name: str, label: str = "", css: str = "") -> SafeString:
    """An icon beside words is silent for screen readers; one that stands alone needs a label."""
    spoken = format_html('role="img" aria-label="{}"', label) if label else _SILENT
    return format_html('<svg class="icon {}" {} {}>{}</svg>', css, spoken, _STROKE, drawing(name))


@register.simple_tag
def icon_sprite(*names: str) -> SafeString:
    symbols = format_html_join(
        "",
        '<symbol id="icon-{}" {}>{}</symbol>',
        ((name, _STROKE, drawing(name)) for name in sorted(set(names))),
    )
    return format_html('<svg hidden aria-hidden="true">{}</svg>', symbols)
