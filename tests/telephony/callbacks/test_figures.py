"""Lost calls and calls back as figures, with the calls behind them."""

from datetime import timedelta

import pytest

from callcenter.tenants.scope import tenant_scope
from reports.statistics.behind import count_behind, visits_behind
from reports.statistics.figures import FIGURES
from reports.statistics.intervals import By
from reports.statistics.selection import of_days
from reports.statistics.selectors import figures, total_of
from telephony.callbacks.keeping import keep_callbacks
from tests.cast import Company, make_company
from tests.reports.statistics.visits import AT, make_visit
from tests.telephony.calls.made import make_call

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
KEYS = ("lost_calls", "called_back", "callback_share", "callback_time")
DAY = of_days(AT.date(), AT.date(), "Europe/Tallinn")


@pytest.fixture
def alice(db: None) -> Company:
    return make_company("alice", number="+3726001000")


def called_back(company: Company, digits: str, minutes: float) -> None:
    at = AT + minutes * MINUTE
    make_call(company, at=at, direction="out", dialled=f"+{digits}", party_digits=digits)


def test_number_share_and_time(alice: Company) -> None:
    one, two = "37255500001", "37255500002"
    make_visit(alice, AT, "abandoned", wait=60, caller=f"+{one}")  # lost at +1
    make_visit(alice, AT + 2 * MINUTE, "overflowed", reason="timeout", wait=60, caller=f"+{one}")
    make_visit(alice, AT, "overflowed", reason="closed", wait=0, caller=f"+{two}")
    make_visit(alice, AT, "short_abandoned", wait=3, caller=f"+{two}")
    make_visit(alice, AT, "abandoned", wait=10, caller="")
    make_visit(alice, AT + 5 * MINUTE, caller=f"+{one}")  # he called in: that is no call back
    called_back(alice, one, 11)
    called_back(alice, one, 30)
    keep_callbacks()
    with tenant_scope(alice.tenant.pk):
        total = total_of(DAY, KEYS)
        assert [FIGURES[key].formula(total) for key in KEYS] == [4, 2, 50, 9 * 60]
        for key in KEYS:
            assert count_behind(DAY, key) == FIGURES[key].counted(total)
            assert len(visits_behind(DAY, key).visits) == FIGURES[key].counted(total)
        by_group = figures(DAY, By.GROUP, wanted=KEYS)
        assert by_group[alice.group.pk].callbacks == total.callbacks


def test_nothing_lost_is_none_called_back(alice: Company) -> None:
    make_visit(alice, AT)
    keep_callbacks()
    with tenant_scope(alice.tenant.pk):
        total = total_of(DAY, KEYS)
    assert [FIGURES[key].formula(total) for key in KEYS] == [0, 0, None, None]
