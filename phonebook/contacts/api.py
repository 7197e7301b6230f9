"""API v1: the company's and its groups' contacts. Personal and private ones are nobody's but theirs."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from callcenter.accounts.api import DETAIL_ERRORS, WITHOUT_NULL, ErrorSerializer
from callcenter.accounts.authentication import caller_of
from callcenter.accounts.permissions import ApiScope
from callcenter.tenants.refusals import Refusal
from phonebook.contacts import selectors, services
from phonebook.contacts.models import Contact, Phonebook
from phonebook.contacts.permissions import PROGRAM
from phonebook.contacts.search import search_contacts
from phonebook.contacts.selectors import Cursor, contacts_seen
from phonebook.contacts.serializers import (
    MOST_ID,
    ContactChangesSerializer,
    ContactPageSerializer,
    ContactPutSerializer,
    ContactSerializer,
    ContactWishSerializer,
    PhonebookSerializer,
    draft_from,
)
from phonebook.contacts.services.syncing import put_contact
from phonebook.numbers.kinds import identify

MOST = 200
NO_CURSOR = "Take `next` of the page before, or leave it out."
_ERRORS = DETAIL_ERRORS
# 400 says that a request is not of the schema's shape, 409 why one that is was not done
_WRITE_ERRORS = {**DETAIL_ERRORS, 409: ErrorSerializer, 415: ErrorSerializer}
_ID = OpenApiParameter("pk", int, OpenApiParameter.PATH)


class _Phonebook(APIView):
    """Reading needs `phonebook:read`, everything else `phonebook:write`."""

    @property
    def scope(self) -> ApiScope:
        method = getattr(getattr(self, "request", None), "method", "GET")
        return ApiScope.PHONEBOOK_READ if method in ("GET", "HEAD") else ApiScope.PHONEBOOK_WRITE


def _refused(words: object, code: int = status.HTTP_409_CONFLICT) -> Response:
    return Response({"detail": str(words)}, status=code)


def _wrong(serializer: serializers.BaseSerializer[Any]) -> Response:
    errors: Any = serializer.errors
    words = "; ".join(f"{name}: {_flat(why)}" for name, why in errors.items())
    return _refused(words, status.HTTP_400_BAD_REQUEST)


def _flat(why: Any) -> str:
    if isinstance(why, dict):
        return " ".join(f"{name}: {_flat(one)}" for name, one in why.items())
    return " ".join(_flat(one) for one in why if one) if isinstance(why, list) else str(why)


def _book(wanted: int | None) -> Phonebook:
    if wanted is None:
        return services.company_book()
    return get_object_or_404(selectors.books_read(PROGRAM), pk=wanted)


class PhonebookList(_Phonebook):
    """The company's and its groups' phonebooks."""

    @extend_schema(
        operation_id="phonebooks_list",
        responses={200: PhonebookSerializer(many=True), **DETAIL_ERRORS},
    )
    def get(self, request: Request) -> Response:  # noqa: ARG002 - Django's signature
        services.company_book()
        return Response(PhonebookSerializer(selectors.books_read(PROGRAM), many=True).data)


class ContactQuerySerializer(serializers.Serializer[dict[str, Any]]):
    book = serializers.IntegerField(
        required=False, min_value=1, max_value=MOST_ID, help_text="left out: the company's first"
    )
    q = serializers.RegexField(
        WITHOUT_NULL,
        required=False, allow_blank=True, max_length=80,
        help_text="part of a name, company or number, in all books; not paged",
    )  # fmt: skip
    number = serializers.RegexField(
        WITHOUT_NULL,
        required=False, allow_blank=True, max_length=80,
        help_text="who has exactly this number, in any spelling, in all books",
    )  # fmt: skip
    cursor = serializers.RegexField(
        r"^[0-9]{1,18}-([0-9a-f]{2}){0,1000}$",
        required=False,
        help_text="`next` of the page before",
        error_messages={"invalid": NO_CURSOR},
    )
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST, default=50)

    def validate_cursor(self, value: str) -> Cursor:
        cursor = Cursor.read(value)
        if cursor is None:
            raise serializers.ValidationError(NO_CURSOR)
        return cursor


class ContactList(_Phonebook):
    """A book's contacts by name; or what is found by words or by a number; or a new one."""

    @extend_schema(
        operation_id="contacts_list",
        parameters=[ContactQuerySerializer],
        responses={200: ContactPageSerializer, **_ERRORS},
    )
    def get(self, request: Request) -> Response:
        query = ContactQuerySerializer(data=request.query_params)
        if not query.is_valid():
            return _wrong(query)
        wanted = query.validated_data
        country = request.tenant.country  # type: ignore[attr-defined]
        found: list[Contact]
        following = None
        if number := wanted.get("number"):
            key = identify(number, country).key
            rows = contacts_seen(PROGRAM).filter(numbers__key=key)[: wanted["limit"]]
            found = list(dict.fromkeys(rows)) if key else []
        elif words := wanted.get("q"):
            found = list(search_contacts(words, PROGRAM, country, wanted["limit"]).contacts)
        else:
            book = _book(wanted.get("book"))
            page = selectors.page_of_contacts(PROGRAM, book, wanted.get("cursor"), wanted["limit"])
            found, following = page.contacts, str(page.next) if page.next else None
        return Response(ContactPageSerializer({"contacts": found, "next": following}).data)

    @extend_schema(
        operation_id="contacts_create",
        request=ContactWishSerializer,
        responses={201: ContactSerializer, **_WRITE_ERRORS},
    )
    def post(self, request: Request) -> Response:
        wish = ContactWishSerializer(data=request.data)
        if not wish.is_valid():
            return _wrong(wish)
        book = _book(wish.validated_data.get("book"))
        try:
            made = services.create_contact(
                book=book, draft=draft_from(wish.validated_data), by=caller_of(request)
            )
        except Refusal as refusal:
            return _refused(refusal)
        return Response(ContactSerializer(made).data, status=status.HTTP_201_CREATED)


class ContactDetail(_Phonebook):
    """One contact."""

    @extend_schema(
        operation_id="contacts_retrieve",
        parameters=[_ID],
        responses={200: ContactSerializer, **DETAIL_ERRORS},
    )
    def get(self, request: Request, pk: int) -> Response:  # noqa: ARG002 - Django's signature
        return Response(ContactSerializer(_contact(pk)).data)

    @extend_schema(
        operation_id="contacts_update",
        parameters=[_ID],
        request=ContactWishSerializer,
        responses={200: ContactSerializer, **_WRITE_ERRORS},
    )
    def put(self, request: Request, pk: int) -> Response:
        """The contact becomes what is sent; it stays in its book."""
        found = _contact(pk)
        wish = ContactWishSerializer(data=request.data)
        if not wish.is_valid():
            return _wrong(wish)
        try:
            services.change_contact(
                contact=found, draft=draft_from(wish.validated_data), by=caller_of(request)
            )
        except Refusal as refusal:
            return _refused(refusal)
        return Response(ContactSerializer(_contact(pk)).data)

    @extend_schema(
        operation_id="contacts_destroy",
        parameters=[_ID],
        responses={204: None, 409: ErrorSerializer, **DETAIL_ERRORS},
    )
    def delete(self, request: Request, pk: int) -> Response:
        try:
            services.delete_contact(contact=_contact(pk), by=caller_of(request))
        except Refusal as refusal:
            return _refused(refusal)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _contact(pk: int) -> Contact:
    found = contacts_seen(PROGRAM).filter(pk=pk).first() if pk <= MOST_ID else None
    if found is None:
        raise Http404
    return found


class ContactByExternalId(_Phonebook):
    """The contact that your software knows by its own id. The same request twice is as once."""

    @extend_schema(
        operation_id="contacts_put",
        parameters=[
            OpenApiParameter("external_id", str, OpenApiParameter.PATH, pattern=r"^[^/\s]{1,200}$")
        ],
        request=ContactPutSerializer,
        responses={200: ContactSerializer, 201: ContactSerializer, **_WRITE_ERRORS},
    )
    def put(self, request: Request, external_id: str) -> Response:
        """409 also: changed here since `seen_change`; both sides are shown to the people."""
        wish = ContactPutSerializer(data=request.data)
        if not wish.is_valid():
            return _wrong(wish)
        if not external_id.strip() or "\0" in external_id or len(external_id) > 200:
            return _refused("external_id: 1 to 200 letters.", status.HTTP_400_BAD_REQUEST)
        try:
            contact, is_new = put_contact(
                book=_book(wish.validated_data.get("book")),
                external_id=external_id,
                draft=draft_from(wish.validated_data),
                by=caller_of(request),
                seen_change=wish.validated_data.get("seen_change"),
            )
        except Refusal as refusal:
            return _refused(refusal)
        code = status.HTTP_201_CREATED if is_new else status.HTTP_200_OK
        return Response(ContactSerializer(_contact(contact.pk)).data, status=code)


class ChangesQuerySerializer(serializers.Serializer[dict[str, Any]]):
    since = serializers.RegexField(
        r"^[0-9]{1,18}(-[0-9]{1,18})?$",
        required=False,
        help_text="`next` of the time before; left out: from the beginning",
        error_messages={"invalid": "Take `next` of the time before, or leave it out."},
    )
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST, default=MOST)


class ContactChanges(_Phonebook):
    """What was changed since you asked last, oldest first; nothing is left out, nothing comes twice."""

    @extend_schema(
        operation_id="contacts_changes",
        parameters=[ChangesQuerySerializer],
        responses={200: ContactChangesSerializer, **_ERRORS},
    )
    def get(self, request: Request) -> Response:
        query = ChangesQuerySerializer(data=request.query_params)
        if not query.is_valid():
            return _wrong(query)
        change, _dash, pk = query.validated_data.get("since", "0").partition("-")
        found = selectors.changes_since(int(change), int(pk or 0), query.validated_data["limit"])
        answer = {
            "contacts": found.contacts,
            "deleted": found.deleted,
            "next": f"{found.change}-{found.id}",
            "more": found.more,
        }
        return Response(ContactChangesSerializer(answer).data)
