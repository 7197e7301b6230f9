"""Forms about tenants."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.forms import ZONES


class TenantForm(forms.Form):
    name = forms.CharField(label=_("Company"), max_length=120)
    slug = forms.CharField(
        label=_("Short name"), max_length=31,
        help_text=_("In addresses and phone names; it never changes."),
        validators=[
            RegexValidator(
                r"^[a-z][a-z0-9]{1,30}$",
                _("Use 2 to 31 small letters and digits, a letter first: it names phones too."),
            )
        ],
    )  # fmt: skip
    country = forms.RegexField(
        r"^[A-Z]{2}$", label=_("Country"), initial="EE", help_text=_("Two letters, as EE")
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=[(zone, zone.replace("_", " ")) for zone in ZONES],
        initial="Europe/Tallinn",
    )  # fmt: skip
    pbx = forms.ChoiceField(label=_("Phone system"))
    admin_name = forms.CharField(label=_("First admin: name"), max_length=120)
    admin_email = forms.EmailField(label=_("First admin: e-mail"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = [(name, name) for name in settings.PBXES]
        self.fields["pbx"].choices = names  # type: ignore[attr-defined]


class TenantChangeForm(forms.Form):
    name = forms.CharField(label=_("Company"), max_length=120)
    country = forms.RegexField(r"^[A-Z]{2}$", label=_("Country"))
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=[(zone, zone.replace("_", " ")) for zone in ZONES]
    )
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    recording_days = forms.IntegerField(
        label=_("Recordings are kept, days"), min_value=1, max_value=60,
        help_text=_("30 as a rule, 60 at most. Recordings that are older go within minutes."),
    )  # fmt: skip
    keeps_uncompressed = forms.BooleanField(
        label=_("Keep recordings uncompressed, too"), required=False,
        widget=forms.CheckboxInput(attrs={"class": "switch", "role": "switch"}),
        help_text=_("About 32 kB for each second, beside 4 kB."),
    )  # fmt: skip
    is_active = forms.BooleanField(
        label=_("In use"), required=False,
        widget=forms.CheckboxInput(attrs={"class": "switch", "role": "switch"}),
        help_text=_("If not, nobody can enter, and its phones and numbers do not work."),
    )  # fmt: skip
