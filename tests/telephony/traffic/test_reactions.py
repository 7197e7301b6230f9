"""What agents do when it rings, in the shares that were asked for."""

from collections import Counter
from random import Random

import pytest

from telephony.traffic.reactions import Deed, Temper, next_break, react


def test_deeds_come_in_their_shares() -> None:
    random = Random(1)
    temper = Temper(rejects=0.2, misses=0.1)
    deeds = Counter(react(random, temper).deed for _ in range(5000))
    assert deeds[Deed.REJECT] == pytest.approx(1000, abs=150)
    assert deeds[Deed.MISS] == pytest.approx(500, abs=110)


def test_nobody_answers_before_hearing_it_ring() -> None:
    random = Random(1)
    found = [react(random, Temper(rejects=0, misses=0)).after_seconds for _ in range(1000)]
    assert min(found) >= Temper().quickest
    assert max(found) <= 12


def test_breaks_have_known_reasons_or_are_logouts() -> None:
    random = Random(1)
    breaks = [next_break(random, ("break", "lunch")) for _ in range(500)]
    assert {pause.reason for pause in breaks} == {"break", "lunch", None}
    assert {next_break(random, ()).reason for _ in range(50)} == {None}
    assert all(pause.work_seconds >= 300 and pause.away_seconds >= 60 for pause in breaks)
