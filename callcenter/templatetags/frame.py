"""What every page's frame shows: the way to the rooms that exist and that the person may enter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.models import User
from callcenter.accounts.permissions import Right
from callcenter.accounts.selectors import tenants_of

register = template.Library()
THEMES = ("light", "dark")
THEME_COOKIE = "theme"


@dataclass(frozen=True, slots=True)
class Place:
    word: str | Promise
    icon: str
    url: str
    is_here: bool
    key: str


MANAGEMENT = (Right.GROUPS_MANAGE, Right.SETTINGS, Right.PEOPLE_MANAGE, Right.AUDIT_SEE)
# word, icon, folder, one of these rights, key after "g"
_PLACES: tuple[tuple[Promise, str, str, tuple[Right, ...], str], ...] = (
    (_("Desk"), "headphones", "desk", (Right.DESK,), "d"),
    (_("Live"), "activity", "live", (Right.LIVE_SEE,), "l"),
    (_("Calls"), "phone-call", "calls", (Right.CALLS_OWN, Right.CALLS_GROUP, Right.CALLS_ALL), "c"),
    (_("Callbacks"), "phone-missed", "callbacks", (Right.CALLBACKS,), "b"),
    (_("Phonebook"), "book-user", "phonebook", (Right.CALLS_OWN,), "o"),
    (_("Statistics"), "chart-column", "statistics", (Right.STATISTICS,), "s"),
    (_("Reports"), "mail", "reports", (Right.REPORTS,), "r"),
    (_("Recordings"), "mic", "recordings", (Right.RECORDINGS_OWN, Right.RECORDINGS_LISTEN), "e"),
    (_("Management"), "settings-2", "manage", MANAGEMENT, "m"),
    (_("People"), "users", "people", (Right.PEOPLE_MANAGE,), "p"),
)
# folders that are reached from a room and belong to it
_ANNEXES = {"phonebook": ("naming", "card/setup")}


@register.simple_tag(takes_context=True)
def places(context: dict[str, Any]) -> list[Place]:
    """The rooms of the left rail for the person of this request; empty outside a tenant."""
    request: HttpRequest | None = context.get("request")
    person = getattr(request, "person", None)
    tenant = getattr(request, "tenant", None)
    if request is None or person is None or tenant is None:
        return []
    found = []
    for word, icon, name, rights, key in _PLACES:
        if not any(person.may(right) for right in rights):
            continue
        if name == "desk" and person.agent_id is None:
            continue  # a desk is an agent's: without a phone there is nothing on it
        url = f"/t/{tenant.slug}/{name}/"
        if not exists(url):
            continue
        folders = (url, *(f"/t/{tenant.slug}/{annex}/" for annex in _ANNEXES.get(name, ())))
        found.append(Place(word, icon, url, request.path.startswith(folders), key))
    return found


@register.simple_tag(takes_context=True)
def other_tenants(context: dict[str, Any]) -> list[dict[str, str]]:
    """The other companies that the person may enter, by name."""
    request: HttpRequest | None = context.get("request")
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return []
    here = getattr(request, "tenant", None)
    return [
        {"name": tenant.name, "url": f"/t/{tenant.slug}/"}
        for tenant in tenants_of(user)
        if tenant != here
    ]


def exists(url: str) -> bool:
    try:
        resolve(url)
    except Resolver404:
        return False
    return True


@register.simple_tag(takes_context=True)
def theme(context: dict[str, Any]) -> str:
    """ "light", "dark" or "" (as the system says): this browser's choice, else the person's."""
    request: HttpRequest | None = context.get("request")
    if request is None:
        return ""
    kept = getattr(getattr(request, "user", None), "theme", "")
    chosen = request.COOKIES.get(THEME_COOKIE, kept)
    return chosen if chosen in THEMES else ""


@register.filter
def initials(name: str) -> str:
    """The letters of an avatar: "Mari Tamm" -> "MT"."""
    words = [word for word in str(name).split() if word[0].isalnum()]
    return "".join(
        word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)
    ).upper()


_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrom", "Chrome"))
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


@register.filter
def browser(user_agent: str) -> str:
    """ "Firefox, Linux" of what a browser says about itself; what is not known stays as it is."""
    text = str(user_agent)
    name = next((word for mark, word in _BROWSERS if mark in text), "")
    if not name and "Safari" in text:
        name = "Safari"
    system = next((word for mark, word in _SYSTEMS if mark in text), "")
    return ", ".join(part for part in (name, system) if part) or text[:60] or str(_("unknown"))
