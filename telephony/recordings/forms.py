"""Filters of the list, and what is said when a recording is kept, deleted or noted."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from telephony.calls.forms import CallFilterForm
from telephony.recordings.selectors import RecordingFilter
from telephony.recordings.services.care import LONGEST_KEEPING_DAYS

LENGTHS = [
    ("", _("Any")),
    ("0-29", _("under 30 s")),
    ("30-179", _("30 s to 3 min")),
    ("180-599", _("3 to 10 min")),
    ("600-", _("10 min and more")),
]
KEPT = [("", _("All")), ("yes", _("Kept")), ("no", _("Not kept"))]


class RecordingFilterForm(CallFilterForm):
    outcome = None  # type: ignore[assignment]  # a recording was answered
    length = forms.ChoiceField(label=_("Length"), choices=LENGTHS, required=False)
    kept = forms.ChoiceField(label=_("Kept"), choices=KEPT, required=False)

    def as_recordings(self, *, country: str, today: date) -> RecordingFilter:
        """Of a valid form. Days are those of the active time zone."""
        values = self.cleaned_data
        since, until = self._bounds(today)
        least, _dash, most = values["length"].partition("-")
        return RecordingFilter(
            since=since,
            until=until,
            group_id=values["group"],
            agent_id=values["agent"],
            direction=values["direction"],
            number=values["number"],
            country=country,
            at_least=int(least) if least and int(least) else None,
            at_most=int(most) if most else None,
            kept={"yes": True, "no": False}.get(values["kept"]),
        )


class KeepForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)
    days = forms.IntegerField(
        label=_("For how many days from now"),
        min_value=1,
        max_value=LONGEST_KEEPING_DAYS,
        initial=90,
    )


class DeleteForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class NoteForm(forms.Form):
    at_seconds = forms.FloatField(min_value=0, max_value=10**6, widget=forms.HiddenInput)
    text = forms.CharField(label=_("Note"), max_length=500)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["text"].widget.attrs["autocomplete"] = "off"
