"""Whether the data behind figures are whole, in words for the badge of a report."""

from __future__ import annotations

from datetime import datetime

from callcenter.tenants.models import Tenant
from reports.rendering.document import Badge
from reports.statistics.completeness_words import badge_of
from reports.statistics.selection import Selection
from telephony.ledger.selectors import completeness_of


def badges_of(tenant: Tenant, selection: Selection, now: datetime) -> tuple[Badge, ...]:
    """Of the selection's figures, looked at `now`. A few queries."""
    whole = completeness_of(tenant, selection.since, selection.until)
    return (badge_of(whole, until=selection.until, zone=selection.tz, at=now),)
