"""Two people and a caller at the same moment, each with a database connection of his own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from callcenter.audit.services import Actor
from callcenter.tenants.refusals import Refusal
from callcenter.tenants.scope import tenant_scope
from telephony.callbacks import services
from telephony.callbacks.keeping import keep_callbacks
from telephony.callbacks.models import Callback
from tests.cast import Company, make_company
from tests.telephony.callbacks.test_doors import lost
from tests.telephony.calls.made import make_call

pytestmark = pytest.mark.django_db(transaction=True)
BOSS = Actor("Boss")


def all_at_once(company: Company, *works: Callable[[], object]) -> list[str]:
    """What became of each: "done", or the words of its refusal."""
    gate = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> str:
        try:
            with tenant_scope(company.tenant.pk):
                gate.wait(10)
                work()
        except Refusal as refusal:
            return str(refusal)
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(works)) as threads:
        return list(threads.map(run, works))


@pytest.fixture
def alice(transactional_db: None) -> Company:
    return make_company("alice", number="+3726001000")


def test_of_many_who_open_it_at_once_one_has_it(alice: Company) -> None:
    row, at = lost(alice), timezone.now()
    users = [user.pk for user in alice.people.values()]
    works = [lambda user=user: services.lease(callback=row, user_id=user, at=at) for user in users]
    found = all_at_once(alice, *works)
    assert found.count("done") == 1
    assert all(words.startswith("Already in contact with") for words in found if words != "done")
    with tenant_scope(alice.tenant.pk):
        assert Callback.objects.get(pk=row.pk).leased_by_id == users[found.index("done")]


def test_the_caller_calls_in_while_two_give_up(alice: Company) -> None:
    for _ in range(5):
        row = lost(alice)
        make_call(alice, caller_number=row.key, party_digits=row.key[1:], at=timezone.now())
        at = timezone.now()
        give_up = lambda row=row, at=at: services.give_up(  # noqa: E731
            callback=row, reason="", by=BOSS, at=at
        )
        found = all_at_once(alice, give_up, give_up, keep_callbacks)
        keep_callbacks()
        assert found[2] == "done"
        assert found[:2].count("done") <= 1
        with tenant_scope(alice.tenant.pk):
            now = Callback.objects.get(pk=row.pk)
        # whoever was first: it is settled once, and says how
        assert now.state == ("given_up" if "done" in found[:2] else "called_in")
        assert now.closed_at is not None


def test_many_keepers_promise_once(alice: Company) -> None:
    at = timezone.now() - timedelta(minutes=5)
    for number in range(20):
        make_call(
            alice, at=at + timedelta(seconds=number), answered_at=None, outcome="abandoned",
            ended_at=at + timedelta(seconds=number),
        )  # fmt: skip
    all_at_once(alice, *[keep_callbacks] * 4)
    with tenant_scope(alice.tenant.pk):
        (row,) = Callback.objects.all()
    assert row.lost_count == 20
