"""Files into and out of the phonebook."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from phonebook.contacts.files.columns import TARGETS
from phonebook.contacts.forms.contacts import BookChoice
from phonebook.contacts.models import (
    BookKind,
    ContactImport,
    FileKind,
    OnMatch,
    Phonebook,
    Visibility,
)


class UploadForm(forms.Form):
    book = BookChoice(label=_("Into the phonebook"), queryset=None, empty_label=None)
    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,.vcf,.xlsx,text/csv,text/vcard"}),
        help_text=_("CSV, vCard or Excel (.xlsx), up to 40 MB. You see what is in it first."),
    )

    def __init__(
        self, data: Any = None, files: Any = None, *, books: Iterable[int], **kwargs: Any
    ) -> None:
        super().__init__(data, files, **kwargs)
        self.fields["book"].queryset = Phonebook.objects.filter(  # type: ignore[attr-defined]
            pk__in=list(books)
        ).select_related("group")


class MappingForm(forms.Form):
    """One choice for each column, `column_<n>`; none for vCards, which say themselves what is what."""

    has_header = forms.BooleanField(label=_("The first row is a heading"), required=False)
    on_match = forms.ChoiceField(
        label=_("Who is in the phonebook already"),
        choices=OnMatch.choices,
        widget=forms.RadioSelect,
        help_text=_("Recognised by the external id, else by a number together with the name."),
    )
    visibility = forms.ChoiceField(
        label=_("Who sees them"),
        choices=[
            (Visibility.PUBLIC, _("Everybody who reads the phonebook")),
            (Visibility.PRIVATE, _("Only I")),
        ],
    )

    def __init__(
        self, data: Any = None, *, job: ContactImport, columns: Sequence[str], **kwargs: Any
    ) -> None:
        initial = {
            "has_header": job.has_header, "on_match": job.on_match, "visibility": job.visibility,
        }  # fmt: skip
        super().__init__(data, initial=initial, **kwargs)
        self.columns: list[forms.BoundField] = []
        if job.file_kind == FileKind.VCARD:
            del self.fields["has_header"]
        if job.book.kind == BookKind.PERSONAL:
            self.fields["visibility"].required = False
            self.fields["visibility"].widget = forms.HiddenInput()
        for at, heading in enumerate(columns):
            name = f"column_{at}"
            label = heading[:60] or gettext("Column %(number)d") % {"number": at + 1}
            self.fields[name] = forms.ChoiceField(
                label=label,
                choices=list(TARGETS.items()),
                required=False,
                initial=job.mapping.get(str(at), ""),
            )
            self.columns.append(self[name])

    @property
    def mapping(self) -> dict[int, str]:
        return {
            int(name.removeprefix("column_")): value
            for name, value in self.cleaned_data.items()
            if name.startswith("column_") and value
        }


class ExportForm(forms.Form):
    book = BookChoice(label=_("Phonebook"), queryset=None, empty_label=None)
    format = forms.ChoiceField(
        label=_("As"),
        choices=[
            ("csv", "CSV"),
            ("xlsx", "Excel (XLSX)"),
            ("vcard3", "vCard 3"),
            ("vcard4", "vCard 4"),
        ],
    )

    def __init__(self, data: Any = None, *, books: Iterable[int], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["book"].queryset = Phonebook.objects.filter(  # type: ignore[attr-defined]
            pk__in=list(books)
        ).select_related("group")
