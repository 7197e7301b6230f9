"""Uploading clips, and what is said about them."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

AUDIO_TYPES = "audio/*,.wav,.mp3,.ogg,.opus,.oga,.m4a,.flac,.aac,.amr"


def _audio_field() -> forms.FileField:
    """Any file: what is in it is told by its bytes, not by its name."""
    return forms.FileField(
        label=_("Recording"),
        allow_empty_file=True,  # the service says better what is wrong with it
        widget=forms.FileInput(attrs={"accept": AUDIO_TYPES}),
        help_text=_(
            "WAV, MP3, Ogg, Opus, M4A or FLAC, up to 10 MB and 5 minutes. "
            "It is turned into telephone sound."
        ),
    )


class NewClipForm(forms.Form):
    description = forms.CharField(
        label=_("Description"),
        max_length=120,
        help_text=_("What callers hear, as “Welcome, summer 2026”."),
    )
    audio = _audio_field()
    is_public = forms.BooleanField(
        label=_("For everybody"),
        required=False,
        initial=True,
        widget=forms.CheckboxInput(attrs={"class": "switch", "role": "switch"}),
        help_text=_("If not, only you see it and can use it."),
    )


class ClipForm(forms.Form):
    description = forms.CharField(label=_("Description"), max_length=120)
    is_public = forms.BooleanField(
        label=_("For everybody"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "switch", "role": "switch"}),
        help_text=_("If not, only its owner sees it and can use it."),
    )


class ReplaceClipForm(forms.Form):
    audio = _audio_field()
