"""Rules of naming, directories of others, and a name corrected in place."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from phonebook.contacts.forms.contacts import BookChoice
from phonebook.contacts.models import Phonebook
from phonebook.naming.models import AnswerForm, ExternalDirectory

_SWITCH = {"class": "switch", "role": "switch"}


class DeadlineForm(forms.Form):
    deadline_ms = forms.IntegerField(
        label=_("Wait for directories of others at most (milliseconds)"),
        min_value=0,
        max_value=5000,
        help_text=_(
            "What the company knows itself is shown at once. An answer within this time replaces "
            "it if its source stands higher; a later one fills in only where there is no name."
        ),
    )


class DirectoryForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    url = forms.CharField(
        label=_("Address"), max_length=500,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
        help_text=_("https://directory.example/look-up?number={number}, or {digits} without the +"),
    )  # fmt: skip
    answer = forms.ChoiceField(label=_("Answer"), choices=AnswerForm.choices)
    path = forms.CharField(
        label=_("JSON: where the name stands"), max_length=200, required=False,
        help_text="contacts.0.name",
    )  # fmt: skip
    header = forms.CharField(
        label=_("Header of the key"), max_length=60, required=False, help_text="Authorization"
    )
    secret = forms.CharField(
        label=_("Key"), max_length=500, required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Kept sealed and never shown. Empty keeps the one that is there."),
    )  # fmt: skip
    timeout_ms = forms.IntegerField(
        label=_("Give up after (milliseconds)"), min_value=100, max_value=10_000, initial=3000
    )
    keep_minutes = forms.IntegerField(
        label=_("Keep a name for (minutes)"), min_value=0, max_value=43_200, initial=1440
    )
    per_minute = forms.IntegerField(
        label=_("Questions a minute at most"), min_value=1, max_value=6000, initial=120
    )
    is_active = forms.BooleanField(
        label=_("In use"), required=False, initial=True, widget=forms.CheckboxInput(attrs=_SWITCH)
    )

    def __init__(
        self, data: Any = None, *, directory: ExternalDirectory | None = None, **kwargs: Any
    ) -> None:
        names = [name for name in self.base_fields if name != "secret"]
        initial = {name: getattr(directory, name) for name in names} if directory else {}
        super().__init__(data, initial=initial, **kwargs)


class NameForm(forms.Form):
    """A number gets a name: a new contact, or another name for the one that has it."""

    name = forms.CharField(label=_("Name"), max_length=120)
    book = BookChoice(label=_("Phonebook"), queryset=None, empty_label=None, required=False)

    def __init__(self, data: Any = None, *, books: list[int], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        rows = Phonebook.objects.filter(pk__in=books).select_related("group")
        self.fields["book"].queryset = rows  # type: ignore[attr-defined]
