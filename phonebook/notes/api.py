"""API v1: public notes, activities and time entries. A program has no private notes."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from callcenter.accounts.api import READ_ERRORS, ErrorSerializer, InstantField, WordsField, in_words
from callcenter.accounts.authentication import caller_of
from callcenter.accounts.permissions import ApiScope
from callcenter.tenants.refusals import Refusal
from phonebook.notes import selectors, services
from phonebook.notes.models import Note, Work, WorkKind
from phonebook.notes.selectors import PAGE, Cursor
from phonebook.notes.services import Subject
from phonebook.numbers.kinds import identify

MOST = 200
NO_CURSOR = "Take `older` of the page before, or leave it out."


class NoteSerializer(serializers.ModelSerializer[Note]):
    """`number`: the caller it is about, E.164 where it is a telephone; "" if none is known."""

    number = serializers.CharField(source="key", read_only=True)
    contact_id = serializers.IntegerField(read_only=True, allow_null=True)

    class Meta:
        model = Note
        fields = [
            "id", "text", "by_name", "to_name", "number", "contact_id", "call_linkedid",
            "created_at", "changed_at",
        ]  # fmt: skip
        read_only_fields = fields


class NewNoteSerializer(serializers.Serializer[dict[str, Any]]):
    text = WordsField(max_length=4000, allow_blank=True)
    number = WordsField(max_length=80, allow_blank=True, default="")
    call_linkedid = WordsField(max_length=150, allow_blank=True, default="")


class WorkSerializer(serializers.ModelSerializer[Work]):
    """`seconds`: null for an activity."""

    number = serializers.CharField(source="key", read_only=True)
    project = serializers.CharField(source="project.name", default=None, read_only=True)
    task_type = serializers.CharField(source="task_type.name", default=None, read_only=True)
    seconds = serializers.FloatField(read_only=True, allow_null=True)

    class Meta:
        model = Work
        fields = [
            "id", "kind", "subject", "text", "began_at", "ended_at", "seconds", "project",
            "task_type", "by_name", "number", "contact_id", "call_linkedid", "created_at",
        ]  # fmt: skip
        read_only_fields = fields


class NotePageSerializer(serializers.Serializer[dict[str, Any]]):
    """Latest first. `older` is the cursor of the next page, null at the end."""

    notes = NoteSerializer(many=True)
    older = serializers.CharField(allow_null=True)


class WorkPageSerializer(serializers.Serializer[dict[str, Any]]):
    """Latest first. `older` is the cursor of the next page, null at the end."""

    work = WorkSerializer(many=True)
    older = serializers.CharField(allow_null=True)


class PageQuery(serializers.Serializer[dict[str, Any]]):
    cursor = serializers.RegexField(
        r"^[0-9]{1,17}-[0-9]{1,18}$",
        required=False,
        help_text="`older` of the page before",
        error_messages={"invalid": NO_CURSOR},
    )
    limit = serializers.IntegerField(required=False, default=PAGE, min_value=1, max_value=MOST)

    def validate_cursor(self, text: str) -> Cursor:
        found = Cursor.read(text)
        if found is None:
            raise serializers.ValidationError(NO_CURSOR)
        return found


class WorkQuery(PageQuery):
    kind = serializers.ChoiceField(WorkKind.choices, required=False)
    since = InstantField(required=False, help_text="began at or after")
    until = InstantField(required=False, help_text="began before")


class NoteList(APIView):
    """Notes that everybody may read, and writing one."""

    scopes = {"GET": ApiScope.PHONEBOOK_READ, "POST": ApiScope.PHONEBOOK_WRITE}

    @property
    def scope(self) -> ApiScope:
        return self.scopes.get(self.request.method or "GET", ApiScope.PHONEBOOK_READ)

    @extend_schema(
        operation_id="notes_list",
        parameters=[PageQuery],
        responses={200: NotePageSerializer, **READ_ERRORS},
    )
    def get(self, request: Request) -> Response:
        query = PageQuery(data=request.query_params)
        if not query.is_valid():
            return Response(in_words(query.errors), status=status.HTTP_400_BAD_REQUEST)
        wanted = query.validated_data
        page = selectors.page_of_notes(None, cursor=wanted.get("cursor"), size=wanted["limit"])
        older = str(page.older) if page.older else None
        return Response(NotePageSerializer({"notes": page.rows, "older": older}).data)

    @extend_schema(
        operation_id="notes_create",
        request=NewNoteSerializer,
        responses={
            201: NoteSerializer,
            **READ_ERRORS,
            409: ErrorSerializer,
            415: ErrorSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        asked = NewNoteSerializer(data=request.data)
        if not asked.is_valid():
            return Response(in_words(asked.errors), status=status.HTTP_400_BAD_REQUEST)
        values = asked.validated_data
        tenant = request.tenant  # type: ignore[attr-defined]
        try:
            note = services.write_note(
                text=values["text"],
                subject=Subject(
                    key=identify(values["number"], tenant.country).key,
                    call_linkedid=values["call_linkedid"],
                ),
                is_private=False,
                by=caller_of(request),
                at=timezone.now(),
            )
        except Refusal as refusal:
            return Response({"detail": str(refusal)}, status=status.HTTP_409_CONFLICT)
        return Response(NoteSerializer(note).data, status=status.HTTP_201_CREATED)


class WorkList(APIView):
    """Activities and time entries of everybody."""

    scope = ApiScope.PHONEBOOK_READ

    @extend_schema(
        operation_id="work_list",
        parameters=[WorkQuery],
        responses={200: WorkPageSerializer, **READ_ERRORS},
    )
    def get(self, request: Request) -> Response:
        query = WorkQuery(data=request.query_params)
        if not query.is_valid():
            return Response(in_words(query.errors), status=status.HTTP_400_BAD_REQUEST)
        wanted = dict(query.validated_data)
        page = selectors.page_of_work(size=wanted.pop("limit"), **wanted)
        older = str(page.older) if page.older else None
        return Response(WorkPageSerializer({"work": page.rows, "older": older}).data)
