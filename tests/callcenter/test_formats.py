"""How dates and times look in every language: as Europe writes them, and by one order of parts."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.utils import translation
from django.utils.formats import date_format, get_format

LATE = datetime(2026, 10, 1, 23, 7, tzinfo=UTC)


@pytest.mark.parametrize("language", [code for code, _name in settings.LANGUAGES])
def test_a_time_of_day_changes_nothing_of_its_date(language: str) -> None:
    with translation.override(language):
        short = date_format(LATE, "SHORT_DATE_FORMAT")
        assert date_format(LATE, "SHORT_DATETIME_FORMAT") == f"{short} 23:07"
        assert date_format(LATE, "TIME_FORMAT") == "23:07"
        whole = date_format(LATE, "DATETIME_FORMAT")
        assert date_format(LATE, "DATE_FORMAT") in whole
        assert whole.endswith("23:07")
        assert get_format("FIRST_DAY_OF_WEEK") == 1
