"""Every figure: its name, what it means, how it is written, its formula, and the calls behind it.

FIGURES["asa"].formula(figures)   # a number, or None: no calls, or not known
FIGURES["asa"].counted(figures)   # how many visits `visits_behind` lists for it
"""

from __future__ import annotations

from collections.abc import Callable
from operator import attrgetter

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from reports.rendering.document import Kind
from reports.statistics import kpi
from reports.statistics.kpi import BUCKETS, WAIT_EDGES, Share
from reports.statistics.sums import (
    Figure,
    Figures,
    callbacks_in,
    distribution_in,
    left_ringing_in,
    repeats_in,
)


def _offered(figures: Figures) -> int:
    return figures.visits.offered


def _answered(figures: Figures) -> int:
    return figures.visits.answered


def _talked(figures: Figures) -> int:
    return figures.visits.talked


def _none(_: Figures) -> int:
    return 0


def _count(
    key: str,
    title: str | Promise,
    definition: str | Promise,
    is_good_when: str = "",
) -> Figure:
    """Of what Visits know by this name."""
    number: Callable[[Figures], int] = attrgetter(f"visits.{key}")  # no call of ours: quick
    return Figure(key, title, Kind.COUNT, definition, number, key, number, "", is_good_when)


_COUNTS = (
    _count(
        "offered",
        _("Offered"),
        _("Calls that entered the queue, without those given up at once and those while closed."),
    ),
    _count(
        "answered",
        _("Answered"),
        _("Offered calls that an agent answered."),
        "high",
    ),
    _count(
        "answered_in_time",
        _("Answered in time"),
        _(
            "Answered after at most the group's time limit, that second included, as it was when the call entered."
        ),
        "high",
    ),
    _count(
        "unanswered",
        _("Unanswered"),
        _("Offered calls that nobody answered: given up, or sent on out of the queue."),
        "low",
    ),
    _count(
        "abandoned",
        _("Abandoned"),
        _("Offered calls that the caller gave up, later than at once."),
        "low",
    ),
    _count(
        "abandoned_in_time",
        _("Abandoned in time"),
        _("Abandoned within the time in which the group means to answer."),
    ),
    _count(
        "overflowed",
        _("Overflowed"),
        _("Offered calls that the queue sent on or did not take, while open."),
        "low",
    ),
    _count(
        "timeout",
        _("Waited too long"),
        _("Overflowed because the longest allowed wait was over."),
    ),
    _count(
        "full",
        _("Queue full"),
        _("Not taken in because the queue was full."),
    ),
    _count(
        "no_agents",
        _("No agents"),
        _("Not taken in because no agent was there."),
    ),
    _count(
        "agents_left",
        _("Agents left"),
        _("Overflowed because the last agent left while the caller waited."),
    ),
    _count(
        "key",
        _("Left by key"),
        _("The caller left the queue by pressing a key."),
    ),
    _count(
        "other",
        _("Other reasons"),
        _("Overflowed for a reason that the PBX did not say."),
    ),
    _count(
        "restarted",
        _("Cut off"),
        _("Of the abandoned: ended by a restart of the PBX."),
    ),
    _count(
        "gave_up",
        _("Caller gave up"),
        _("Of the abandoned: the caller hung up."),
    ),
    _count(
        "short_abandoned",
        _("Given up at once"),
        _(
            "Given up after at most the group's short-abandon seconds. Not offered, not abandoned, in no other figure."
        ),
    ),
    _count(
        "closed",
        _("While closed"),
        _("Came outside the opening hours. In no other figure."),
    ),
)

_RATES = (
    Figure(
        "service_level",
        _("Service level"),
        Kind.SHARE,
        _(
            "Calls answered in time, of the calls that the group's way of counting takes in, with the limits in force when each call entered. Calls given up at once are left out."
        ),
        attrgetter("share.per_cent"),
        "in_service_level_counted",
        attrgetter("share.counted"),
        is_good_when="high",
    ),
    Figure(
        "in_service_level",
        _("Within service level"),
        Kind.COUNT,
        _("The calls that the service level counts as good."),
        attrgetter("share.good"),
        "in_service_level",
        attrgetter("share.good"),
        is_good_when="high",
    ),
    Figure(
        "answer_rate",
        _("Answer rate"),
        Kind.SHARE,
        _("Answered of offered. Calls while closed are left out."),
        lambda figures: kpi.answer_rate(figures.visits),
        "offered",
        _offered,
        is_good_when="high",
    ),
    Figure(
        "abandon_rate",
        _("Abandon rate"),
        Kind.SHARE,
        _("Abandoned of offered. Calls given up at once are left out."),
        lambda figures: kpi.abandon_rate(figures.visits),
        "offered",
        _offered,
        is_good_when="low",
    ),
)

_TIMES = (
    Figure(
        "asa",
        _("Average speed of answer"),
        Kind.SECONDS,
        _(
            "Time in queue and ringing of answered calls, divided by their number. Greeting and menus are not in it."
        ),
        lambda figures: kpi.average_speed_of_answer(figures.visits),
        "answered",
        _answered,
        is_good_when="low",
    ),
    Figure(
        "average_wait",
        _("Average wait"),
        Kind.SECONDS,
        _(
            "Time in queue of calls that were answered, given up, let go after the longest wait, or left by the last agent, divided by their number."
        ),
        lambda figures: kpi.average_wait(figures.visits),
        "waited",
        lambda figures: figures.visits.waited,
        is_good_when="low",
    ),
    Figure(
        "longest_wait",
        _("Longest wait"),
        Kind.SECONDS,
        _("The longest time in queue of an offered call."),
        lambda figures: figures.longest_wait_seconds,
        "offered",
        _offered,
        is_good_when="low",
    ),
    Figure(
        "average_talk",
        _("Average talk"),
        Kind.SECONDS,
        _("Talk and hold of answered calls that are over, divided by their number."),
        lambda figures: kpi.average_talk(figures.visits),
        "talked",
        _talked,
    ),
    Figure(
        "talk",
        _("Talk time"),
        Kind.SECONDS,
        _("Talk and hold of answered calls together."),
        lambda figures: figures.visits.talk,
        "answered",
        _answered,
    ),
    Figure(
        "aht",
        _("Average handling time"),
        Kind.SECONDS,
        _(
            "Talk, hold and after-call work of answered calls that are over, divided by their number. After-call work is the wrap-up that follows the call."
        ),
        lambda figures: kpi.average_handling_time(figures.visits),
        "talked",
        _talked,
    ),
)

_CALLERS = (
    Figure(
        "repeated",
        _("Repeated"),
        Kind.COUNT,
        _(
            "Offered calls whose caller called the same group again within 168 hours. Callers without a number never count."
        ),
        lambda figures: repeats_in(figures).good,
        "repeated",
        lambda figures: repeats_in(figures).good,
        "repeats",
        "low",
    ),
    Figure(
        "fcr",
        _("First contact resolution"),
        Kind.SHARE,
        _("1 - repeated / offered: callers who did not have to call the same group again."),
        lambda figures: kpi.first_contact_resolution(repeats_in(figures)),
        "offered",
        _offered,
        "repeats",
        "high",
    ),
    Figure(
        "lost_calls",
        _("Lost calls"),
        Kind.COUNT,
        _(
            "Calls that nobody answered in any queue, also while closed or left to voicemail. Calls given up at once are not in it."
        ),
        lambda figures: callbacks_in(figures).lost,
        "lost_calls",
        lambda figures: callbacks_in(figures).lost,
        "callbacks",
        "low",
    ),
    Figure(
        "called_back",
        _("Called back"),
        Kind.COUNT,
        _("Lost calls whose number somebody called afterwards, and was answered."),
        lambda figures: callbacks_in(figures).called_back,
        "called_back",
        lambda figures: callbacks_in(figures).called_back,
        "callbacks",
    ),
    Figure(
        "callback_share",
        _("Share called back"),
        Kind.SHARE,
        _("Lost calls whose caller was reached by a call afterwards, of all lost calls."),
        lambda figures: (
            Share(callbacks_in(figures).called_back, callbacks_in(figures).lost).per_cent
        ),
        "lost_calls",
        lambda figures: callbacks_in(figures).lost,
        "callbacks",
        "high",
    ),
    Figure(
        "callback_time",
        _("Time to call back"),
        Kind.SECONDS,
        _("From the lost call to the first answered call to that number, on average."),
        lambda figures: kpi.callback_time(
            callbacks_in(figures).seconds, callbacks_in(figures).called_back
        ),
        "called_back",
        lambda figures: callbacks_in(figures).called_back,
        "callbacks",
        "low",
    ),
)


_RINGS = (
    Figure(
        "left_ringing",
        _("Left ringing"),
        Kind.COUNT,
        _(
            "Offered calls that rang an agent without an answer: left ringing, rejected, or not taken by the phone. Somebody else may have answered. A call counts once, however often it rang."
        ),
        left_ringing_in,
        "left_ringing",
        left_ringing_in,
        "rings",
        "low",
    ),
)


def _bucket_title(number: int) -> str | Promise:
    if number == len(WAIT_EDGES):
        return format_lazy(_("over {edge} s"), edge=WAIT_EDGES[-1])
    low = WAIT_EDGES[number - 1] + 1 if number else 0
    return format_lazy(_("{low} to {high} s"), low=low, high=WAIT_EDGES[number])


def _bucket(side: str, number: int) -> Figure:
    def count(figures: Figures) -> int:
        return int(getattr(distribution_in(figures), side)[number])

    words = (
        _("Answered calls that waited this long.")
        if side == "answered"
        else _("Offered calls that waited this long and were not answered.")
    )
    key = f"{side}_bucket_{number}"
    return Figure(key, _bucket_title(number), Kind.COUNT, words, count, key, count, "distribution")


ANSWERED_BUCKETS = tuple(_bucket("answered", n) for n in range(BUCKETS))
UNANSWERED_BUCKETS = tuple(_bucket("unanswered", n) for n in range(BUCKETS))
UNANSWERED_REASONS = (
    "gave_up", "restarted", "timeout", "full", "no_agents", "agents_left", "key", "other", "closed",
)  # fmt: skip

FIGURES: dict[str, Figure] = {
    figure.key: figure
    for figure in (
        *_COUNTS, *_RATES, *_TIMES, *_CALLERS, *_RINGS, *ANSWERED_BUCKETS, *UNANSWERED_BUCKETS,
    )
}  # fmt: skip


def parts_for(keys: tuple[str, ...]) -> frozenset[str]:
    """What must be summed besides the visits themselves. Raises KeyError for no figure."""
    return frozenset(filter(None, (FIGURES[key].needs for key in keys)))
