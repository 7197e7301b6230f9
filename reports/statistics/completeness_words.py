"""What the badge at a figure says about the data behind it. Pure but for the language."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reports.rendering.document import Badge
from telephony.ledger.completeness import Completeness

COMPLETE, RUNNING, INCOMPLETE = "complete", "running", "incomplete"
LATE = timedelta(seconds=15)  # marks are made once a second


def badge_of(completeness: Completeness, *, until: datetime, zone: ZoneInfo, at: datetime) -> Badge:
    """Of figures up to `until`, looked at `at`. Missing time is said before all else."""
    if completeness.gaps:
        missing = _missing(max(1, completeness.missing_seconds))
        reached = _reached(completeness, until, zone, at)
        return Badge(INCOMPLETE, f"{missing}, {reached.words}" if reached else missing)
    return _reached(completeness, until, zone, at) or Badge(COMPLETE, _("complete"))


def _reached(
    completeness: Completeness, until: datetime, zone: ZoneInfo, at: datetime
) -> Badge | None:
    """None where everything of the period is in."""
    reached = completeness.complete_to
    if reached is None:
        return Badge(INCOMPLETE, _("not known whether complete"))
    if reached >= until:
        return None
    local = reached.astimezone(zone)
    told = local.strftime("%H:%M:%S")
    if local.date() != at.astimezone(zone).date():
        told = f"{date_format(local, 'SHORT_DATE_FORMAT')} {told}"
    level = RUNNING if min(at, until) - reached <= LATE else INCOMPLETE
    return Badge(level, _("complete to %(time)s") % {"time": told})


def _missing(seconds: int) -> str:
    if seconds < 60:
        return _("%(count)s s missing") % {"count": seconds}
    minutes = -(-seconds // 60)
    if minutes < 120:
        return _("%(count)s min missing") % {"count": minutes}
    hours = -(-seconds // 3600)
    return ngettext("%(count)s hour missing", "%(count)s hours missing", hours) % {"count": hours}
