"""What is said about a clip before it is spoken."""

from __future__ import annotations

from django import forms

from callcenter.groups.forms.clips import NewClipForm


class TakeForm(NewClipForm):
    """As for an upload, without the file."""

    audio = None  # type: ignore[assignment]


class AgainForm(forms.Form):
    """Other sound for a clip that is there: nothing is to be said about it."""
