"""The settings of the doors."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

SWITCH = {"class": "switch", "role": "switch"}


class CallInitForm(forms.Form):
    is_open = forms.BooleanField(
        label=_("Open"), required=False, widget=forms.CheckboxInput(attrs=SWITCH)
    )
    networks = forms.CharField(
        label=_("Networks that may come in"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "192.0.2.0/24"}),
        help_text=_("One on each line. The token is needed as well."),
    )
    new_token = forms.BooleanField(label=_("Make a new token"), required=False)


class TargadForm(forms.Form):
    is_open = forms.BooleanField(
        label=_("Open"), required=False, widget=forms.CheckboxInput(attrs=SWITCH)
    )
    main_user = forms.CharField(label=_("Main user name"), max_length=80, required=False)
    password = forms.CharField(
        label=_("Main user password"),
        max_length=200,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Only a hash of it is kept. Empty: the one there is stays."),
    )
