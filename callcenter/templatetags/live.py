"""Small pieces of the live screens: the server writes them once, the page's scripts keep them true.

Every clock carries the instant it counts from, so that the browser ticks it from server time.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from callcenter.dashboard import presenters
from callcenter.templatetags.icons import icon, icon_sprite
from phonebook.contacts.wording import said
from telephony.calls.wording import Look

register = template.Library()
FRAME_ICONS = ("x", "check", "circle-check", "send", "circle-alert", "triangle-alert")


@register.simple_tag(takes_context=True)
def clock(context: dict[str, Any], since: object, slot: str = "", css: str = "") -> SafeString:
    """Time gone by since an instant (epoch seconds); needs `now` in the context."""
    begun = _instant(since)
    shown = presenters.clock(None if begun is None else context["now"] - begun)
    return _clock("since", begun, shown, slot, css)


@register.simple_tag(takes_context=True)
def countdown(context: dict[str, Any], until: object, slot: str = "", css: str = "") -> SafeString:
    """Time left until an instant (epoch seconds); stops at 0:00."""
    ends = _instant(until)
    shown = presenters.clock(None if ends is None else ends - context["now"])
    return _clock("until", ends, shown, slot, css)


def _instant(value: object) -> float | None:
    """A template's missing variable is "": no instant."""
    return float(value) if isinstance(value, int | float) else None


def _clock(kind: str, instant: float | None, shown: str, slot: str, css: str) -> SafeString:
    return format_html(
        '<span class="clock {}" role="timer" aria-live="off" data-{}="{}" data-slot="{}">{}</span>',
        css,
        kind,
        "" if instant is None else f"{instant:.3f}",
        slot,
        shown,
    )


@register.simple_tag
def look(look: Look, slot: str = "look", css: str = "") -> SafeString:
    """A state's badge: icon, word and colour together."""
    return format_html(
        '<span class="badge tone-{} {}" data-slot="{}">{}<span>{}</span></span>',
        look.tone,
        css,
        slot,
        icon(look.icon),
        look.word,
    )


@register.simple_tag
def unknown_look() -> Look:
    return presenters.AGENT_LOOKS["unknown"]


@register.simple_tag(takes_context=True)
def frame_facts(context: dict[str, Any]) -> dict[str, Any]:
    """What the frame's script needs on pages that are not live themselves: my own state."""
    person = context.get("person")
    me = person.agent_id if person is not None else None
    return {"words": presenters.words() if me else {}, "facts": {"me": me, "groups": []}}


@register.simple_tag
def frame_sprite() -> SafeString:
    """The icons that the frame's scripts may show."""
    return icon_sprite(*FRAME_ICONS)


@register.simple_tag
def live_sprite(beside_frame: bool = True) -> SafeString:
    """Every icon that the live scripts may show, besides those that the frame brings already."""
    names = set(presenters.icons())
    return icon_sprite(*(names - set(FRAME_ICONS) if beside_frame else names))


@register.filter
def instant(value: object) -> str:
    """Epoch seconds for scripts, whatever the page's language writes numbers like."""
    seconds = _instant(value)
    return "" if seconds is None else f"{seconds:.3f}"


@register.filter
def local_time(value: object) -> str:
    """Epoch seconds as hh:mm:ss where the reader is."""
    seconds = _instant(value)
    if seconds is None:
        return presenters.NO_FIGURE
    at = datetime.fromtimestamp(seconds, tz=timezone.get_current_timezone())
    return f"{at:%H:%M:%S}"


@register.filter
def duration(seconds: object) -> str:
    return presenters.clock(_instant(seconds))


@register.filter
def phone(number: str, country: str = "") -> str:
    """`{{ number|phone:tenant.country }}`: as people there read it."""
    return said(str(number), str(country))


@register.filter
def only_in(state: str, states: str) -> str:
    """`{{ state|only_in:"paused" }}`: the `hidden` attribute outside these states, and what the
    scripts need to keep it so."""
    hidden = "" if state in states.split() else " hidden"
    return format_html('data-when="{}"{}', states, hidden)
