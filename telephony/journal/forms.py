"""What the window tells of itself."""

from __future__ import annotations

from django import forms


class PlaceForm(forms.Form):
    x = forms.IntegerField(min_value=0, max_value=1000)
    y = forms.IntegerField(min_value=0, max_value=1000)
    width = forms.IntegerField(min_value=100, max_value=10_000)
    height = forms.IntegerField(min_value=100, max_value=10_000)
