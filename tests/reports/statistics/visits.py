"""Visits for the tests of the statistics pages: a history that one can count by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from callcenter.groups.models import Queue
from callcenter.tenants.scope import tenant_scope
from telephony.calls.models import Call, QueueVisit
from tests.cast import Company

AT = datetime(2026, 11, 18, 8, 0, tzinfo=UTC)  # a Wednesday, 10:00 in Tallinn
_numbers = count(1)


def make_visit(
    company: Company,
    at: datetime,
    outcome: str = "answered",
    *,
    reason: str = "",
    wait: int = 10,
    talk: int = 60,
    caller: str = "+37255501234",
    queue: Queue | None = None,
    agent: int | None = 0,
) -> QueueVisit:
    """One call in one queue. `agent`: which of the company's answered; None: nobody known."""
    queue = queue or company.queue
    is_answered = outcome == "answered"
    agent_id = company.agents[agent].pk if is_answered and agent is not None else None
    number = next(_numbers)
    ends = at + timedelta(seconds=wait + (talk if is_answered else 0))
    with tenant_scope(company.tenant.pk):
        call = Call.objects.create(
            pbx="pbx1",
            linkedid=f"{company.tenant.slug}-{number}",
            direction="in",
            caller_number=caller,
            dialled=company.number.e164,
            party_digits=caller.lstrip("+"),
            group_id=queue.group_id,
            queue=queue,
            agent_id=agent_id,
            group_ids=[queue.group_id],
            agent_ids=[agent_id] if agent_id else [],
            started_at=at,
            answered_at=at + timedelta(seconds=wait) if is_answered else None,
            ended_at=ends,
            wait_seconds=wait,
            talk_seconds=talk if is_answered else 0,
            outcome="closed" if reason == "closed" else outcome,
            reason=reason,
        )
        return QueueVisit.objects.create(
            pbx="pbx1",
            callid=call.linkedid,
            stay=1,
            call=call,
            queue_name=f"{company.tenant.slug}-{queue.slug}",
            queue=queue,
            group_id=queue.group_id,
            agent_id=agent_id,
            caller_number=caller,
            entered_at=at,
            left_at=at + timedelta(seconds=wait),
            ended_at=ends,
            wait_seconds=wait,
            talk_seconds=talk if is_answered else 0,
            outcome=outcome,
            reason=reason,
            short_abandon_seconds=5,
            answer_within_seconds=20,
            service_level_mode="abandons_negative",
        )
