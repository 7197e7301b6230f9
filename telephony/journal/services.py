"""What a person does to his journal."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F, Value
from django.db.models.functions import Greatest

from telephony.journal.models import Journal


def remember_place(*, user_id: int, x: int, y: int, width: int, height: int) -> None:
    """As the last opening left it, on whichever computer."""
    place = {"x": x, "y": y, "width": width, "height": height}
    Journal.objects.update_or_create(user_id=user_id, defaults=place)


def mark_all_seen(*, user_id: int, at: datetime) -> None:
    """Calls missed until then are seen; what was seen before stays so."""
    row, is_new = Journal.objects.get_or_create(user_id=user_id, defaults={"seen_at": at})
    if not is_new:
        # of two tabs the later one counts; PostgreSQL's GREATEST passes over null
        Journal.objects.filter(pk=row.pk).update(seen_at=Greatest(F("seen_at"), Value(at)))
