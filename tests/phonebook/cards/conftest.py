"""The company whose agent is rung."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.callcenter.dashboard.live_state import forget_live, heard, put_live
from tests.cast import Company, make_company
from tests.phonebook.cards.popups import agents


@pytest.fixture
def alices() -> Iterator[Company]:
    forget_live()
    company = make_company("alice", number="+3726001000")
    put_live(company, agents(company))
    with heard(company):
        yield company
