"""Real calls through a real Asterisk, and a count that the SIP phones keep themselves: visits, calls
and each agent's time must say the same."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from callcenter.groups.models import Queue
from callcenter.tenants.scope import system_scope, tenant_scope
from reports.statistics.behind import visits_behind
from reports.statistics.intervals import By
from reports.statistics.selection import Selection
from reports.statistics.selectors import figures
from telephony.activity.models import AgentActivity
from telephony.activity.services import build_new_activity, forget_activity
from telephony.calls.models import Call, QueueVisit
from telephony.calls.services import build_new_calls
from telephony.ledger.reader import Ledger
from telephony.pbx.orders import NoteReachability, PauseMember, ReloadQueues, RemoveMember
from telephony.traffic.sip_call import Call as PhoneCall
from telephony.traffic.sip_phone import Phone
from tests.telephony.calls.test_real_calls import change, registered
from tests.telephony.companies import Company, MakeCompany
from tests.telephony.private_pbx import Pbx, in_thread, until

pytestmark = [pytest.mark.asterisk]
CALLER = "+4915112345"
_numbers = itertools.count(10)
# what a phone sees and what Asterisk writes differ by the way of a packet; lines of the queue log,
# where they count, by up to a second
TOLERANCE = 0.25


@dataclass
class Diary:
    """When each agent's phone rang and talked, by the phones' own clock."""

    rang: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    talked: dict[str, list[tuple[float, float]]] = field(default_factory=dict)

    async def rings(self, name: str, phone: Phone) -> Part:
        call = await phone.next_call(within=20)
        return Part(self, name, call, time.time())

    def seconds(self, name: str, *, talked: bool) -> float:
        """Ringing while one talks is talking."""
        talks = _union(self.talked.get(name, []))
        if talked:
            return sum(until - since for since, until in talks)
        both = _union(self.rang.get(name, []) + talks)
        return sum(until - since for since, until in both) - self.seconds(name, talked=True)


@dataclass
class Part:
    diary: Diary
    name: str
    call: PhoneCall
    since: float
    answered_at: float | None = None

    async def answer(self) -> None:
        await self.call.answer()
        self.answered_at = time.time()
        self.diary.rang.setdefault(self.name, []).append((self.since, self.answered_at))

    async def over(self) -> None:
        """Waits for the end and writes it down."""
        await self.call.wait_ended(within=20)
        self.note()

    def note(self) -> None:
        if self.answered_at is None:
            self.diary.rang.setdefault(self.name, []).append((self.since, time.time()))
        else:
            self.diary.talked.setdefault(self.name, []).append((self.answered_at, time.time()))


def _union(spans: list[tuple[float, float]]) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for since, end in sorted(spans):
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((since, end))
    return joined


class Books:
    def __init__(self, pbx: Pbx, company: Company) -> None:
        self._pbx, self._company = pbx.host.name, company
        self._ledger = Ledger(pbx.host.name, pbx.host.layout.log, self._build)

    def _build(self) -> bool:
        calls = build_new_calls(pbx=self._pbx).is_all
        return build_new_activity(pbx=self._pbx).is_all and calls

    def read(self, question: Callable[[], Any]) -> Any:
        """The answer to `question` in the company's scope, when all lines are in the books."""

        def work() -> Any:
            with system_scope("the ledger reads for all tenants"):
                while self._ledger.read() is None:
                    pass
            with tenant_scope(self._company.tenant.pk):
                return question()

        return in_thread(work)

    async def all_ended(self, calls: int) -> None:
        def are_over() -> bool:
            found = Call.objects.filter(part_of=None)
            return found.count() == calls and not found.filter(ended_at=None).exists()

        await until(lambda: self.read(are_over), within=10)

    def rebuilt(self) -> bool:
        """Building again gives the same rows."""

        def work() -> bool:
            with system_scope("everything again"):
                names = ("agent_id", "state", "reason", "since", "until", "linkedid", "group_ids")
                before = list(AgentActivity.objects.order_by("agent_id", "since").values(*names))
                forget_activity(pbx=self._pbx)
                while not build_new_activity(pbx=self._pbx).is_all:
                    pass
                after = list(AgentActivity.objects.order_by("agent_id", "since").values(*names))
                return before == after and len(after) > 0

        return bool(in_thread(work))


def this_hour() -> Selection:
    now = timezone.now()
    return Selection(now - timedelta(hours=1), now + timedelta(hours=1), "UTC")


@pytest.fixture
def acme(company: MakeCompany) -> Company:
    number = next(_numbers)
    return company(f"count{number}", f"37260008{number}")


@pytest.fixture
def books(pbx: Pbx, acme: Company) -> Books:
    return Books(pbx, acme)


async def test_the_phones_count_the_same(pbx: Pbx, acme: Company, books: Books) -> None:
    diary = Diary()
    pbx.perform(acme.add_member("Alice"))
    async with (
        registered(acme, "Alice", "Bob", "Charlie") as (alice, bob, charlie),
        pbx.carrier() as carrier,
    ):

        async def comes_in() -> PhoneCall:
            return await carrier.call(acme.number, caller_number=CALLER)

        # answered
        outside = await comes_in()
        part = await diary.rings("Alice", alice)
        await asyncio.sleep(0.4)
        await part.answer()
        await asyncio.sleep(1.2)
        await outside.hang_up()
        await part.over()

        # given up while ringing
        outside = await comes_in()
        part = await diary.rings("Alice", alice)
        await asyncio.sleep(0.8)
        await outside.hang_up()
        await part.over()

        # rejected by one, answered by the other
        change(acme, lambda: Queue.objects.update(strategy="linear"))
        pbx.perform(ReloadQueues(), acme.add_member("Bob"))
        outside = await comes_in()
        phones = {"Alice": alice, "Bob": bob}
        waiting = {
            asyncio.create_task(diary.rings(name, phone)): name for name, phone in phones.items()
        }
        done, others = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        first = done.pop()
        first.result().call.reject()
        first.result().note()
        second = await others.pop()
        await second.answer()
        await asyncio.sleep(1)
        await outside.hang_up()
        await second.over()
        pbx.perform(RemoveMember(acme.pbx_queue, acme.interface("Bob")))

        # transferred blind
        outside = await comes_in()
        part = await diary.rings("Alice", alice)
        await part.answer()
        await asyncio.sleep(0.6)
        assert await part.call.transfer(alice.uri_of_number("103")) == 200
        await part.over()
        other = await diary.rings("Charlie", charlie)
        await other.answer()
        await asyncio.sleep(0.8)
        await outside.hang_up()
        await other.over()

        # transferred after asking
        outside = await comes_in()
        part = await diary.rings("Alice", alice)
        await part.answer()
        await asyncio.sleep(0.4)
        await part.call.hold()
        asked_at = time.time()
        question = await alice.call("103")
        other = await diary.rings("Charlie", charlie)
        await other.answer()
        await question.wait_talking()
        await asyncio.sleep(0.5)
        assert await part.call.transfer_to(question) == 200
        await part.over()
        await question.wait_ended()
        diary.talked["Alice"].append((asked_at, time.time()))
        await asyncio.sleep(0.6)
        await outside.hang_up()
        await other.over()

        # parked, and fetched by a colleague
        outside = await comes_in()
        part = await diary.rings("Alice", alice)
        await part.answer()
        await asyncio.sleep(0.4)
        assert await part.call.transfer(alice.uri_of_number("70")) == 200
        await part.over()
        await asyncio.sleep(0.6)
        fetched_at = time.time()
        fetching = await charlie.call("71")
        await fetching.wait_talking()
        await asyncio.sleep(0.8)
        await outside.hang_up()
        await fetching.wait_ended()
        diary.talked["Charlie"].append((fetched_at, time.time()))

        # left by a key
        change(acme, lambda: Queue.objects.update(exit_key="5"))
        pbx.perform(ReloadQueues())
        outside = await comes_in()
        part = await diary.rings("Alice", alice)
        await asyncio.sleep(0.4)
        outside.sound.press("5")
        await outside.wait_ended(within=20)
        await part.over()

        # waited as long as allowed
        change(acme, lambda: Queue.objects.update(max_wait_seconds=2))
        outside = await comes_in()
        part = await diary.rings("Alice", alice)
        await outside.wait_ended(within=20)
        await part.over()
        await books.all_ended(8)

    visits = books.read(
        lambda: list(QueueVisit.objects.order_by("entered_at").values_list("outcome", "reason"))
    )
    assert visits == [
        ("answered", ""), ("short_abandoned", ""), ("answered", ""), ("answered", ""),
        ("answered", ""), ("answered", ""), ("overflowed", "key"), ("overflowed", "timeout"),
    ]  # fmt: skip
    kinds = books.read(
        lambda: [
            [moment["kind"] for moment in call.moments]
            for call in Call.objects.filter(part_of=None).order_by("started_at")
        ]
    )
    assert kinds == [[], [], [], ["transferred"], ["consulted"], ["parked", "fetched"], [], []]
    for name in ("Alice", "Bob", "Charlie"):
        agent = acme.agents[name].pk

        def spent(state: str, agent: int = agent) -> float:
            rows = AgentActivity.objects.filter(agent=agent, state=state)
            return sum((row.until - row.since).total_seconds() for row in rows if row.until)

        talked = books.read(partial(spent, "in_call"))
        rang = books.read(partial(spent, "ringing"))
        assert talked == pytest.approx(diary.seconds(name, talked=True), abs=2 * TOLERANCE), name
        assert rang == pytest.approx(diary.seconds(name, talked=False), abs=2 * TOLERANCE), name
    # the one rejected, and the one that rang until the queue gave up; not those that callers ended
    left = books.read(
        lambda: {
            agent: of.left_ringing
            for agent, of in figures(this_hour(), By.AGENT, wanted=("left_ringing",)).items()
            if of.left_ringing
        }
    )
    assert left == Counter(acme.agents[one].pk for one in (first.result().name, "Alice"))
    behind = books.read(lambda: visits_behind(this_hour(), "left_ringing").visits)
    assert [visit.reason for visit in behind] == ["timeout", ""]
    assert books.rebuilt()


async def test_log_in_pause_and_a_phone_that_is_gone(pbx: Pbx, acme: Company, books: Books) -> None:
    member = acme.add_member("Alice")
    steps: list[tuple[str, str]] = []

    async def then(state: str, reason: str = "") -> None:
        steps.append((state, reason))
        await asyncio.sleep(1.1)  # the queue log tells whole seconds

    pbx.perform(member)
    await then("available")
    pbx.perform(PauseMember(member.interface, True, reason="lunch"))
    await then("paused", "lunch")
    pbx.perform(PauseMember(member.interface, True, reason="wrap-up"))
    await then("wrapping_up")
    pbx.perform(PauseMember(member.interface, False))
    await then("available")
    pbx.perform(NoteReachability(member.member_name, False))
    await then("unreachable")
    pbx.perform(NoteReachability(member.member_name, True))
    await then("available")
    pbx.stop(kill=True)
    pbx.start()
    pbx.perform(RemoveMember(acme.pbx_queue, member.interface))
    await then("logged_out")

    def told() -> list[tuple[str, str]]:
        rows = AgentActivity.objects.filter(agent=acme.agents["Alice"]).order_by("since")
        return list(rows.values_list("state", "reason"))

    await until(lambda: books.read(told) == steps)
    assert books.rebuilt()
