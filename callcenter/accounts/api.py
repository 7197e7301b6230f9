"""What every answer of the API has in common."""

from __future__ import annotations

from rest_framework import serializers


class ErrorSerializer(serializers.Serializer[dict[str, str]]):
    """Why not, in words."""

    detail = serializers.CharField()


READ_ERRORS = {401: ErrorSerializer, 403: ErrorSerializer}
DETAIL_ERRORS = {**READ_ERRORS, 404: ErrorSerializer}


def is_describing(view: object) -> bool:
    """The schema is being made, outside any tenant: there are no rows to ask for."""
    return bool(getattr(view, "swagger_fake_view", False))
