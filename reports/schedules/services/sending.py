"""Sending one delivery: claimed before the mail server is spoken to, settled after its answer.

A worker that dies before the message goes out leaves nothing behind: another sends it when the claim
runs out. One that dies between the message and the note of the server's answer leaves a mail that
may have arrived: it is sent again with the same Message-ID (at least once).
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone, translation

from callcenter.accounts.models import Membership
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import current_tenant_id
from reports.mail import outbox, smtp
from reports.mail.composing import PDF, XLSX, File, compose, return_address
from reports.mail.patience import wait_after
from reports.schedules.models import (
    DeliveryState,
    Purpose,
    Reason,
    ReportDelivery,
    ReportEdition,
)
from reports.schedules.services.orders import zone_here

# up to the message: connecting, signing in, addresses; each waits EMAIL_TIMEOUT at most
LEASE = timedelta(seconds=90)
# with the message: DATA_TIMEOUT to send it and again for the answer, and some more
MESSAGE_LEASE = timedelta(seconds=2 * smtp.DATA_TIMEOUT + 60)
ATTEMPTS_MOST = 12


@transaction.atomic
def claim_delivery(*, now: datetime) -> ReportDelivery | None:
    """The delivery to send next; an address gets the runs of a schedule in order, unless one waits
    to be tried again. None when there is nothing to do.
    """
    earlier = ReportDelivery.objects.filter(
        Q(state=DeliveryState.QUEUED, attempts=0) | Q(state=DeliveryState.SENDING),
        address=OuterRef("address"),
        run__schedule=OuterRef("run__schedule"),
        run__due_at__lt=OuterRef("run__due_at"),
    )
    delivery = (
        ReportDelivery.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(_is_open(now))
        .filter(~Exists(earlier))
        .select_related("run", "user")
        .order_by("next_try_at", "run__due_at", "pk")
        .first()
    )
    if delivery is None:
        return None
    if delivery.attempts >= ATTEMPTS_MOST:  # its worker died again and again
        delivery.state, delivery.reason = DeliveryState.GIVEN_UP, Reason.DIED
        delivery.save(update_fields=["state", "reason", "changed_at"])
        return claim_delivery(now=now)
    delivery.attempts += 1
    delivery.state = DeliveryState.SENDING
    delivery.claim, delivery.claimed_until = uuid.uuid4(), now + LEASE
    delivery.save(update_fields=["attempts", "state", "claim", "claimed_until", "changed_at"])
    return delivery


def _is_open(now: datetime) -> Q:
    return Q(state=DeliveryState.QUEUED, next_try_at__lte=now) | Q(
        state=DeliveryState.SENDING, claimed_until__lte=now
    )


def send_delivery(*, delivery: ReportDelivery) -> smtp.Outcome | None:
    """Of a claimed delivery; None when it is not sent at all."""
    if delivery.user_id is not None and not _may_still_enter(delivery):
        _settle(delivery, state=DeliveryState.GIVEN_UP, reason=Reason.LEFT)
        return None
    content = _content(delivery)
    outcome: smtp.Outcome
    if outbox.is_kept_here():
        slug = Tenant.objects.only("slug").get(pk=current_tenant_id()).slug
        outbox.keep(slug=slug, token=delivery.token, content=content)
        outcome = smtp.Taken("")
    else:
        outcome = smtp.send(
            content=content,
            sender=return_address(delivery.token),
            recipient=delivery.address,
            before_data=lambda: _is_still_mine(delivery),
        )
    _settle_outcome(delivery, outcome)
    return outcome


def _may_still_enter(delivery: ReportDelivery) -> bool:
    """An operator who asked for a test is no member; nobody else gets a company's report."""
    user = delivery.user
    if user is None or not user.is_active:
        return False
    if delivery.run.purpose == Purpose.TEST and user.is_operator:
        return True
    return Membership.objects.filter(user=user, is_active=True).exists()


def _content(delivery: ReportDelivery) -> bytes:
    run = delivery.run
    edition = ReportEdition.objects.get(run=run, language=delivery.language)
    name = f"{run.kind}-{run.since.astimezone(zone_here()):%Y-%m-%d}"
    files = []
    if run.attaches_xlsx:
        files.append(File(f"{name}.xlsx", XLSX, bytes(edition.xlsx)))
    if run.attaches_pdf:
        files.append(File(f"{name}.pdf", PDF, bytes(edition.pdf)))
    with translation.override(delivery.language):
        test = f"{Purpose.TEST.label}: " if run.purpose == Purpose.TEST else ""
    return compose(
        token=delivery.token,
        address=delivery.address,
        subject=f"{test}{edition.title}",
        html=edition.html,
        text=edition.text,
        chart=bytes(edition.chart) if edition.chart is not None else None,
        files=files,
        at=run.made_at or run.due_at,
    )


def _is_still_mine(delivery: ReportDelivery) -> bool:
    """Asked right before the message goes out: too slow a worker has lost its claim by now."""
    until = timezone.now() + MESSAGE_LEASE
    return bool(_claimed(delivery).update(claimed_until=until))


def _claimed(delivery: ReportDelivery) -> QuerySet[ReportDelivery]:
    return ReportDelivery.objects.filter(
        pk=delivery.pk, claim=delivery.claim, state=DeliveryState.SENDING
    )


def _settle_outcome(delivery: ReportDelivery, outcome: smtp.Outcome) -> None:
    match outcome:
        case smtp.Taken(words):
            reason = Reason.KEPT if outbox.is_kept_here() else ""
            _settle(delivery, state=DeliveryState.SENT, words=words, reason=reason)
        case smtp.Refused(code, words) if outcome.is_for_good:
            _settle(delivery, state=DeliveryState.REFUSED, words=f"{code} {words}")
        case smtp.Refused(code, words):
            _try_again(delivery, words=f"{code} {words}")
        case smtp.NotReached(words, is_silent):
            _try_again(delivery, words=words, reason=Reason.SILENT if is_silent else "")
        case smtp.Withdrawn():
            pass  # somebody else has it


def _try_again(delivery: ReportDelivery, *, words: str, reason: str = "") -> None:
    wait = wait_after(delivery.attempts)
    if wait is None:
        _settle(delivery, state=DeliveryState.GIVEN_UP, words=words, reason=reason)
    else:
        _settle(delivery, state=DeliveryState.QUEUED, words=words, reason=reason, wait=wait)


def _settle(
    delivery: ReportDelivery,
    *,
    state: DeliveryState,
    words: str = "",
    reason: str = "",
    wait: timedelta = timedelta(0),
) -> None:
    now = timezone.now()
    _claimed(delivery).update(
        state=state,
        words=words[:500],
        reason=reason,
        sent_at=now if state == DeliveryState.SENT else None,
        next_try_at=now + wait if state == DeliveryState.QUEUED else None,
        claim=None,
        claimed_until=None,
        changed_at=now,
    )
