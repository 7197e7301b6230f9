"""What agents did: the calls they took, from visits, and their time, from activity."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from callcenter.tenants.scope import current_tenant_id
from reports.statistics import kpi
from reports.statistics.intervals import By
from reports.statistics.more_sums import visits_left_ringing
from reports.statistics.selection import EVERY_DAY, Selection
from reports.statistics.selectors import figures
from reports.statistics.sums import NO_FIGURES, Figures
from telephony.activity.selectors import ActivitySum, activity_sums, sessions_of

__all__ = ["AgentFigures", "agent_figures", "sessions_of", "team_of"]


@dataclass(frozen=True, slots=True)
class AgentFigures:
    """One agent's. `contacts` counts every visit he answered, also those of one call that he passed
    on. `activity` is his time; None: not known for hours or weekdays chosen, or not told of.
    """

    contacts: Figures
    activity: ActivitySum | None

    @property
    def busy_seconds(self) -> float | None:
        """In calls and after-call work, while logged in."""
        known = self.activity
        return known.of("in_call") + known.of("wrapping_up") if known else None

    @property
    def idle_seconds(self) -> float | None:
        """Free for calls, ringing within."""
        known = self.activity
        return known.of("available") + known.of("ringing") if known else None

    @property
    def occupancy(self) -> float | None:
        if self.busy_seconds is None or self.idle_seconds is None:
            return None
        return kpi.occupancy(self.busy_seconds, self.idle_seconds)

    @property
    def login_seconds(self) -> float | None:
        return self.activity.login_seconds if self.activity else None

    @property
    def wrap_up_seconds(self) -> float | None:
        return self.activity.of("wrapping_up") if self.activity else None

    @property
    def pauses(self) -> dict[str, float] | None:
        """Seconds by reason."""
        return self.activity.pauses if self.activity else None

    @property
    def paused_seconds(self) -> float | None:
        return sum(self.activity.pauses.values()) if self.activity else None

    @property
    def average_handling_time(self) -> float | None:
        """Of the contacts, with the wrap-up that followed each."""
        return kpi.average_handling_time(self.contacts.visits)


@dataclass(frozen=True, slots=True)
class Agents:
    """By agent id, and all of them together."""

    each: dict[int, AgentFigures]
    together: AgentFigures


def agent_figures(selection: Selection, *, at: datetime) -> Agents:
    """Those chosen, and whoever answered, was rung in vain or was logged in. Four or five queries.

    What lies after `at`, now, is not counted. Only the groups of the selection count, and an agent
    in several of them once.
    """
    found = figures(selection, By.AGENT)
    rung = {
        key[0]: visits
        for key, visits in visits_left_ringing(selection, current_tenant_id(), (By.AGENT,)).items()
    }
    times = _times(selection, at)
    each = {
        agent_id: AgentFigures(
            replace(found.get(agent_id, NO_FIGURES), left_ringing=len(rung.get(agent_id, ()))),
            None if times is None else times.get(agent_id),
        )
        for agent_id in dict.fromkeys((*found, *rung, *(times or ())))
    }
    together = team_of(each.values())
    # what two of them left ringing is one call
    contacts = replace(together.contacts, left_ringing=len(set[int]().union(*rung.values())))
    return Agents(each, replace(together, contacts=contacts))


def team_of(agents: Collection[AgentFigures]) -> AgentFigures:
    """All of them together; the time of those of whom it is known. What two of them left ringing is
    one call: that takes a sum of its own."""
    contacts, total = NO_FIGURES, ActivitySum()
    is_known = False
    for one in agents:
        contacts = _with(contacts, one.contacts)
        if one.activity is not None:
            is_known = True
            _add(total, one.activity)
    return AgentFigures(contacts, total if is_known else None)


def _with(one: Figures, other: Figures) -> Figures:
    longest = (one.longest_wait_seconds, other.longest_wait_seconds)
    return replace(
        one,
        visits=one.visits + other.visits,
        share=one.share + other.share,
        longest_wait_seconds=max((wait for wait in longest if wait is not None), default=None),
        distribution=None,
        repeats=None,
        left_ringing=None,
    )


def _add(total: ActivitySum, one: ActivitySum) -> None:
    for whole, part in ((total.logged_in, one.logged_in), (total.logged_out, one.logged_out)):
        for key, seconds in part.items():
            whole[key] = whole.get(key, 0.0) + seconds
    total.in_calls_of_groups += one.in_calls_of_groups


def _times(selection: Selection, at: datetime) -> dict[int, ActivitySum] | None:
    """None where hours or weekdays were chosen, or queues: time is kept for groups."""
    if (
        not selection.has_whole_days
        or selection.weekdays != EVERY_DAY
        or selection.queue_names is not None
    ):
        return None
    until = min(selection.until, at)
    if until <= selection.since:
        return {}
    sums = activity_sums(selection.agent_ids, selection.since, until, selection.group_ids)
    # who was in none of the groups, all the time, is none of their agents
    return {
        agent_id: one
        for agent_id, one in sums.items()
        if one.logged_in or one.in_calls_of_groups or selection.agent_ids is not None
    }
