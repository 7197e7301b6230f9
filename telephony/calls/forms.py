"""The filters of the call list, as they stand in its address."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from phonebook.numbers.e164 import LONGEST
from telephony.calls.models import CallOutcome, Direction
from telephony.calls.selectors import CallFilter

PERIODS = [
    ("today", _("Today")),
    ("yesterday", _("Yesterday")),
    ("week", _("Last 7 days")),
    ("month", _("Last 30 days")),
    ("all", _("All the time")),
    ("dates", _("From … to …")),
]
DEFAULT_PERIOD = "week"
UNANSWERED = "unanswered"
_ANY = [("", _("All"))]


class CallFilterForm(forms.Form):
    """`choices`: (id, name) of the groups and agents that the person may ask for."""

    period = forms.ChoiceField(label=_("Period"), choices=PERIODS, required=False)
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    group = forms.TypedChoiceField(label=_("Group"), coerce=int, empty_value=None, required=False)
    agent = forms.TypedChoiceField(label=_("Agent"), coerce=int, empty_value=None, required=False)
    direction = forms.ChoiceField(
        label=_("Direction"), choices=[*_ANY, *Direction.choices], required=False
    )
    outcome = forms.ChoiceField(
        label=_("Outcome"),
        choices=[*_ANY, (UNANSWERED, _("All not answered")), *CallOutcome.choices],
        required=False,
    )
    number = forms.CharField(label=_("Number"), max_length=LONGEST, required=False)

    def __init__(
        self, data: Any, *, groups: list[tuple[int, str]], agents: list[tuple[int, str]]
    ) -> None:
        super().__init__(data)
        self.fields["group"].choices = [*_ANY, *groups]  # type: ignore[attr-defined]
        self.fields["agent"].choices = [*_ANY, *agents]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first one."))
        return values

    @property
    def period_shown(self) -> str:
        """Dates hold only for the period "dates", which need not be named beside them."""
        has_dates = self.data.get("since") or self.data.get("until")
        return str(self.data.get("period") or ("dates" if has_dates else DEFAULT_PERIOD))

    def as_filter(self, *, country: str, today: date) -> CallFilter:
        """Of a valid form. Days are those of the active time zone."""
        values = self.cleaned_data
        since, until = self._bounds(today)
        outcomes = {
            "": (),
            UNANSWERED: tuple(
                one for one in CallOutcome.values if one not in ("answered", "running")
            ),
        }.get(values["outcome"], (values["outcome"],))
        return CallFilter(
            since=since,
            until=until,
            group_id=values["group"],
            agent_id=values["agent"],
            direction=values["direction"],
            outcomes=outcomes,
            number=values["number"],
            country=country,
        )

    def _bounds(self, today: date) -> tuple[datetime | None, datetime | None]:
        values, period = self.cleaned_data, self.period_shown
        if period == "dates":
            return _midnight(values["since"]), _midnight(_day_after(values["until"]))
        days_back = {"today": 0, "yesterday": 1, "week": 6, "month": 29}
        if period not in days_back:
            return None, None
        since = _midnight(today - timedelta(days=days_back[period]))
        return since, _midnight(today) if period == "yesterday" else None


def _day_after(day: date | None) -> date | None:
    return day + timedelta(days=1) if day is not None and day < date.max else None


def _midnight(day: date | None) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(day, time.min, timezone.get_current_timezone())
