"""The filters of the statistics, as they stand in the address: a named period or two instants, and
the words of `Selection.as_query` for the rest.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.http import QueryDict
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from reports.statistics.periods import DATES, DEFAULT_PERIOD, PERIODS, days_of
from reports.statistics.permissions import StatisticsSight
from reports.statistics.selection import (
    EVERY_DAY,
    MINUTES_OF_DAY,
    Selection,
    clock,
    midnight,
    minutes_of,
)

# what no list of a company's calls reaches beyond; it keeps sums bounded too
MOST_YEARS = 10
_ID_LENGTH = 18
_LISTS = ("groups", "agents", "weekdays", "queues")


class LocalInstantField(forms.Field):
    """2026-11-22T08:00 as a person types it, in the zone of the form; or an instant with offset."""

    default_error_messages = {"invalid": _("Give a date and a time, such as 2026-11-22T08:30.")}
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})

    def to_python(self, value: Any) -> datetime | None:
        if not value:
            return None
        try:
            return datetime.fromisoformat(str(value).strip())
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["invalid"]) from error


class MinuteField(forms.Field):
    """A time of day, 08:30; minutes since midnight. 24:00 is the end of the day."""

    default_error_messages = {"invalid": _("Give a time of day, such as 08:30.")}
    widget = forms.TimeInput(attrs={"type": "time"})

    def to_python(self, value: Any) -> int | None:
        if not value:
            return None
        try:
            return minutes_of(str(value))
        except ValueError as error:
            raise forms.ValidationError(self.error_messages["invalid"]) from error


class IdsField(forms.Field):
    """Numbers as "1,2" or one by one. Any is taken: history outlives groups and agents."""

    default_error_messages = {"invalid": _("Give ids, such as 3,5.")}

    def to_python(self, value: Any) -> tuple[int, ...]:
        words = list(value or ())
        if not all(word.isascii() and word.isdigit() and len(word) <= _ID_LENGTH for word in words):
            raise forms.ValidationError(self.error_messages["invalid"])
        return tuple(sorted({int(word) for word in words}))


class StatisticsForm(forms.Form):
    """What an address asks for. Instants and lists are as `Selection.as_query` writes them."""

    period = forms.ChoiceField(label=_("Period"), choices=PERIODS, required=False)
    since = LocalInstantField(label=_("From"), required=False)
    until = LocalInstantField(label=_("To"), required=False)
    groups = IdsField(label=_("Groups"), required=False)
    agents = IdsField(label=_("Agents"), required=False)
    weekdays = IdsField(label=_("Weekdays"), required=False)
    zone = forms.CharField(label=_("Time zone"), max_length=64, required=False)
    direction = forms.CharField(required=False, max_length=8)
    within = forms.CharField(label=_("Hours"), required=False, max_length=11)

    def __init__(
        self, data: QueryDict, *, zone: str, now: datetime, sight: StatisticsSight
    ) -> None:
        """`zone`: the company's."""
        super().__init__(_flat(data))
        self.home_zone, self.now, self.sight = zone, now, sight
        # from and to: the one is a word of Python
        self.fields["from"] = MinuteField(label=_("From the time of day"), required=False)
        self.fields["to"] = MinuteField(label=_("To the time of day"), required=False)

    @cached_property
    def group_names(self) -> dict[int, str]:
        """Of those that may be asked for."""
        return self.sight.groups()

    @cached_property
    def agent_names(self) -> dict[int, str]:
        return self.sight.agents()

    def clean_groups(self) -> tuple[int, ...]:
        ids: tuple[int, ...] = self.cleaned_data["groups"]
        if not self.sight.may_ask_for(ids):
            # whether it exists at all is nobody's business
            raise forms.ValidationError(_("You may not see this group, or there is none."))
        return ids

    def clean_weekdays(self) -> tuple[int, ...]:
        days: tuple[int, ...] = self.cleaned_data["weekdays"]
        if not set(days) <= set(EVERY_DAY):
            raise forms.ValidationError(_("Weekdays are 1 (Monday) to 7 (Sunday)."))
        return days

    def clean_zone(self) -> str:
        name = str(self.cleaned_data["zone"]) or self.home_zone
        if name not in _zones():
            raise forms.ValidationError(_("There is no time zone “%s”.") % name)
        return name

    def clean_within(self) -> tuple[int, int] | None:
        text = self.cleaned_data["within"]
        if not text:
            return None
        try:
            start, end = map(minutes_of, text.split("-"))
            if start >= end:
                raise ValueError(text)
        except ValueError as error:
            raise forms.ValidationError(_("Give two times of day, such as 08:30-09:00.")) from error
        return start, end

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if self.errors:
            return values
        since, until = self._bounds(values)
        if since >= until:
            self.add_error("until", _("The end must come after the beginning."))
        elif until - since > timedelta(days=366 * MOST_YEARS):
            self.add_error("until", _("Choose at most %d years.") % MOST_YEARS)
        values["since"], values["until"] = since, until
        return values

    @property
    def period_shown(self) -> str:
        """Two instants are a period of their own, whatever stood there before."""
        if self.data.get("since") or self.data.get("until"):
            return DATES
        return str(self.data.get("period") or DEFAULT_PERIOD)

    @property
    def typed(self) -> dict[str, str]:
        """As `period_fields`, of a form that is refused: what stood in the fields."""
        return {name: str(self.data.get(name) or "") for name in ("since", "until", "from", "to")}

    def chosen(self, name: str) -> tuple[int, ...]:
        """The ids of one list, none where they are refused."""
        found: tuple[int, ...] = self.cleaned_data.get(name, ())
        return found

    def weekday_choices(self) -> list[tuple[int, str, bool]]:
        chosen = self.chosen("weekdays")
        return [(day, str(WEEKDAYS[day - 1]), day in chosen) for day in EVERY_DAY]

    def zone_choices(self, *others: str) -> list[str]:
        """Those that somebody here may mean; any other can stand in the address."""
        asked = self.cleaned_data.get("zone", "")
        return sorted({self.home_zone, "UTC", asked, *others} - {""})

    def selection(self) -> Selection:
        """Of a valid form, kept within the groups that may be seen."""
        values = self.cleaned_data
        start, end = values["from"] or 0, values["to"] or MINUTES_OF_DAY
        queues = self.data.get("queues")
        asked = Selection(
            since=values["since"],
            until=values["until"],
            zone=values["zone"],
            group_ids=values["groups"] or None,
            agent_ids=values["agents"] or None,
            queue_names=tuple(queues) if queues else None,
            weekdays=values["weekdays"] or EVERY_DAY,
            minutes_from=start % MINUTES_OF_DAY,
            minutes_to=end or MINUTES_OF_DAY,
            within_minutes=values["within"],
            direction=values["direction"],
        )
        return self.sight.within(asked)

    def _bounds(self, values: dict[str, Any]) -> tuple[datetime, datetime]:
        zone, period = values["zone"], self.period_shown
        tz = ZoneInfo(zone)
        today = self.now.astimezone(tz).date()
        if period != DATES:
            first, last = days_of(period, today)
            return midnight(first, zone), midnight(last, zone)
        since, until = values.get("since"), values.get("until")
        since = midnight(today, zone) if since is None else _in_zone(since, tz)
        until = midnight(today + timedelta(days=1), zone) if until is None else _in_zone(until, tz)
        return since, until


def period_fields(selection: Selection) -> dict[str, str]:
    """What the fields of the picker show."""
    return {
        "since": f"{selection.local(selection.since):%Y-%m-%dT%H:%M}",
        "until": f"{selection.local(selection.until):%Y-%m-%dT%H:%M}",
        "from": clock(selection.minutes_from) if selection.minutes_from else "",
        "to": clock(selection.minutes_to) if selection.minutes_to != MINUTES_OF_DAY else "",
    }


@cache
def _zones() -> set[str]:
    """Read from some hundred files, so once."""
    return available_timezones()


def _in_zone(at: datetime, tz: ZoneInfo) -> datetime:
    try:
        local = at if at.tzinfo else at.replace(tzinfo=tz)
        return local.astimezone(ZoneInfo("UTC"))
    except OverflowError:
        return datetime(1970 if at.year < 1970 else 9998, 1, 1, tzinfo=ZoneInfo("UTC"))


def _flat(data: QueryDict) -> dict[str, Any]:
    """Lists come as a=1,2 from links and as a=1&a=2 from forms."""
    return {
        name: [word for text in data.getlist(name) for word in text.split(",") if word]
        if name in _LISTS
        else data.get(name)
        for name in data
    }
