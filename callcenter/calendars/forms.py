"""The forms of a calendar's page."""

from __future__ import annotations

from typing import Any

from babel import Locale
from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from callcenter.calendars import holiday_table
from callcenter.calendars.clock_times import from_clock
from callcenter.calendars.models import Forced

WEEKDAY_CHOICES = [(number, WEEKDAYS_ABBR[number - 1]) for number in range(1, 8)]


class ClockField(forms.CharField):
    """A time of day as people type it ("8", "8:30", "24:00"); cleaned: minutes, or None if empty."""

    def __init__(self, **kwargs: Any) -> None:
        attrs = {
            "placeholder": kwargs.pop("placeholder", "08:30"),
            "autocomplete": "off",
            "inputmode": "text",
            "list": "clock-times",
        }
        super().__init__(max_length=8, widget=forms.TextInput(attrs=attrs), **kwargs)

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        if not typed:
            return None
        minute = from_clock(typed)
        if minute is None:
            raise ValidationError(_("Type a time as 08:30; the end of the day is 24:00."))
        return minute


class _OnePageForm(forms.Form):
    """Several forms stand on one page: each has ids of its own, so that labels meet their fields."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("auto_id", f"{type(self).__name__.lower()}_%s")
        super().__init__(*args, **kwargs)


class NameForm(_OnePageForm):
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("As “Office hours” or “Hotline”.")
    )


class HoursForm(_OnePageForm):
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On"),
        choices=WEEKDAY_CHOICES,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one day.")},
    )
    opens = ClockField(label=_("From"))
    closes = ClockField(label=_("To"), placeholder="17:00")


class CopyForm(forms.Form):
    weekday = forms.TypedChoiceField(choices=WEEKDAY_CHOICES, coerce=int)
    to = forms.TypedMultipleChoiceField(choices=WEEKDAY_CHOICES, coerce=int)


class ExceptionForm(_OnePageForm):
    name = forms.CharField(
        label=_("What for"), max_length=120, help_text=_("As “Christmas party” or “Summer”.")
    )
    first_day = forms.DateField(
        label=_("First day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    last_day = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Empty: one day."),
    )
    opens = ClockField(label=_("Open from"), required=False, placeholder="–")
    closes = ClockField(
        label=_("Open to"),
        required=False,
        placeholder="–",
        help_text=_("Both empty: closed all day."),
    )

    def clean(self) -> dict[str, Any]:
        wanted = super().clean() or {}
        if wanted.get("last_day") is None and wanted.get("first_day") is not None:
            wanted["last_day"] = wanted["first_day"]
        return wanted


# the word that a form sends for each, as an empty one would count as nothing chosen
FORCED = {"calendar": Forced.NOT, "open": Forced.OPEN, "closed": Forced.CLOSED}
FORCED_CHOICES = [(word, forced.label) for word, forced in FORCED.items()]


class ForceForm(_OnePageForm):
    forced = forms.TypedChoiceField(
        label=_("Now"), choices=FORCED_CHOICES, coerce=FORCED.get, widget=forms.RadioSelect
    )
    forced_until = forms.DateTimeField(
        label=_("Until"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Empty: until somebody undoes it."),
    )


class HolidaysForm(forms.Form):
    holiday_country = forms.ChoiceField(label=_("Country"), required=False)
    holiday_region = forms.ChoiceField(
        label=_("Region"), required=False, help_text=_("Some holidays are kept in parts only.")
    )

    def __init__(self, data: Any = None, *, home: str, country: str, **kwargs: Any) -> None:
        """`home`: the tenant's country, which stands first. `country`: whose regions to offer."""
        super().__init__(data, **kwargs)
        self.fields["holiday_country"].choices = country_choices(home)  # type: ignore[attr-defined]
        regions = holiday_table.regions(country)
        whole = [("", _("The whole country"))]
        self.fields["holiday_region"].choices = [*whole, *regions]  # type: ignore[attr-defined]
        self.has_regions = bool(regions)


def country_choices(home: str) -> list[tuple[str, Any]]:
    """(code, name in the reader's language): none, the own country, then all by name."""
    names = Locale.parse(get_language() or "en", sep="-").territories
    known = [(code, names.get(code, code)) for code, _regions in holiday_table.countries()]
    known.sort(key=lambda row: row[1])
    own = [row for row in known if row[0] == home]
    return [("", _("No holidays")), *own, *(row for row in known if row[0] != home)]
