"""API v1: what may be asked of the statistics, and what is answered."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from callcenter.accounts.api import InstantField
from reports.statistics.figures import FIGURES
from reports.statistics.intervals import By
from reports.statistics.periods import DATES, PERIODS
from telephony.calls.api import MOST, NO_CURSOR, VisitSerializer
from telephony.calls.models import QueueVisit
from telephony.calls.selectors import PAGE, Cursor

_IDS = r"^[0-9]{1,18}(,[0-9]{1,18}){0,199}$"
_TIME = r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"
_ZONE = r"^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,2}$"
FIGURES_WITH_CALLS = [key for key, figure in FIGURES.items() if figure.behind]
# what is answered unasked: all that the sums of visits give at once
USUAL_FIGURES = [key for key, figure in FIGURES.items() if figure.needs in ("", "handling")]


class SelectionQuery(serializers.Serializer[dict[str, Any]]):
    """Which calls count. Without since and until a named period, without any this week."""

    period = serializers.ChoiceField(
        [(name, word) for name, word in PERIODS if name != DATES],
        required=False,
        help_text="in the time zone asked for",
    )
    since = InstantField(required=False, help_text="entered at or after; goes before `period`")
    until = InstantField(required=False, help_text="entered before")
    zone = serializers.RegexField(
        _ZONE,
        required=False,
        max_length=64,
        help_text="an IANA name; decides what a day and an hour is; the company's by default",
    )
    groups = serializers.RegexField(_IDS, required=False, help_text="ids, such as 3,5")
    agents = serializers.RegexField(
        _IDS,
        required=False,
        help_text="ids of agents; of calls that these answered, or left ringing",
    )
    weekdays = serializers.RegexField(
        r"^[1-7](,[1-7]){0,6}$", required=False, help_text="1 is Monday, 7 Sunday"
    )
    to = serializers.RegexField(_TIME, required=False, help_text="entered before this time of day")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        # a word of Python
        start = serializers.RegexField(
            _TIME, required=False, help_text="entered at or after this time of day"
        )
        return {**super().get_fields(), "from": start}


class StatisticsQuery(SelectionQuery):
    by = serializers.ChoiceField([one.value for one in By], default=By.GROUP.value)
    figures = serializers.MultipleChoiceField(
        choices=list(FIGURES), required=False, help_text="these alone; see definitions"
    )


class VisitQuery(SelectionQuery):
    figure = serializers.ChoiceField(FIGURES_WITH_CALLS, default="offered")
    cursor = serializers.RegexField(
        r"^[0-9]{1,17}-[0-9]{1,18}$",
        required=False,
        help_text="`older` of the page before",
        error_messages={"invalid": NO_CURSOR},
    )
    limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST, default=PAGE)

    def validate_cursor(self, value: str) -> Cursor:
        cursor = Cursor.read(value)
        if cursor is None:
            raise serializers.ValidationError(NO_CURSOR)
        return cursor


class DefinitionSerializer(serializers.Serializer[dict[str, Any]]):
    """`unit`: count, share (per cent) or seconds. `has_calls`: /statistics/visits/ lists them."""

    key = serializers.CharField()
    title = serializers.CharField()
    unit = serializers.CharField()
    definition = serializers.CharField()
    is_good_when = serializers.CharField(help_text="high, low, or nothing where it is neither")
    has_calls = serializers.BooleanField()


class DefinitionsSerializer(serializers.Serializer[dict[str, Any]]):
    figures = DefinitionSerializer(many=True)


class BadgeSerializer(serializers.Serializer[dict[str, Any]]):
    level = serializers.CharField(help_text="complete, running or incomplete")
    words = serializers.CharField()


class PeriodSerializer(serializers.Serializer[dict[str, Any]]):
    """`completeness`: whether the data behind are whole."""

    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    zone = serializers.CharField()
    completeness = BadgeSerializer(many=True)


class FiguresSerializer(serializers.Serializer[dict[str, Any]]):
    """Shares are per cent, times are seconds; null: no calls, or not known. `visits`: the address
    of the calls behind; add &figure=.
    """

    key = serializers.CharField(
        help_text="an id (0: of nobody known), a date, an instant, a weekday, an hour"
    )
    name = serializers.CharField()
    figures = serializers.DictField(child=serializers.FloatField(allow_null=True))
    visits = serializers.CharField()


class StatisticsSerializer(PeriodSerializer):
    by = serializers.CharField()
    total = FiguresSerializer()
    rows = FiguresSerializer(many=True)


class VisitBehindSerializer(VisitSerializer):
    """One stay in one queue; `call_id` leads to /calls/, null where no call is known."""

    class Meta:
        model = QueueVisit
        fields = ["id", "call_id", "caller_number", *VisitSerializer.Meta.fields]
        read_only_fields = fields


class VisitsBehindSerializer(PeriodSerializer):
    """Latest first; `count` in all. `older` is the cursor of the next page, null at the end."""

    figure = serializers.CharField()
    definition = serializers.CharField()
    count = serializers.IntegerField()
    visits = VisitBehindSerializer(many=True)
    older = serializers.CharField(allow_null=True)
