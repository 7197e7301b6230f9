"""Whom a case is about, why something is held, and what an erasure does."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from telephony.privacy.models import ContactsChoice, NotesChoice


class CaseForm(forms.Form):
    numbers = forms.CharField(
        label=_("The person's numbers"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
        help_text=_("As they are written, one or several."),
    )
    reference = forms.CharField(
        label=_("Your reference"),
        max_length=60,
        required=False,
        help_text=_("A file number, no name: it stays when all else is erased."),
    )


class HoldForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200)


class ErasureForm(forms.Form):
    on_notes = forms.ChoiceField(
        label=_("Notes about the person"), choices=NotesChoice.choices, widget=forms.RadioSelect
    )
    on_contacts = forms.ChoiceField(
        label=_("Contacts with these numbers"),
        choices=ContactsChoice.choices,
        widget=forms.RadioSelect,
    )
    is_sure = forms.BooleanField(label=_("I know that this cannot be taken back"))
