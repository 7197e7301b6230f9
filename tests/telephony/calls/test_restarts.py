"""Which restart of the PBX cut a call off, when one clock tells whole seconds and one more."""

from datetime import UTC, datetime, timedelta

import pytest

from telephony.calls.building import restart_after

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("last_event", "cut_off"),
    [
        (0.0, 0.0),
        (0.7, 0.7),  # the restart is told as 12:00:00, but came after 12:00:00.7
        (-0.1, 0.0),
        (1.0, 60.0),
        (61.0, None),
    ],
)
def test_a_restart_in_the_same_second_came_after(last_event: float, cut_off: float | None) -> None:
    restarts = [NOON, NOON + timedelta(minutes=1)]
    found = restart_after(restarts, NOON + timedelta(seconds=last_event))
    assert found == (None if cut_off is None else NOON + timedelta(seconds=cut_off))
