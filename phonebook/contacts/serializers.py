"""Contacts as the API writes and reads them."""

from __future__ import annotations

from typing import Any

from django.core.validators import MaxLengthValidator
from rest_framework import serializers

from callcenter.accounts.api import DoNotGoTogether, WordsField
from phonebook.contacts.drafts import (
    LONGEST,
    LONGEST_CUSTOM,
    LONGEST_LABEL,
    MOST_CUSTOM,
    MOST_NUMBERS,
    ContactDraft,
    NumberDraft,
)
from phonebook.contacts.models import BookKind, Contact, ContactNumber, NumberType, Phonebook
from phonebook.numbers.kinds import NumberKind

MOST_ID = 2**62


class PhonebookSerializer(serializers.ModelSerializer[Phonebook]):
    name = serializers.CharField(source="__str__", read_only=True)
    kind = serializers.ChoiceField(BookKind.choices, read_only=True)

    class Meta:
        model = Phonebook
        fields = ["id", "kind", "name", "group_id"]
        read_only_fields = fields


class NumberSerializer(serializers.ModelSerializer[ContactNumber]):
    """`number` as it was entered; `key` is E.164 for telephones, "" where it cannot be read."""

    number = serializers.CharField(source="entered", read_only=True)
    type = serializers.ChoiceField(NumberType.choices, read_only=True)
    kind = serializers.ChoiceField([one.value for one in NumberKind], read_only=True)

    class Meta:
        model = ContactNumber
        fields = ["type", "number", "kind", "key", "inner"]
        read_only_fields = fields


class ContactSerializer(serializers.ModelSerializer[Contact]):
    """`change` counts the company's changes of contacts; send it back to notice others' work."""

    book = serializers.IntegerField(source="book_id", read_only=True)
    numbers = NumberSerializer(many=True, read_only=True)
    custom = serializers.DictField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = Contact
        fields = [
            "id", "book", "name", "company", "job_title", "email", "web", "address", "note",
            "custom", "external_id", "numbers", "change", "changed_at",
        ]  # fmt: skip
        read_only_fields = fields


class NumberWishSerializer(serializers.Serializer[dict[str, Any]]):
    number = WordsField(max_length=80, allow_blank=True, help_text="in any spelling")
    type = serializers.ChoiceField(NumberType.choices, default="other")


class ContactWishSerializer(serializers.Serializer[dict[str, Any]]):
    """A name or a company is needed. What is left out is empty."""

    book = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_ID, help_text="left out: the company's first"
    )
    name = WordsField(max_length=LONGEST["name"], allow_blank=True, default="")
    company = WordsField(max_length=LONGEST["company"], allow_blank=True, default="")
    job_title = WordsField(max_length=LONGEST["job_title"], allow_blank=True, default="")
    email = WordsField(max_length=LONGEST["email"], allow_blank=True, default="")
    web = WordsField(max_length=LONGEST["web"], allow_blank=True, default="")
    address = WordsField(max_length=LONGEST["address"], allow_blank=True, default="")
    note = WordsField(max_length=LONGEST["note"], allow_blank=True, default="")
    custom = serializers.DictField(
        child=WordsField(max_length=LONGEST_CUSTOM, allow_blank=True),
        default=dict,
        validators=[MaxLengthValidator(MOST_CUSTOM)],
        help_text=f"labels of {LONGEST_LABEL} letters at most",
    )
    external_id = WordsField(max_length=200, allow_blank=True, default="")
    numbers = serializers.ListField(
        child=NumberWishSerializer(), default=list, max_length=MOST_NUMBERS
    )

    def validate_custom(self, value: dict[str, str]) -> dict[str, str]:
        """The schema has no word for how long a label may be, so this is a 409."""
        if any(len(label) > LONGEST_LABEL for label in value):
            raise DoNotGoTogether(f"custom: labels of {LONGEST_LABEL} letters at most.")
        return value


class ContactPutSerializer(ContactWishSerializer):
    seen_change = serializers.IntegerField(
        required=False,
        min_value=0,
        max_value=MOST_ID,
        help_text="`change` as you last read it: if the contact has changed since, 409",
    )


class ContactPageSerializer(serializers.Serializer[dict[str, Any]]):
    """By name. `next` is the cursor of the page that follows, null at the end."""

    contacts = ContactSerializer(many=True)
    next = serializers.CharField(allow_null=True)


class ContactChangesSerializer(serializers.Serializer[dict[str, Any]]):
    """`next` is what to ask with as `since` the next time; `more`: at once, there is more."""

    contacts = ContactSerializer(many=True)
    deleted = serializers.ListField(child=serializers.IntegerField())
    next = serializers.CharField()
    more = serializers.BooleanField()


def draft_from(wish: dict[str, Any]) -> ContactDraft:
    return ContactDraft(
        **{name: wish[name] for name in LONGEST},
        custom=wish["custom"],
        external_id=wish["external_id"],
        numbers=tuple(NumberDraft(one["number"], one["type"]) for one in wish["numbers"]),
    )
