"""API v1: who a number is by the company's order of sources, and putting it right."""

from __future__ import annotations

import dataclasses
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from callcenter.accounts.api import (
    READ_ERRORS,
    WITHOUT_NULL,
    ErrorSerializer,
    WordsField,
    in_words,
)
from callcenter.accounts.authentication import caller_of
from callcenter.accounts.permissions import ApiScope
from callcenter.groups.models import AgentGroup
from callcenter.tenants.models import Tenant
from callcenter.tenants.refusals import Refusal
from phonebook.contacts import services as phonebook
from phonebook.contacts.drafts import ContactDraft, NumberDraft
from phonebook.contacts.permissions import PROGRAM
from phonebook.contacts.selectors import contacts_seen
from phonebook.contacts.services.rows import draft_of
from phonebook.naming import selectors
from phonebook.naming.chain import Candidate
from phonebook.naming.notices import tell_naming_changed
from phonebook.numbers.kinds import Identity, NumberKind, identify
from phonebook.numbers.shown import shown

MOST = 50
KINDS = [one.value for one in NumberKind]
MOST_ID = 2**63 - 1


class NameQuery(serializers.Serializer[dict[str, Any]]):
    number = serializers.RegexField(
        WITHOUT_NULL, max_length=80, trim_whitespace=False, help_text="in any spelling"
    )
    group = serializers.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_ID,
        help_text="as for a call of this group: of the groups' books its own alone; left out: all",
    )
    ask = serializers.BooleanField(
        required=False,
        default=False,
        help_text="also asks outside directories of which nothing is kept; takes their time",
    )
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST, default=8)


class CandidateSerializer(serializers.Serializer[Candidate]):
    """`source`: internal, company, group, synced, carrier, or directory:<id>. `where`: the book or
    directory in its own words.
    """

    name = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]
    source_name = serializers.CharField()
    where = serializers.CharField()
    contact_id = serializers.IntegerField(allow_null=True)
    group_id = serializers.IntegerField(allow_null=True)


class SourceSerializer(serializers.Serializer[dict[str, str]]):
    source = serializers.CharField()  # type: ignore[assignment]
    name = serializers.CharField()


class NameSerializer(serializers.Serializer[dict[str, Any]]):
    """`number` is E.164 where it is a telephone. `winner` null: nobody is known. `rest`: how many
    more have it beyond `others`. `order`: the sources, best first. `card`: the customer card, for
    people who are signed in.
    """

    number = serializers.CharField()
    shown = serializers.CharField()
    kind = serializers.ChoiceField(KINDS)
    winner = CandidateSerializer(allow_null=True)
    others = CandidateSerializer(many=True)
    rest = serializers.IntegerField()
    order = SourceSerializer(many=True)
    card = serializers.CharField()


class NameWish(serializers.Serializer[dict[str, Any]]):
    """With `contact_id` that contact, who has the number, is renamed. Without it the one that is
    named first by its contact; a number that no contact has becomes one of the company's.
    """

    number = WordsField(max_length=80)
    name = WordsField(max_length=120)
    contact_id = serializers.IntegerField(
        required=False, allow_null=True, default=None, min_value=1, max_value=MOST_ID
    )


class Names(APIView):
    """Who a number is: the highest source wins, never the fastest."""

    @property
    def scope(self) -> ApiScope:
        is_put = (self.request.method or "GET") == "PUT"
        return ApiScope.PHONEBOOK_WRITE if is_put else ApiScope.PHONEBOOK_READ

    @extend_schema(
        operation_id="names_find",
        description="What is kept of personal books and private contacts is told to no program.",
        parameters=[NameQuery],
        responses={200: NameSerializer, **READ_ERRORS},
    )
    def get(self, request: Request) -> Response:
        query = NameQuery(data=request.query_params)
        if not query.is_valid():
            return Response(in_words(query.errors), status=status.HTTP_400_BAD_REQUEST)
        wanted = query.validated_data
        tenant: Tenant = request.tenant  # type: ignore[attr-defined]
        identity = identify(wanted["number"], tenant.country)
        found = _found(identity, group_id=wanted.get("group"), asks=wanted["ask"])
        return Response(_answer(wanted["number"], identity, tenant, *found, most=wanted["limit"]))

    @extend_schema(
        operation_id="names_correct",
        request=NameWish,
        responses={
            200: NameSerializer,
            **READ_ERRORS,
            404: ErrorSerializer,
            409: ErrorSerializer,
            415: ErrorSerializer,
        },
    )
    def put(self, request: Request) -> Response:
        """The name by which the number is known from now on, on every screen and phone."""
        wish = NameWish(data=request.data)
        if not wish.is_valid():
            return Response(in_words(wish.errors), status=status.HTTP_400_BAD_REQUEST)
        given = wish.validated_data
        tenant: Tenant = request.tenant  # type: ignore[attr-defined]
        identity = identify(given["number"], tenant.country)
        try:
            self._correct(request, identity, given, tenant.country)
        except Refusal as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
        tell_naming_changed()
        found = _found(identity, group_id=None, asks=False)
        return Response(_answer(given["number"], identity, tenant, *found, most=8))

    def _correct(
        self, request: Request, identity: Identity, given: dict[str, Any], country: str
    ) -> None:
        by = caller_of(request)
        contact_id = given["contact_id"]
        if contact_id is None and identity.key:
            candidates, _rules = _found(identity, group_id=None, asks=False)
            contact_id = next((one.contact_id for one in candidates if one.contact_id), None)
        elif contact_id is not None:
            with_number = contacts_seen(PROGRAM).filter(numbers__key=identity.key or "-")
            if not with_number.filter(pk=contact_id).exists():
                raise Http404
        if contact_id is None:
            # as people of the country write it; what cannot be read is refused by the service
            entered = shown(identity.key or given["number"], country)
            draft = ContactDraft(name=given["name"], numbers=(NumberDraft(entered),))
            phonebook.create_contact(book=phonebook.company_book(), draft=draft, by=by)
            return
        contact = contacts_seen(PROGRAM).get(pk=contact_id)
        draft = dataclasses.replace(draft_of(contact), name=given["name"])
        phonebook.change_contact(contact=contact, draft=draft, by=by)


def _found(
    identity: Identity, *, group_id: int | None, asks: bool
) -> tuple[list[Candidate], selectors.Rules]:
    groups = {group_id} if group_id else set(AgentGroup.objects.values_list("pk", flat=True))
    rules = selectors.rules_here()
    # one without a number, or with one that cannot be read, is nobody
    is_somebody = identity.is_readable and identity.kind is not NumberKind.ANONYMOUS
    key = identity.key if is_somebody else ""
    return selectors.explain(key, rules, user_id=None, group_ids=groups, asks=asks), rules


def _answer(
    asked: str,
    identity: Identity,
    tenant: Tenant,
    found: list[Candidate],
    rules: selectors.Rules,
    *,
    most: int,
) -> dict[str, Any]:
    number = identity.key or asked
    rows = [_row(one, rules) for one in found]
    card = reverse("card", args=[tenant.slug])
    answer = {
        "number": number,
        "shown": shown(number, tenant.country),
        "kind": identity.kind.value,
        "winner": rows[0] if rows else None,
        "others": rows[1 : most + 1],
        "rest": max(0, len(rows) - 1 - most),
        "order": [
            {"source": source, "name": selectors.word_of(source, rules.directories)}
            for source in rules.order
        ],
        "card": f"{settings.PUBLIC_URL}{card}?{urlencode({'number': number})}",
    }
    return dict(NameSerializer(answer).data)


def _row(one: Candidate, rules: selectors.Rules) -> dict[str, Any]:
    return {
        "name": one.name,
        "source": one.source,
        "source_name": selectors.word_of(one.source, rules.directories),
        "where": one.where,
        "contact_id": one.contact_id,
        "group_id": one.group_id,
    }
