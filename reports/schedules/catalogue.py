"""The predefined reports: what each is about and which time it covers. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from reports.schedules.due import Span


class Subject(StrEnum):
    GROUPS = "groups"
    AGENTS = "agents"
    UNANSWERED = "unanswered"  # a list of calls
    BREACHES = "breaches"  # a list of calls
    EXPIRING = "expiring"  # a list of recordings, of the time to come


@dataclass(frozen=True, slots=True)
class Kind:
    key: str
    subject: Subject
    span: Span
    title: str | Promise
    description: str | Promise

    @property
    def lists_calls(self) -> bool:
        return self.subject in (Subject.UNANSWERED, Subject.BREACHES, Subject.EXPIRING)

    @property
    def looks_ahead(self) -> bool:
        return self.subject is Subject.EXPIRING


SUBJECTS: dict[Subject, str | Promise] = {
    Subject.GROUPS: _("Groups"),
    Subject.AGENTS: _("Agents"),
    Subject.UNANSWERED: _("Unanswered calls"),
    Subject.BREACHES: _("Service-level breaches"),
    Subject.EXPIRING: _("Recordings"),
}
_ABOUT: dict[Subject, str | Promise] = {
    Subject.GROUPS: _(
        "Calls, service level and waiting times of each group, and the course of them."
    ),
    Subject.AGENTS: _("Calls and talk time of each agent."),
    Subject.UNANSWERED: _("Each call that nobody answered, with when, who and why."),
    Subject.BREACHES: _("Each call that was not answered within its group's time, longest first."),
    Subject.EXPIRING: _("Each recording that will be deleted within the time to come."),
}
_TITLES: dict[tuple[Subject, Span], str | Promise] = {
    (Subject.GROUPS, Span.DAY): _("Groups: a day"),
    (Subject.GROUPS, Span.WEEK): _("Groups: a week"),
    (Subject.GROUPS, Span.MONTH): _("Groups: a month"),
    (Subject.AGENTS, Span.DAY): _("Agents: a day"),
    (Subject.AGENTS, Span.WEEK): _("Agents: a week"),
    (Subject.AGENTS, Span.MONTH): _("Agents: a month"),
    (Subject.UNANSWERED, Span.DAY): _("Unanswered calls: a day"),
    (Subject.UNANSWERED, Span.WEEK): _("Unanswered calls: a week"),
    (Subject.UNANSWERED, Span.MONTH): _("Unanswered calls: a month"),
    (Subject.BREACHES, Span.DAY): _("Service-level breaches: a day"),
    (Subject.BREACHES, Span.WEEK): _("Service-level breaches: a week"),
    (Subject.BREACHES, Span.MONTH): _("Service-level breaches: a month"),
    (Subject.EXPIRING, Span.DAY): _("Recordings about to expire: a day"),
    (Subject.EXPIRING, Span.WEEK): _("Recordings about to expire: a week"),
}
CATALOGUE: dict[str, Kind] = {
    kind.key: kind
    for kind in (
        Kind(f"{subject}_{span}", subject, span, title, _ABOUT[subject])
        for (subject, span), title in _TITLES.items()
    )
}


def title_of(kind: str) -> str:
    """The report's own title, in the active language; of a kind that is gone, its key."""
    found = CATALOGUE.get(kind)
    return str(found.title) if found else kind


@cache
def own_titles(kind: str) -> frozenset[str]:
    """The report's own title in every language."""
    found = set()
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            found.add(title_of(kind))
    return frozenset(found)


def choices() -> list[tuple[str | Promise, list[tuple[str, str | Promise]]]]:
    """For a form: by subject."""
    return [
        (word, [(one.key, one.title) for one in CATALOGUE.values() if one.subject is subject])
        for subject, word in SUBJECTS.items()
    ]
