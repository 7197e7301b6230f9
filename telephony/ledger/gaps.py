"""Noting where the ledger is not whole, and that it is again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from telephony.ledger.models import GapCause, LedgerGap, LedgerMark

SHORTEST = timedelta(seconds=1)


def note_gap(
    *,
    pbx: str,
    source: str,
    since: datetime,
    until: datetime,
    cause: GapCause,
    file_id: int | None = None,
) -> None:
    """Once, however often it is found; one that began at the same instant is made longer."""
    until = max(until, since + SHORTEST)
    gap, is_new = LedgerGap.objects.get_or_create(
        pbx=pbx,
        source=source,
        cause=cause,
        since=since,
        defaults={"until": until, "file_id": file_id},
    )
    if not is_new:
        LedgerGap.objects.filter(pk=gap.pk).update(until=Greatest(F("until"), until))


def close_gaps(*, file_id: int) -> int:
    """The end of this file has turned up and is read."""
    return LedgerGap.objects.filter(
        file_id=file_id, cause=GapCause.MISSING_FILE, closed_at=None
    ).update(closed_at=timezone.now())


def mark_complete(*, pbx: str, at: datetime) -> None:
    """Everything that the PBX wrote before `at` is read and built."""
    LedgerMark.objects.update_or_create(pbx=pbx, defaults={"complete_to": at})


def mark_alive(*, pbx: str, at: datetime) -> None:
    LedgerMark.objects.update_or_create(pbx=pbx, defaults={"alive_at": at})
