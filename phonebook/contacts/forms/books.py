"""A phonebook's own settings."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class BookForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    members_add = forms.BooleanField(
        label=_("Everybody who reads it may add contacts"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "switch", "role": "switch"}),
        help_text=_("Each may change what he added himself. Otherwise only who manages it may."),
    )


class PasteForm(forms.Form):
    text = forms.CharField(
        label=_("Paste numbers in any form"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
