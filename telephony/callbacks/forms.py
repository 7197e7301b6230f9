"""The filters of the worklist as they stand in its address, and what people do to a promise."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from phonebook.numbers.e164 import LONGEST
from telephony.callbacks.selectors import CallbackFilter

DEFAULT_HOURS = 8
PERIODS = [
    ("8h", _("Last 8 hours")),
    ("today", _("Today")),
    ("yesterday", _("Yesterday")),
    ("week", _("Last 7 days")),
    ("month", _("Last 30 days")),
    ("all", _("All the time")),
    ("dates", _("From … to …")),
]
SHOWN = [
    ("", _("All")),
    ("open", _("To call back")),
    ("snoozed", _("Snoozed")),
    ("handled", _("Handled")),
]
SORT_WORDS = [
    ("newest", _("Newest first")),
    ("oldest", _("Oldest first")),
    ("due", _("Due first")),
    ("calls", _("Most calls first")),
    ("wait", _("Longest wait first")),
]
REFRESH = [
    ("5", _("every 5 s")),
    ("10", _("every 10 s")),
    ("30", _("every 30 s")),
    ("60", _("every minute")),
    ("0", _("only when something changes")),
]
SNOOZES = [
    ("15", _("15 minutes")),
    ("60", _("1 hour")),
    ("240", _("4 hours")),
    ("tomorrow", _("Tomorrow at 9:00")),
    ("at", _("Until …")),
]


class CallbackFilterForm(forms.Form):
    period = forms.ChoiceField(label=_("Period"), choices=PERIODS, required=False)
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    until = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    shown = forms.ChoiceField(label=_("Show"), choices=SHOWN, required=False)
    group = forms.TypedChoiceField(label=_("Group"), coerce=int, empty_value=None, required=False)
    mine = forms.BooleanField(label=_("Given to me"), required=False)
    number = forms.CharField(label=_("Number"), max_length=LONGEST, required=False)
    sort = forms.ChoiceField(label=_("Order"), choices=SORT_WORDS, required=False)
    refresh = forms.ChoiceField(label=_("Refresh"), choices=REFRESH, required=False)

    def __init__(self, data: Any, *, groups: list[tuple[int, str]]) -> None:
        super().__init__(data)
        self.fields["group"].choices = [("", _("All")), *groups]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        since, until = values.get("since"), values.get("until")
        if since and until and until < since:
            self.add_error("until", _("The last day is before the first one."))
        return values

    @property
    def period_shown(self) -> str:
        has_dates = self.data.get("since") or self.data.get("until")
        return str(self.data.get("period") or ("dates" if has_dates else "8h"))

    @property
    def shown_now(self) -> str:
        return str(self.data.get("shown") or "")

    @property
    def sort_now(self) -> str:
        return str(self.data.get("sort") or "newest")

    @property
    def refresh_now(self) -> str:
        known = dict(REFRESH)
        wanted = str(self.data.get("refresh") or "10")
        return wanted if wanted in known else "10"

    def as_filter(self, *, user_id: int, country: str, now: datetime) -> CallbackFilter:
        """Of a valid form. Days are those of the active time zone."""
        values = self.cleaned_data
        since, until = self._bounds(now)
        return CallbackFilter(
            at=now,
            since=since,
            until=until,
            shown=values["shown"],
            group_id=values["group"],
            assigned_to=user_id if values["mine"] else None,
            number=values["number"],
            country=country,
            sort=values["sort"] or "newest",
        )

    def _bounds(self, now: datetime) -> tuple[datetime | None, datetime | None]:
        values, period = self.cleaned_data, self.period_shown
        if period == "8h":
            return now - timedelta(hours=DEFAULT_HOURS), None
        if period == "dates":
            until = values["until"]
            beyond = until + timedelta(days=1) if until and until < date.max else None
            return _midnight(values["since"]), _midnight(beyond)
        today = timezone.localdate(now)
        days_back = {"today": 0, "yesterday": 1, "week": 6, "month": 29}
        if period not in days_back:
            return None, None
        since = _midnight(today - timedelta(days=days_back[period]))
        return since, _midnight(today) if period == "yesterday" else None


def _midnight(day: date | None) -> datetime | None:
    if day is None:
        return None
    return datetime.combine(day, time.min, timezone.get_current_timezone())


class AssignForm(forms.Form):
    to = forms.TypedChoiceField(
        label=_("Who calls back"), coerce=int, empty_value=None, required=False
    )

    def __init__(self, data: Any, *, colleagues: list[tuple[int, str]]) -> None:
        super().__init__(data)
        self.fields["to"].choices = [("", _("Anybody")), *colleagues]  # type: ignore[attr-defined]


class SnoozeForm(forms.Form):
    how_long = forms.ChoiceField(choices=[("", ""), *SNOOZES], required=False)
    until = forms.DateTimeField(required=False)

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("how_long") == "at" and not values.get("until"):
            self.add_error("until", _("Say until when."))
        return values

    def moment(self, now: datetime) -> datetime | None:
        """None: not any more."""
        choice = self.cleaned_data["how_long"]
        if not choice:
            return None
        if choice == "at":
            until: datetime = self.cleaned_data["until"]
            return until
        if choice == "tomorrow":
            day = timezone.localdate(now) + timedelta(days=1)
            return datetime.combine(day, time(9), timezone.get_current_timezone())
        return now + timedelta(minutes=int(choice))


class GiveUpForm(forms.Form):
    reason = forms.CharField(label=_("Why"), max_length=300)


class NeverForm(forms.Form):
    number = forms.CharField(label=_("Number"), max_length=LONGEST)
    reason = forms.CharField(label=_("Why"), max_length=300, required=False)


class DueForm(forms.Form):
    """Minutes of the company, and of each group; a group without follows the company."""

    company = forms.IntegerField(label=_("Everywhere"), min_value=1, max_value=10080)

    def __init__(self, data: Any, *, groups: list[tuple[int, str]], kept: dict[int | None, int]):
        initial = {"company": kept.get(None, 60)}
        initial |= {f"group_{pk}": kept[pk] for pk, _name in groups if pk in kept}
        super().__init__(data, initial=initial)
        self._groups = [pk for pk, _name in groups]
        for pk, name in groups:
            self.fields[f"group_{pk}"] = forms.IntegerField(
                label=name, min_value=1, max_value=10080, required=False
            )

    def minutes(self) -> dict[int | None, int | None]:
        values = self.cleaned_data
        return {None: values["company"], **{pk: values[f"group_{pk}"] for pk in self._groups}}
