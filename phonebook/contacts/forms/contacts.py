"""One contact, its numbers and its further fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from phonebook.contacts.drafts import (
    LONGEST,
    LONGEST_CUSTOM,
    LONGEST_LABEL,
    MOST_CUSTOM,
    MOST_NUMBERS,
    ContactDraft,
    NumberDraft,
)
from phonebook.contacts.models import BookKind, NumberType, Phonebook, Visibility
from phonebook.numbers.pasted import read_pasted


class BookChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, book: Phonebook) -> str:
        if book.kind != BookKind.GROUP:
            return str(book)
        return f"{book} ({BookKind.GROUP.label})"


class ContactForm(forms.Form):
    book = BookChoice(label=_("Phonebook"), queryset=None, empty_label=None)
    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST["name"],
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    company = forms.CharField(label=_("Company"), max_length=LONGEST["company"], required=False)
    job_title = forms.CharField(label=_("Job"), max_length=LONGEST["job_title"], required=False)
    email = forms.EmailField(label=_("E-mail"), max_length=LONGEST["email"], required=False)
    web = forms.CharField(label=_("Web"), max_length=LONGEST["web"], required=False)
    address = forms.CharField(
        label=_("Address"),
        max_length=LONGEST["address"],
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=LONGEST["note"],
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    visibility = forms.ChoiceField(
        label=_("Who sees it"),
        choices=[
            (Visibility.PUBLIC, _("Everybody who reads the phonebook")),
            (Visibility.PRIVATE, _("Only I")),
            (Visibility.SPEED_DIAL, _("Only I, as a speed dial on my desk")),
        ],
    )
    photo = forms.FileField(
        label=_("Photo"),
        required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp,image/gif"}),
        help_text=_("JPEG, PNG, WebP or GIF, up to 5 MB; only a small copy is kept."),
    )
    removes_photo = forms.BooleanField(label=_("Remove the photo"), required=False)

    def __init__(
        self, data: Any = None, files: Any = None, *, books: Iterable[int], **kwargs: Any
    ) -> None:
        super().__init__(data, files, **kwargs)
        self.fields["book"].queryset = Phonebook.objects.filter(  # type: ignore[attr-defined]
            pk__in=list(books)
        ).select_related("group")


class NumberRow(forms.Form):
    type = forms.ChoiceField(
        label=_("Kind of number"), choices=NumberType.choices, required=False, initial="mobile"
    )
    number = forms.CharField(
        label=_("Number"),
        required=False,
        max_length=400,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )


class CustomRow(forms.Form):
    label = forms.CharField(label=_("Field"), required=False, max_length=LONGEST_LABEL)
    text = forms.CharField(label=_("Content"), required=False, max_length=LONGEST_CUSTOM)


NumberRows = forms.formset_factory(NumberRow, extra=1, max_num=MOST_NUMBERS, absolute_max=40)
CustomRows = forms.formset_factory(CustomRow, extra=1, max_num=MOST_CUSTOM, absolute_max=40)


class ContactSheet:
    """The form with its rows: one thing to check and to read a draft from."""

    def __init__(
        self,
        data: Any,
        files: Any,
        *,
        books: Iterable[int],
        draft: ContactDraft,
        book: Phonebook | None,
    ) -> None:
        words = {name: getattr(draft, name) for name in LONGEST}
        initial = {**words, "visibility": draft.visibility, "book": book}
        numbers = [{"type": one.type, "number": one.entered} for one in draft.numbers]
        custom = [{"label": label, "text": text} for label, text in draft.custom.items()]
        self._draft = draft
        self.form = ContactForm(data, files, books=books, initial=initial)
        self.numbers = NumberRows(data, prefix="numbers", initial=numbers)
        self.custom = CustomRows(data, prefix="custom", initial=custom)

    def is_valid(self) -> bool:
        parts = [part.is_valid() for part in (self.form, self.numbers, self.custom)]
        return all(parts)

    def draft(self, country: str) -> ContactDraft:
        """A row with several pasted numbers becomes several."""
        values = self.form.cleaned_data
        numbers: list[NumberDraft] = []
        for row in self.numbers.cleaned_data:
            entered = str(row.get("number") or "").strip()
            if not entered:
                continue
            pasted = read_pasted(entered, country)
            parts = [one.text for one in pasted.found] if len(pasted.found) > 1 else [entered]
            numbers += [NumberDraft(part, row.get("type") or "other") for part in parts]
        custom = {
            row["label"]: row["text"]
            for row in self.custom.cleaned_data
            if row.get("label") and row.get("text")
        }
        return ContactDraft(
            **{name: values[name] for name in LONGEST},
            custom=custom,
            visibility=values["visibility"],
            external_id=self._draft.external_id,
            numbers=tuple(numbers),
        )


def suggested(text: str, number: str = "", name: str = "") -> ContactDraft:
    """What the box's "+" and a call without a name know of the contact to be made."""
    letters = any(letter.isalpha() for letter in text)
    return ContactDraft(
        name=name or (text if letters else ""),
        numbers=tuple(
            NumberDraft(one, "mobile") for one in (number or ("" if letters else text),) if one
        ),
    )
