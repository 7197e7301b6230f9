"""Times of day as people type them."""

import pytest

from callcenter.calendars.clock_times import as_clock, from_clock, overlapping
from callcenter.calendars.holiday_table import countries, is_known, regions


@pytest.mark.parametrize(
    ("typed", "minute"),
    [
        ("8", 480),
        ("08:30", 510),
        (" 8:30 ", 510),
        ("8.30", 510),
        ("8h30", 510),
        ("0830", 510),
        ("00:00", 0),
        ("24:00", 1440),
        ("24", 1440),
        ("24:01", None),
        ("25", None),
        ("8:60", None),
        ("8:3", None),
        ("-1", None),
        ("noon", None),
        ("", None),
    ],
)
def test_what_people_type_is_understood_or_refused(typed: str, minute: int | None) -> None:
    assert from_clock(typed) == minute


def test_every_minute_goes_there_and_back() -> None:
    assert [from_clock(as_clock(minute)) for minute in range(1441)] == list(range(1441))


def test_touching_is_not_overlapping() -> None:
    assert overlapping(60, 120, [(0, 60), (120, 180)]) is None
    assert overlapping(60, 120, [(119, 180), (0, 61)]) == (0, 61)


def test_countries_and_regions_have_names() -> None:
    assert is_known("EE")
    assert is_known("DE", "BY")
    assert not is_known("EE", "BY")
    assert not is_known("XX")
    assert ("BY", "Bavaria") in regions("DE") or ("BY", "Bayern") in regions("DE")
    assert regions("XX") == []
    assert len(countries()) > 100
