"""Whose orders and reports a person sees: those within his groups, and no caller's number that he
may not see.
"""

from __future__ import annotations

from django.db.models import Q

from callcenter.accounts.permissions import Person, Right
from reports.schedules.models import Purpose


def limits_of(person: Person) -> Q:
    """A condition on ReportSchedule and ReportRun alike."""
    allowed = Q()
    if person.group_ids:
        allowed &= Q(group_ids__contained_by=sorted(person.group_ids)) & ~Q(group_ids=[])
    if not person.may(Right.CALLS_NUMBERS):
        allowed &= Q(shows_numbers=False)
    return allowed


def run_limits_of(person: Person) -> Q:
    """A preview is its requester's alone."""
    return limits_of(person) & (~Q(purpose=Purpose.PREVIEW) | Q(requested_by_id=person.user_id))
