"""What every answer of the API has in common."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.core.validators import RegexValidator
from rest_framework import serializers, status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser


class ErrorSerializer(serializers.Serializer[dict[str, str]]):
    """Why not, in words."""

    detail = serializers.CharField()


class DoNotGoTogether(APIException):
    """Each word is right, as the schema says, but not with the others."""

    status_code = status.HTTP_409_CONFLICT


WITHOUT_NULL = r"^[^\u0000]+$"  # what may stand in an address; the middleware refuses the rest
_BEGINNING = datetime.min.replace(tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)


class InstantField(serializers.DateTimeField):
    """With an offset, the first hours of the year 1 are before everything and the last of 9999
    after everything; without one they are refused, which DRF fails on east of Greenwich.
    """

    def enforce_timezone(self, value: datetime) -> datetime:
        if value.tzinfo is not None:
            try:
                value = value.astimezone(UTC)
            except OverflowError:
                return _BEGINNING if value.year == 1 else _END
        try:
            return super().enforce_timezone(value)
        except (OverflowError, serializers.ValidationError):
            if value.tzinfo is None:
                self.fail("overflow")
            return value


# a character that is not space, said so that every engine of patterns reads the same
VISIBLE = r"[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]"
_HALVES = re.compile("[\ud800-\udfff]")


class WordsField(serializers.CharField):
    """Text in JSON. The schema says exactly what it takes.

    What JSON may have and PostgreSQL may not is left out (null characters) or replaced (halves of
    characters); the length is that of what was sent; what must not be blank has something to see.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not self.allow_blank:
            blank = str(self.error_messages["blank"])
            self.validators.append(RegexValidator(VISIBLE, message=blank))

    def to_internal_value(self, data: Any) -> str:
        words = str(super().to_internal_value(data))
        if self.max_length is not None and len(str(data)) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return _HALVES.sub("\ufffd", words.replace("\0", ""))


def in_words(errors: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with a request, as an ErrorSerializer has it."""
    return {
        "detail": "; ".join(f"{name}: {' '.join(map(str, why))}" for name, why in errors.items())
    }


class JsonParser(JSONParser):
    def parse(
        self,
        stream: Any,
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except RecursionError as problem:
            raise ParseError("JSON parse error - nested too deeply") from problem


READ_ERRORS = {400: ErrorSerializer, 401: ErrorSerializer, 403: ErrorSerializer}
DETAIL_ERRORS = {**READ_ERRORS, 404: ErrorSerializer}


def is_describing(view: object) -> bool:
    """The schema is being made, outside any tenant: there are no rows to ask for."""
    return bool(getattr(view, "swagger_fake_view", False))
