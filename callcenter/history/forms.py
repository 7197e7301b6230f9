"""The audit log's filters."""

from __future__ import annotations

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from callcenter.audit.selectors import Wanted
from callcenter.audit.words import KINDS

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class AuditFilter(forms.Form):
    """A filter that makes no sense is left out, and the rest still filters."""

    by = forms.TypedChoiceField(label=_("Who"), coerce=int, required=False, empty_value=None)
    kind = forms.ChoiceField(label=_("What"), required=False)
    since = forms.DateField(label=_("From"), required=False, widget=DAY)
    until = forms.DateField(label=_("To"), required=False, widget=DAY)

    def __init__(self, data: Any, *, people: list[tuple[int, str]]) -> None:
        super().__init__(data)
        who: list[tuple[Any, Any]] = [("", _("Everybody")), *people, (0, _("Helin and API keys"))]
        self.fields["by"].choices = who  # type: ignore[attr-defined]
        self.fields["kind"].choices = [("", _("Everything")), *KINDS.items()]  # type: ignore[attr-defined]

    def wanted(self, zone: ZoneInfo) -> Wanted:
        """The period includes the day of `until`."""
        self.is_valid()
        given = self.cleaned_data
        until = given.get("until")
        return Wanted(
            by=given.get("by"),
            kind=given.get("kind") or "",
            since=_midnight(given.get("since"), zone),
            until=_midnight(_day_after(until), zone),
        )


def _day_after(day: datetime.date | None) -> datetime.date | None:
    if day is None or day == datetime.date.max:
        return None
    return day + datetime.timedelta(days=1)


def _midnight(day: datetime.date | None, zone: ZoneInfo) -> datetime.datetime | None:
    return datetime.datetime.combine(day, datetime.time(), zone) if day else None
