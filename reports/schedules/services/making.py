"""Making a run: its editions and deliveries appear in one commit, or not at all."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone, translation

from callcenter.accounts.models import Membership, User
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import current_tenant_id
from reports.mail.composing import body_html, body_text
from reports.rendering.json import as_json
from reports.rendering.png import to_png
from reports.rendering.xlsx import to_xlsx
from reports.schedules.contents import document_of
from reports.schedules.models import (
    Purpose,
    ReportDelivery,
    ReportEdition,
    ReportRun,
    RunState,
)

log = logging.getLogger(__name__)

# making takes seconds; a worker that is gone is noticed after this. Two that make the same run
# because one is slow do no harm: only one of them commits.
LEASE = timedelta(minutes=2)
ATTEMPTS_MOST = 4


@transaction.atomic
def claim_run(*, now: datetime) -> ReportRun | None:
    """The run to make next, the runs of a schedule in order; None when there is nothing to do."""
    earlier = ReportRun.objects.filter(
        schedule=OuterRef("schedule"),
        purpose=Purpose.ORDERED,
        state=RunState.WAITING,
        due_at__lt=OuterRef("due_at"),
    )
    run = (
        ReportRun.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(Q(claimed_until=None) | Q(claimed_until__lte=now), state=RunState.WAITING)
        .filter(~Q(purpose=Purpose.ORDERED) | ~Exists(earlier))
        .order_by("due_at", "pk")
        .first()
    )
    if run is None:
        return None
    if run.attempts >= ATTEMPTS_MOST:
        run.state = RunState.FAILED
        run.save(update_fields=["state"])
        return claim_run(now=now)
    run.attempts += 1
    run.claim, run.claimed_until = uuid.uuid4(), now + LEASE
    run.save(update_fields=["attempts", "claim", "claimed_until"])
    return run


def make_run(*, run: ReportRun, now: datetime) -> bool:
    """Of a claimed run. False when it failed, to be tried again, or somebody else has made it."""
    try:
        deliveries = _deliveries(run, now)
        wanted = {one.language for one in deliveries} or {_language_of_requester(run)}
        editions = [edition_of(run, language, now) for language in sorted(wanted)]
    except Exception as error:
        log.exception("The report %s of tenant %s was not made", run.pk, current_tenant_id())
        ReportRun.objects.filter(pk=run.pk, claim=run.claim).update(
            claimed_until=now + timedelta(minutes=run.attempts),
            words=f"{type(error).__name__}: {error}".replace("\x00", "")[:500],
        )
        return False
    with transaction.atomic():
        is_mine = ReportRun.objects.filter(
            pk=run.pk, claim=run.claim, state=RunState.WAITING
        ).update(state=RunState.MADE, made_at=now, claim=None, claimed_until=None, words="")
        if not is_mine:
            return False
        ReportEdition.objects.bulk_create(editions)
        ReportDelivery.objects.bulk_create(deliveries)
    return True


def edition_of(run: ReportRun, language: str, now: datetime) -> ReportEdition:
    """Everything in one language and the tenant's zone."""
    # big, and only workers that make reports need it
    from reports.rendering.pdf import ROOM_INCHES, to_pdf

    tenant = Tenant.objects.get(pk=current_tenant_id())
    with translation.override(language), timezone.override(ZoneInfo(tenant.time_zone)):
        document = document_of(run, tenant, language, now)
        chart = to_png(document.charts[0]) if document.charts else None
        return ReportEdition(
            run=run,
            language=language,
            title=f"{document.title}, {document.period}"[:250],
            document=as_json(document),
            html=body_html(document, has_chart=chart is not None),
            text=body_text(document),
            chart=chart,
            xlsx=to_xlsx(document),
            pdf=to_pdf(document, to_png(document.charts[0], ROOM_INCHES) if chart else None),
        )


def _deliveries(run: ReportRun, now: datetime) -> list[ReportDelivery]:
    """A person in the order counts by the address and language of now; each address once."""
    company = Tenant.objects.only("language").get(pk=current_tenant_id()).language
    found: dict[str, ReportDelivery] = {}
    for user in _people(run):
        one = _delivery(run, user.email, user.language or company, now)
        one.user = user
        found[one.address.lower()] = one
    if run.purpose == Purpose.ORDERED and run.schedule is not None:
        for address, language in run.schedule.addresses:
            found.setdefault(address.lower(), _delivery(run, address, language or company, now))
    return list(found.values())


def _people(run: ReportRun) -> list[User]:
    if run.purpose == Purpose.TEST and run.requested_by is not None:
        return [run.requested_by]
    if run.purpose != Purpose.ORDERED or run.schedule is None:
        return []
    here = Membership.objects.filter(
        user_id__in=run.schedule.user_ids, is_active=True, user__is_active=True
    )
    return [one.user for one in here.select_related("user").order_by("user__email")]


def _delivery(run: ReportRun, address: str, language: str, now: datetime) -> ReportDelivery:
    return ReportDelivery(run=run, address=address, language=language, next_try_at=now)


def _language_of_requester(run: ReportRun) -> str:
    company = Tenant.objects.only("language").get(pk=current_tenant_id()).language
    return (run.requested_by.language if run.requested_by else "") or company
