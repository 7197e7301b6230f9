"""How values are written for people."""

from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from reports.rendering.document import Kind, Value
from reports.rendering.wording import difference, written
from tests.reports.rendering.sample import AT


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        (None, Kind.COUNT, "-"),
        (0, Kind.COUNT, "0"),
        (1234567, Kind.COUNT, "1,234,567"),
        (81.46, Kind.SHARE, "81.5 %"),
        (100.0, Kind.SHARE, "100.0 %"),
        (0, Kind.SECONDS, "0:00"),
        (59.5, Kind.SECONDS, "1:00"),
        (187.4, Kind.SECONDS, "3:07"),
        (90061, Kind.SECONDS, "25:01:01"),
        (AT, Kind.INSTANT, "2026-03-29 02:59:59"),
        ("Sales", Kind.TEXT, "Sales"),
    ],
)
def test_written(value: Value, kind: Kind, words: str) -> None:
    with timezone.override(ZoneInfo("Europe/Tallinn")), translation.override("en"):
        assert written(value, kind) == words


def test_written_as_the_reader_does() -> None:
    with translation.override("de"):
        assert written(81.46, Kind.SHARE) == "81,5 %"
        assert written(1234567, Kind.COUNT) == "1.234.567"


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        (None, Kind.SHARE, "-"),
        (12, Kind.COUNT, "▲ 12"),
        (-12, Kind.COUNT, "▼ 12"),
        (0, Kind.COUNT, "= 0"),
        (-3.52, Kind.SHARE, "▼ 3.5 points"),
        (0.04, Kind.SHARE, "= 0.0 points"),
        (-61, Kind.SECONDS, "▼ 1:01"),
        (0.4, Kind.SECONDS, "= 0:00"),
    ],
)
def test_differences_say_their_way_in_a_sign(value: Value, kind: Kind, words: str) -> None:
    with translation.override("en"):
        assert difference(value, kind) == words
