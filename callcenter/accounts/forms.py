"""What a person chooses for himself."""

from __future__ import annotations

from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.models import User

ZONES = sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC")


class PreferencesForm(forms.ModelForm):  # type: ignore[type-arg]
    language = forms.ChoiceField(
        label=_("Language"), required=False, choices=[("", _("The company's")), *settings.LANGUAGES]
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), required=False,
        choices=[("", _("The company's")), *((zone, zone.replace("_", " ")) for zone in ZONES)],
    )  # fmt: skip

    class Meta:
        model = User
        fields = ["name", "language", "time_zone"]
        labels = {"name": _("Name")}
