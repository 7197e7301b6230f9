"""The sections of Management that exist and that the person may enter; and who changed a thing last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.db import models
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.permissions import Person, Right
from callcenter.audit.models import AuditEntry
from callcenter.audit.selectors import last_change
from callcenter.audit.words import action_words
from callcenter.calendars.clock_times import as_clock
from callcenter.calendars.models import OpeningHours

register = template.Library()


@dataclass(frozen=True, slots=True)
class Section:
    word: str | Promise
    icon: str
    url: str
    is_here: bool


# word, icon, URL name, right
SECTIONS: tuple[tuple[Promise, str, str, Right], ...] = (
    (_("Groups"), "users", "manage_groups", Right.GROUPS_MANAGE),
    (_("Calendars"), "calendar-clock", "manage_calendars", Right.GROUPS_MANAGE),
    (_("Clips"), "audio-lines", "manage_clips", Right.GROUPS_MANAGE),
    (_("Agents"), "headset", "manage_agents", Right.PEOPLE_MANAGE),
    (_("Phones"), "phone", "manage_devices", Right.PEOPLE_MANAGE),
    (_("Pause reasons"), "coffee", "manage_pause_reasons", Right.SETTINGS),
    (_("Outgoing calls"), "phone-outgoing", "manage_outgoing", Right.SETTINGS),
    (_("Webhooks"), "webhook", "manage_webhooks", Right.EVENTS_OUT),
    (_("Other systems' doors"), "plug", "manage_doors", Right.API_KEYS),
    (_("Projects and work"), "folder-kanban", "manage_work", Right.SETTINGS),
    (_("Privacy"), "fingerprint-pattern", "manage_privacy", Right.PRIVACY),
    (_("Audit log"), "history", "manage_audit", Right.AUDIT_SEE),
)


def sections_for(person: Person, slug: str, path: str = "") -> list[Section]:
    found = []
    for word, icon, name, right in SECTIONS:
        if not person.may(right):
            continue
        try:
            url = reverse(name, args=[slug])
        except NoReverseMatch:
            continue
        found.append(Section(word, icon, url, path.startswith(url)))
    return found


@register.simple_tag(takes_context=True)
def manage_sections(context: dict[str, Any]) -> list[Section]:
    request: HttpRequest = context["request"]
    person = getattr(request, "person", None)
    tenant = getattr(request, "tenant", None)
    if person is None or tenant is None:
        return []
    return sections_for(person, tenant.slug, request.path)


@register.simple_tag
def last_change_of(row: models.Model) -> AuditEntry | None:
    return last_change(row._meta.model_name or "", row.pk)


@register.simple_tag
def dialog_id(prefix: str, pk: int) -> str:
    return f"{prefix}-{pk}"


@register.simple_tag
def length_of(hours: OpeningHours) -> str:
    return str(hours.closes_minute - hours.opens_minute)


@register.filter
def in_words(action: str) -> str:
    return action_words(action)


@register.filter
def as_time(minute: int | None) -> str:
    """510 -> "08:30", 1440 -> "24:00"."""
    return "" if minute is None else as_clock(minute)


@register.filter
def as_length(seconds: float) -> str:
    """Seconds of sound: 7.4 -> "0:07"."""
    whole = max(1, round(seconds)) if seconds > 0 else 0
    return f"{whole // 60}:{whole % 60:02d}"
