"""A visit's kind says all that figures ask of it."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest
from django.db import connection

from callcenter.groups.models import ServiceLevelMode
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from telephony.calls.models import QueueVisit, VisitOutcome
from telephony.calls.visit_kind import (
    MODES,
    OUTCOMES,
    REASONS,
    kind_in_words,
    kinds_of_outcome,
)
from telephony.ledger.queue_events import LEFT, REFUSED

AT = datetime(2026, 3, 1, tzinfo=UTC)


def test_every_word_has_a_number() -> None:
    assert set(OUTCOMES) == set(VisitOutcome.values)
    assert set(MODES) == set(ServiceLevelMode.values)
    assert set(REASONS) >= {*LEFT.values(), *REFUSED.values()}


@pytest.mark.django_db
def test_it_is_read_back_as_it_was_written() -> None:
    tenant = Tenant.objects.create(slug="alice", name="Alice")
    ends = (AT, None)
    every = list(
        product(OUTCOMES, MODES, (*REASONS, "lost", "of another kind"), (19, 20, 21), ends)
    )
    with tenant_scope(tenant.pk):
        QueueVisit.objects.bulk_create(
            QueueVisit(
                pbx="pbx1", callid=f"{number}", stay=1, queue_name="alice-sales", entered_at=AT,
                wait_seconds=wait, outcome=outcome, reason=reason, short_abandon_seconds=5,
                answer_within_seconds=20, service_level_mode=mode, ended_at=end,
            )
            for number, (outcome, mode, reason, wait, end) in enumerate(every)
        )  # fmt: skip
        words = kind_in_words("v.kind")
        names = ("outcome", "service_level_mode", "is_in_time", "is_talk_unknown", "reason")
        sql = ", ".join(words[name] for name in names).replace("%%", "%")
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {sql}, v.kind FROM telephony_queuevisit v ORDER BY v.callid::int"  # noqa: S608
            )
            found = cursor.fetchall()
    for (outcome, mode, reason, wait, end), row in zip(every, found, strict=True):
        is_talk_unknown = outcome == "answered" and (end is None or reason == "lost")
        assert row[:4] == (outcome, mode, wait <= 20, is_talk_unknown)
        if not is_talk_unknown:  # of the answered nobody asks for a reason
            assert row[4] == (reason if reason in REASONS else "other")
        least, most = kinds_of_outcome(outcome)
        assert least <= row[5] <= most
