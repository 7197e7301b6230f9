"""What a mail server sent back."""

from __future__ import annotations

from django.utils import timezone

from callcenter.tenants.scope import system_scope
from reports.mail.bounces import Bounce, NoBounce
from reports.schedules.models import DeliveryState, ReportDelivery


def record_bounce(*, bounce: Bounce) -> ReportDelivery:
    """Marks the delivery; a notice of mere delay only adds the server's words. Raises NoBounce for
    a mail that is not known. Doing it twice changes nothing.
    """
    words = f"{bounce.status} {bounce.words}".strip()[:500]
    with system_scope("a notification tells a delivery, not a tenant"):
        delivery = ReportDelivery.objects.filter(token=bounce.token).first()
        if delivery is None:
            raise NoBounce("The mail that came back is not known here, or was sent anew since.")
        state = DeliveryState.BOUNCED if bounce.is_final else delivery.state
        ReportDelivery.objects.filter(pk=delivery.pk).update(
            state=state, words=words, reason="", changed_at=timezone.now()
        )
        delivery.refresh_from_db()
    return delivery
