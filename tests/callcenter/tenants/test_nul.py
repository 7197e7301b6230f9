"""PostgreSQL keeps no NUL: whoever sends one is told so, and nothing fails."""

from __future__ import annotations

import pytest
from django.core.exceptions import BadRequest
from django.db import DataError, connection, transaction

from callcenter.accounts.models import User

pytestmark = pytest.mark.django_db


def test_a_question_with_a_nul_is_a_bad_request() -> None:
    with pytest.raises(BadRequest) as raised:
        User.objects.filter(name="a\0b").exists()
    assert isinstance(raised.value, DataError)
    assert not User.objects.filter(name="ab").exists()


def test_so_is_an_escaped_one_within_json() -> None:
    with pytest.raises(BadRequest), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT (%s::jsonb)->>'name'", ['{"name": "a\\u0000b"}'])


def test_other_bad_values_stay_failures() -> None:
    with (
        pytest.raises(DataError) as raised,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT %s::integer", ["NUL"])
    assert not isinstance(raised.value, BadRequest)
