"""Letting go of what was made long ago: it may name callers."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from reports.mail import outbox
from reports.schedules.models import Purpose, ReportDelivery, ReportEdition, ReportRun

AT_ONCE = 500


def forget_old_reports(*, before: datetime, previews: timedelta, others: timedelta) -> int:
    """Of every tenant, in a system scope: old previews whole; of other runs the contents, so that
    who got what stays known. Returns the number of editions let go.
    """
    ReportRun.objects.filter(purpose=Purpose.PREVIEW, due_at__lt=before - previews).delete()
    gone = 0
    while True:
        old = ReportEdition.objects.filter(run__due_at__lt=before - others)
        ids = list(old.values_list("pk", flat=True)[:AT_ONCE])
        if not ids:
            break
        gone += ReportEdition.objects.filter(pk__in=ids).delete()[0]
    _forget_files(before - others)
    return gone


def _forget_files(before: datetime) -> None:
    has_edition = ReportEdition.objects.filter(run=OuterRef("run"))
    old = ReportDelivery.objects.filter(~Exists(has_edition), run__due_at__lt=before)
    for slug, token in old.values_list("tenant__slug", "token").iterator():
        outbox.forget(slug, token)
