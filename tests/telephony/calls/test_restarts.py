"""Which restart of the PBX cut a call off, when one clock tells whole seconds and one more."""

from datetime import UTC, datetime, timedelta

import pytest

from telephony.calls.building import restart_after
from telephony.calls.shapes import Visit

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
RESTARTS = [NOON, NOON + timedelta(minutes=1)]


@pytest.mark.parametrize(
    ("first", "last", "cut_off"),
    [
        (-9.0, 0.0, 0.0),
        (-9.0, 0.7, 0.7),  # the restart is told as 12:00:00, but came after 12:00:00.7
        (-9.0, -0.1, 0.0),
        (0.2, 0.9, 60.0),  # began after the restart, in the same second
        (0.2, 1.0, 60.0),
        (61.0, 62.0, None),
        (60.3, 60.8, None),
    ],
)
def test_a_restart_in_the_second_of_the_last_event_came_after(
    first: float, last: float, cut_off: float | None
) -> None:
    found = restart_after(RESTARTS, NOON + timedelta(seconds=first), NOON + timedelta(seconds=last))
    assert found == (None if cut_off is None else NOON + timedelta(seconds=cut_off))


def test_within_one_second_the_visits_know() -> None:
    stay = Visit(
        queue_id=1, group_id=1, agent_id=None, entered_at=NOON, left_at=NOON, ended_at=NOON,
        wait_seconds=0, talk_seconds=0, outcome="abandoned", reason="restart", caller_number="",
    )  # fmt: skip
    first, last = NOON + timedelta(seconds=0.2), NOON + timedelta(seconds=0.6)
    assert restart_after(RESTARTS, first, last, [stay]) == last
    assert restart_after(RESTARTS, first, last, []) == RESTARTS[1]
