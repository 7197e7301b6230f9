"""Where a book's contacts come from by themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from phonebook.contacts.forms.contacts import BookChoice
from phonebook.contacts.models import ContactSource, Phonebook, SourceKind

EVERY = [
    (0, _("only by hand")),
    (15, _("every quarter of an hour")),
    (60, _("every hour")),
    (360, _("every six hours")),
    (1440, _("every day")),
]


class _NamesField(forms.JSONField):
    def prepare_value(self, value: Any) -> Any:
        return "" if value is None else super().prepare_value(value)


class SourceForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    kind = forms.ChoiceField(label=_("Kind"), choices=SourceKind.choices)
    book = BookChoice(label=_("Into the phonebook"), queryset=None, empty_label=None)
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
        help_text=_("https://… of the address book or the list, or ldaps://host"),
    )
    username = forms.CharField(
        label=_("User name"), max_length=254, required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    secret = forms.CharField(
        label=_("Password or token"), max_length=500, required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Kept sealed and never shown. Empty keeps the one that is there."),
    )  # fmt: skip
    base = forms.CharField(
        label=_("LDAP: search below"), max_length=200, required=False,
        help_text="ou=people,dc=example,dc=com",
    )  # fmt: skip
    filter = forms.CharField(
        label=_("LDAP: filter"), max_length=300, required=False, help_text="(telephoneNumber=*)"
    )
    fields_json = _NamesField(
        label=_("JSON: their names for our fields"), required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text='{"name": "full_name", "company": "account.name", "numbers": "phones"}',
    )  # fmt: skip
    every_minutes = forms.TypedChoiceField(
        label=_("Read it"), choices=EVERY, coerce=int, initial=60
    )
    is_active = forms.BooleanField(
        label=_("In use"), required=False, initial=True,
        widget=forms.CheckboxInput(attrs={"class": "switch", "role": "switch"}),
    )  # fmt: skip

    def __init__(
        self,
        data: Any = None,
        *,
        books: Iterable[int],
        source: ContactSource | None = None,
        **kwargs: Any,
    ) -> None:
        initial = {}
        if source is not None:
            plain = ("name", "kind", "book", "url", "username", "every_minutes", "is_active")
            initial = {name: getattr(source, name) for name in plain}
            initial |= {name: source.settings.get(name, "") for name in ("base", "filter")}
            initial["fields_json"] = source.settings.get("fields") or None
        super().__init__(data, initial=initial, **kwargs)
        self.fields["book"].queryset = Phonebook.objects.filter(  # type: ignore[attr-defined]
            pk__in=list(books)
        ).select_related("group")
        if source is not None:
            self.fields["kind"].disabled = self.fields["book"].disabled = True

    def clean_fields_json(self) -> dict[str, str]:
        given = self.cleaned_data["fields_json"] or {}
        if not isinstance(given, dict) or not all(isinstance(one, str) for one in given.values()):
            raise forms.ValidationError(_("Write it like the example: names in quotes."))
        return given

    def wishes(self) -> dict[str, Any]:
        values = self.cleaned_data
        plain = ("name", "url", "username", "secret", "every_minutes", "is_active")
        settings = {
            "base": values["base"], "filter": values["filter"], "fields": values["fields_json"],
        }  # fmt: skip
        return {name: values[name] for name in plain} | {
            "settings": {key: value for key, value in settings.items() if value}
        }
