"""How a value is written for people: in the active language and zone. Pure."""

from __future__ import annotations

from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from reports.rendering.document import Kind, Value

NOTHING = "-"
MINUS = "\N{MINUS SIGN}"
UP, DOWN, LEVEL = "\N{BLACK UP-POINTING TRIANGLE}", "\N{BLACK DOWN-POINTING TRIANGLE}", "="


def written(value: Value, kind: Kind) -> str:
    """ "-" for None; an instant in the active zone, seconds as 3:07 or 1:03:07."""
    if value is None:
        return NOTHING
    if isinstance(value, datetime):
        return _instant(value, kind)
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    if isinstance(value, str):
        return value
    if kind is Kind.SHARE:
        return _("%(number)s %%") % {"number": _tenths(value)}
    if kind is Kind.SECONDS:
        return clock(value)
    if float(value).is_integer():
        return number_format(int(value), force_grouping=True)
    return _tenths(value)


def difference(value: Value, kind: Kind) -> str:
    """What a figure gained or lost: "▲ 12", "▼ 3.5 points", "= 0:00"; "-" for None.

    The arrow says which way, not whether that is good.
    """
    if value is None or isinstance(value, str | date):
        return written(value, kind)
    size = abs(value)
    if kind is Kind.SHARE:
        words = _("%(number)s points") % {"number": _tenths(size)}
    else:
        words = written(size, kind)
    if words == difference_of_nothing(kind):
        return f"{LEVEL} {words}"
    return f"{UP if value > 0 else DOWN} {words}"


def difference_of_nothing(kind: Kind) -> str:
    """As a difference too small to be written looks."""
    if kind is Kind.SHARE:
        return _("%(number)s points") % {"number": _tenths(0)}
    return written(0, kind)


def _tenths(value: float) -> str:
    # rounded here: number_format cuts off
    return number_format(round(value, 1), 1, force_grouping=True)


def clock(seconds: float) -> str:
    """187 -> "3:07", 3787 -> "1:03:07", -5 -> "−0:05"; to the nearest second."""
    sign = MINUS if seconds <= -0.5 else ""
    hours, rest = divmod(int(abs(seconds) + 0.5), 3600)
    minutes, left = divmod(rest, 60)
    return f"{sign}{hours}:{minutes:02d}:{left:02d}" if hours else f"{sign}{minutes}:{left:02d}"


def _instant(value: datetime, kind: Kind) -> str:
    local = timezone.localtime(value) if timezone.is_aware(value) else value
    if kind is Kind.DATE:
        return date_format(local, "DATE_FORMAT")
    return f"{date_format(local, 'SHORT_DATE_FORMAT')} {local:%H:%M:%S}"
