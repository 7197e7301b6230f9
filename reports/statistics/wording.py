"""A selection in words, in the active language: what page, file, mail and list are about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone

from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports.statistics.selection import (
    EVERY_DAY,
    MINUTES_OF_DAY,
    UNKNOWN,
    Selection,
    clock,
    midnight,
)

_DASH = "\N{EN DASH}"
_MOST_NAMED = 4


def period_words(selection: Selection) -> str:
    """ "22 November 2026", "16 November 2026 – 22 November 2026", or to the minute."""
    first, beyond = selection.local(selection.since), selection.local(selection.until)
    if _is_midnight(first, selection) and _is_midnight(beyond, selection):
        last = beyond.date() - timedelta(days=1)
        words = date_format(first.date(), "DATE_FORMAT")
        if last <= first.date():
            return f"{WEEKDAYS[first.weekday()]}, {words}"
        return f"{words} {_DASH} {date_format(last, 'DATE_FORMAT')}"
    if first.date() == beyond.date():
        return f"{_minute(first)} {_DASH} {time_words(beyond)}"
    return f"{_minute(first)} {_DASH} {_minute(beyond)}"


def filter_words(
    selection: Selection, groups: Mapping[int, str], agents: Mapping[int, str]
) -> list[str]:
    """What narrows it besides the period; nothing where nothing does."""
    found = []
    if selection.group_ids is not None:
        found.append(_("Groups: %s") % _names(selection.group_ids, groups))
    if selection.queue_names is not None:
        found.append(_("Queues: %s") % ", ".join(selection.queue_names))
    if selection.agent_ids is not None:
        found.append(_("Agents: %s") % _names(selection.agent_ids, agents))
    if selection.weekdays != EVERY_DAY:
        found.append(_weekdays(selection.weekdays))
    if not (selection.minutes_from == 0 and selection.minutes_to == MINUTES_OF_DAY):
        found.append(_hours(selection.minutes_from, selection.minutes_to))
    if selection.within_minutes is not None:
        found.append(_hours(*selection.within_minutes))
    return found


def document_period(
    selection: Selection, groups: Mapping[int, str], agents: Mapping[int, str]
) -> str:
    """Period and filters in one line."""
    return "; ".join((period_words(selection), *filter_words(selection, groups, agents)))


def time_words(local: datetime) -> str:
    """ "03:00"; one that comes twice says by which clock it is: "03:00 UTC+02:00"."""
    offset = local.utcoffset()
    if offset is None or offset == local.replace(fold=1 - local.fold).utcoffset():
        return f"{local:%H:%M}"
    return f"{local:%H:%M} {timezone(offset)}"


def _names(ids: Sequence[int], names: Mapping[int, str]) -> str:
    if not ids:
        return _("none")
    named = [_("(unknown)") if one == UNKNOWN else names.get(one, _("(removed)")) for one in ids]
    words = ", ".join(named[:_MOST_NAMED])
    more = len(named) - _MOST_NAMED
    if more <= 0:
        return words
    return ngettext("%(names)s and %(more)d more", "%(names)s and %(more)d more", more) % {
        "names": words,
        "more": more,
    }


def _weekdays(days: Sequence[int]) -> str:
    if len(days) == 1:
        return str(WEEKDAYS[days[0] - 1])
    if len(days) > 2 and days[-1] - days[0] == len(days) - 1:
        return f"{WEEKDAYS_ABBR[days[0] - 1]}{_DASH}{WEEKDAYS_ABBR[days[-1] - 1]}"
    return ", ".join(str(WEEKDAYS_ABBR[day - 1]) for day in days) or _("no weekday")


def _hours(start: int, end: int) -> str:
    return f"{clock(start)}{_DASH}{clock(end)}"


def _minute(local: datetime) -> str:
    return f"{date_format(local, 'DATE_FORMAT')} {time_words(local)}"


def _is_midnight(local: datetime, selection: Selection) -> bool:
    return local == midnight(local.date(), selection.zone)
