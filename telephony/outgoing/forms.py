"""Allowing a destination."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class PrefixForm(forms.Form):
    begins = forms.CharField(
        label=_("Begins with"),
        max_length=24,
        widget=forms.TextInput(
            attrs={"inputmode": "tel", "autocomplete": "off", "placeholder": "+372"}
        ),
        help_text=_("+372 is all of Estonia, +3725 its mobile phones only."),
    )
    note = forms.CharField(label=_("Note"), max_length=80, required=False)
