"""Reading recordings: a page by cursor, one, those of a call, and what may or will be deleted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from callcenter.audit.models import AuditEntry
from callcenter.tenants.models import Tenant
from phonebook.numbers.e164 import search_digits
from telephony.calls.models import Call
from telephony.calls.selectors import Cursor, Side
from telephony.recordings.models import LegalHold, Recording, RecordingExport, RecordingState
from telephony.recordings.permissions import RecordingSight

PAGE = 50
AUDITED = "recording"
A_MOMENT = timedelta(minutes=1)  # an order is written down before it is carried out


@dataclass(frozen=True, slots=True)
class RecordingFilter:
    """What to look for; everything may be left out. [since, until), lengths in seconds."""

    since: datetime | None = None
    until: datetime | None = None
    group_id: int | None = None
    agent_id: int | None = None
    direction: str = ""
    number: str = ""
    country: str = ""
    at_least: int | None = None
    at_most: int | None = None
    kept: bool | None = None


@dataclass(frozen=True, slots=True)
class RecordingPage:
    """Latest first. `older` and `newer` lead on; None where there is nothing."""

    recordings: list[Recording]
    older: Cursor | None
    newer: Cursor | None


def shown() -> QuerySet[Recording]:
    """What is there for people: arrived, and not on its way out."""
    return Recording.objects.filter(going_at=None).exclude(state=RecordingState.ARRIVING)


def recordings_seen(sight: RecordingSight, wanted: RecordingFilter) -> QuerySet[Recording]:
    """Unordered."""
    found = shown().filter(sight.limits)
    if wanted.since is not None:
        found = found.filter(started_at__gte=wanted.since)
    if wanted.until is not None:
        found = found.filter(started_at__lt=wanted.until)
    if wanted.group_id is not None:
        found = found.filter(group_id=wanted.group_id)
    if wanted.agent_id is not None:
        found = found.filter(agent_ids__contains=[wanted.agent_id])
    if wanted.direction:
        found = found.filter(direction=wanted.direction)
    if wanted.at_least is not None:
        found = found.filter(seconds__gte=wanted.at_least)
    if wanted.at_most is not None:
        found = found.filter(seconds__lte=wanted.at_most)
    if wanted.kept is not None:
        found = found.filter(kept_until__isnull=not wanted.kept)
    if wanted.number:
        found = _with_number(found, sight, wanted)
    return found


def _with_number(
    found: QuerySet[Recording], sight: RecordingSight, wanted: RecordingFilter
) -> QuerySet[Recording]:
    """Numbers that end with what was typed; see telephony/calls/selectors.py."""
    digits = search_digits(wanted.number, wanted.country)
    if not digits:
        return found.none()
    if not sight.sees_numbers:
        # who may not see a number must not find it out by asking for it either
        if sight.agent_id is None:
            return found.none()
        found = found.filter(agent_ids__contains=[sight.agent_id])
    ending = digits[::-1]
    beyond = ending[:-1] + chr(ord(ending[-1]) + 1)
    return found.filter(party_backwards__gte=ending, party_backwards__lt=beyond)


def page_of_recordings(
    sight: RecordingSight,
    wanted: RecordingFilter,
    cursor: Cursor | None = None,
    side: Side = "older",
    size: int = PAGE,
) -> RecordingPage:
    """`size` recordings beside the cursor; without one the latest, or the oldest for `newer`.

    Two queries: ids within the index alone, then these rows without their waves.
    """
    found = recordings_seen(sight, wanted)
    backwards = side == "newer"
    if cursor is not None:
        at, pk = cursor.started_at, cursor.id
        beside = (
            Q(started_at__gte=at) & (Q(started_at__gt=at) | Q(pk__gt=pk))
            if backwards
            else Q(started_at__lte=at) & (Q(started_at__lt=at) | Q(pk__lt=pk))
        )
        found = found.filter(beside)
    order = ("started_at", "pk") if backwards else ("-started_at", "-pk")
    ids = list(found.order_by(*order).values_list("pk", flat=True)[: size + 1])
    has_more = len(ids) > size
    rows = list(
        Recording.objects.filter(pk__in=ids[:size]).defer("peaks").order_by("-started_at", "-pk")
    )
    if not rows:
        return RecordingPage([], None, None)
    first, last = _cursor(rows[0]), _cursor(rows[-1])
    if backwards:
        return RecordingPage(rows, last if cursor else None, first if has_more else None)
    return RecordingPage(rows, last if has_more else None, first if cursor else None)


def _cursor(recording: Recording) -> Cursor:
    return Cursor(recording.started_at, recording.pk)


def recording_seen(sight: RecordingSight, pk: int) -> Recording | None:
    """None: not there, or not for this person."""
    return shown().filter(sight.limits, pk=pk).first()


def recordings_of_call(sight: RecordingSight, call: Call) -> list[Recording]:
    """Those of the call's channels, in their order; also one that is still on its way."""
    channels = call.legs.values_list("uniqueid", flat=True)
    found = Recording.objects.filter(sight.limits, going_at=None, uniqueid__in=list(channels))
    return list(found.order_by("started_at", "pk"))


def channels_talking(call: Call) -> set[str]:
    """The channels of the call that have not ended: what is recorded of them is still being made."""
    if call.ended_at is not None:
        return set()
    return set(call.legs.filter(ended_at=None).values_list("uniqueid", flat=True))


def call_of(recording: Recording) -> Call | None:
    """The conversation as the list of calls has it."""
    leg_of = {"legs__uniqueid": recording.uniqueid, "pbx": recording.pbx}
    found = Call.objects.filter(**leg_of).select_related("part_of").first()
    return (found.part_of or found) if found else None


# --- how long ---------------------------------------------------------------------------------
def expires_at(recording: Recording, days: int) -> datetime:
    """When it may be deleted: `days` after the call, or when it need not be kept any more."""
    usual = recording.started_at + timedelta(days=days)
    return max(usual, recording.kept_until) if recording.kept_until else usual


def _held() -> Exists:
    holds = LegalHold.objects.filter(released_at=None, party_digits=OuterRef("party_digits"))
    return Exists(holds.filter(tenant_id=OuterRef("tenant_id")).exclude(party_digits=""))


def is_held(recording: Recording) -> bool:
    return bool(held_among([recording]))


def held_among(recordings: Iterable[Recording]) -> set[int]:
    """Ids of those under a legal hold. One query."""
    found = Recording.objects.filter(_held(), pk__in=[one.pk for one in recordings])
    return set(found.values_list("pk", flat=True))


def not_held(recordings: QuerySet[Recording]) -> QuerySet[Recording]:
    return recordings.exclude(_held())


def expiring(until: datetime, tenant: Tenant) -> QuerySet[Recording]:
    """Those that will be deleted before `until` unless somebody keeps them, the next to go first.

    In the tenant's scope. Held ones are not among them. For a report: `expires_at(one, days)`.
    """
    days = timedelta(days=tenant.recording_days)
    found = not_held(shown()).filter(started_at__lt=until - days)
    found = found.filter(Q(kept_until=None) | Q(kept_until__lt=until))
    return found.defer("peaks").order_by("started_at", "pk")


def removable(at: datetime, tenant: Tenant) -> QuerySet[Recording]:
    """What a purge may take now: expired, and nobody holds it, keeps it or listens to it."""
    days = timedelta(days=tenant.recording_days)
    found = Recording.objects.filter(going_at=None, started_at__lt=at - days)
    found = found.filter(Q(kept_until=None) | Q(kept_until__lt=at))
    found = found.filter(Q(listened_until=None) | Q(listened_until__lt=at))
    return not_held(found)


def accesses(recording: Recording, most: int = 50) -> list[AuditEntry]:
    """Who listened, downloaded, noted, kept, and who paused it as it was made: the latest first."""
    done = Q(about_type=AUDITED, about_id=str(recording.pk))
    agents = [str(agent_id) for agent_id in recording.agent_ids]
    until = recording.started_at + timedelta(seconds=recording.seconds or 0) + A_MOMENT
    paused = Q(
        about_type="agent",
        about_id__in=agents,
        action__in=("agent.pause_recording", "agent.resume_recording"),
        at__range=(recording.started_at - A_MOMENT, until),
        after__call=f"call:{recording.linkedid}",
    )
    ids = {
        pk
        for one in (done, paused)
        for pk in AuditEntry.objects.filter(one).values_list("pk", flat=True)[:most]
    }
    return list(AuditEntry.objects.filter(pk__in=ids).select_related("by")[:most])


def exports_of(user_id: int, most: int = 10) -> list[RecordingExport]:
    return list(RecordingExport.objects.filter(requested_by_id=user_id)[:most])


def notes_counted(recordings: Iterable[Recording]) -> dict[int, int]:
    """Recording id -> how many notes it has. One query."""
    ids = [one.pk for one in recordings]
    rows = Recording.objects.filter(pk__in=ids, notes__isnull=False)
    return dict(rows.annotate(n=Count("notes")).values_list("pk", "n"))
