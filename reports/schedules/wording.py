"""How orders, runs and deliveries are worded and coloured. Pure: rows in, words out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.dates import WEEKDAYS_ABBR
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reports.schedules.models import (
    DeliveryState,
    Purpose,
    ReportDelivery,
    ReportRun,
    ReportSchedule,
    RunState,
)


@dataclass(frozen=True, slots=True)
class Look:
    """A state as people see it: always word, icon and tone together."""

    word: str | Promise
    icon: str
    tone: str


DELIVERIES = {
    DeliveryState.QUEUED: Look(gettext_lazy("Waiting"), "clock", "off"),
    DeliveryState.SENDING: Look(gettext_lazy("Being sent"), "send", "busy"),
    DeliveryState.SENT: Look(gettext_lazy("Sent"), "circle-check", "ok"),
    DeliveryState.REFUSED: Look(gettext_lazy("Refused"), "circle-x", "bad"),
    DeliveryState.BOUNCED: Look(gettext_lazy("Came back"), "undo-2", "bad"),
    DeliveryState.GIVEN_UP: Look(gettext_lazy("Given up"), "circle-x", "bad"),
}
_TRIED = Look(gettext_lazy("To be tried again"), "refresh-cw", "warn")


def look_of_delivery(delivery: ReportDelivery) -> Look:
    if delivery.state == DeliveryState.QUEUED and delivery.attempts:
        return _TRIED
    return DELIVERIES[DeliveryState(delivery.state)]


def look_of_run(run: ReportRun) -> Look:
    """Of a run as `counted` gives it."""
    mails, sent, failed = (getattr(run, name, 0) for name in ("mails", "sent", "failed"))
    if run.state == RunState.WAITING:
        if run.words:
            return Look(_("Not made yet, tried again"), "refresh-cw", "warn")
        return Look(_("Being made"), "loader", "busy")
    if run.state == RunState.FAILED:
        return Look(_("Could not be made"), "circle-x", "bad")
    if run.state == RunState.SKIPPED:
        return Look(_("Left out"), "circle-off", "warn")
    if run.purpose == Purpose.PREVIEW:
        return Look(_("Made"), "circle-check", "ok")
    if not mails:
        return Look(_("Nobody to send it to"), "triangle-alert", "warn")
    if failed:
        words = _("%(failed)d of %(all)d not delivered") % {"failed": failed, "all": mails}
        return Look(words, "circle-x", "bad")
    if sent == mails:
        return Look(_("Sent to %(all)d") % {"all": mails}, "circle-check", "ok")
    return Look(_("Sent to %(sent)d of %(all)d") % {"sent": sent, "all": mails}, "clock", "busy")


def rhythm(schedule: ReportSchedule) -> str:
    """ "Mon, Thu at 08:00"."""
    at = f"{schedule.at:%H:%M}"
    if schedule.repeats == "daily":
        return _("Every day at %(time)s") % {"time": at}
    if schedule.repeats == "weekly":
        days = ", ".join(str(WEEKDAYS_ABBR[day - 1]) for day in schedule.weekdays)
        return _("%(days)s at %(time)s") % {"days": days, "time": at}
    if schedule.repeats == "monthly":
        if schedule.month_day == 31:
            return _("The last day of the month at %(time)s") % {"time": at}
        words = _("Day %(day)d of the month at %(time)s")
        return words % {"day": schedule.month_day, "time": at}
    if schedule.on_day is None:
        return _("Once, right away")
    day = date_format(schedule.on_day, "SHORT_DATE_FORMAT")
    return _("Once, on %(day)s at %(time)s") % {"day": day, "time": at}


def about(order: ReportSchedule | ReportRun, groups: Mapping[int, str]) -> str:
    """The groups, as far as they are told."""
    if not order.group_ids:
        return _("All groups")
    return ", ".join(groups.get(one, _("(removed)")) for one in order.group_ids)
