"""The simulated PBX over TCP, through the product's own two transports and its port."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from telephony.ami.actions import Action
from telephony.ami.client import AmiClient, connect
from telephony.pbx import events, orders
from telephony.pbx.control import BlockingControl
from telephony.pbx.feed import AsteriskFeed, connect_feed
from telephony.pbx.port import AnswerLost, Done, FeedLost, FeedRefused, Refused, Unreachable
from telephony.pbx.simulator.company import Decision, SimulatedCompany
from telephony.pbx.simulator.exchange import Exchange
from telephony.pbx.simulator.ledger_files import LedgerFiles
from telephony.pbx.simulator.reactions import Answers, Caller, Rejects, Scripted
from telephony.pbx.simulator.remote import keep_calling
from telephony.pbx.simulator.scripts import InventedPeople, Traffic
from telephony.pbx.simulator.server import SimulatorServer
from telephony.pbx.simulator.switchboard import Switchboard
from telephony.pbx.simulator.timeline import RealTimeline
from tests.telephony.ami.scripted import ScriptedServer, success
from tests.telephony.pbx.simulated import COMPANY, NUMBER, Lab

ALICE = "PJSIP/acme-101"


@dataclass(frozen=True)
class Where:
    port: int
    host: str = "127.0.0.1"
    user: str = "helin"
    secret: str = "s3cret"


class Source:
    """One number, open at once."""

    def __init__(self) -> None:
        self.company = COMPANY

    def read(self) -> SimulatedCompany:
        return self.company

    def decide(self, number: str, caller_number: str) -> Decision:
        if number != NUMBER:
            return Decision("unknown")
        return Decision("open", "acme", "acme-support", "Jürgen Müßig", 0.0, 60)


@asynccontextmanager
async def running(people: Scripted | None = None) -> AsyncIterator[tuple[SimulatorServer, Where]]:
    exchange = Exchange(RealTimeline(), COMPANY)
    board = Switchboard(exchange, people or Scripted(Answers(0.05)))
    server = SimulatorServer(board, Source(), user="helin", secret="s3cret")
    try:
        yield server, Where(await server.start("127.0.0.1", 0))
    finally:
        await server.stop()


async def until(feed: AsteriskFeed, kind: type[events.PbxEvent]) -> list[events.PbxEvent]:
    """Everything up to the first event of this kind."""
    seen: list[events.PbxEvent] = []
    async with asyncio.timeout(20):
        async for batch in feed.batches():
            seen += batch
            if any(isinstance(event, kind) for event in batch):
                return seen
    raise AssertionError("the feed ended")


async def raw(where: Where) -> AmiClient:
    return await connect(host=where.host, port=where.port, user=where.user, secret=where.secret)


async def test_a_call_from_outside_to_an_agent_and_back_over_the_feed() -> None:
    async with running() as (server, where):
        feed = await connect_feed(where)
        assert await feed.perform(orders.AddMember("acme-support", ALICE, "acme-a1")) == Done()
        assert await feed.perform(orders.AddMember("acme-support", ALICE, "acme-a1")) == Done()
        await server.call("+" + NUMBER, Caller("4915112345", "x", talks_seconds=0.2))
        seen = await until(feed, events.AgentCompleted)
        kinds = [type(event) for event in seen]
        for earlier, later in (
            (events.MemberAdded, events.CallerJoinedQueue),
            (events.CallerJoinedQueue, events.AgentCalled),
            (events.AgentCalled, events.AgentConnected),
            (events.AgentConnected, events.AgentCompleted),
        ):
            assert kinds.index(earlier) < kinds.index(later)
        joined = next(event for event in seen if isinstance(event, events.CallerJoinedQueue))
        assert joined.channel.caller_name == "Jürgen Müßig"
        assert feed.unknown_events == 0
        await feed.close()


async def test_a_snapshot_tells_who_waits_who_is_logged_in_and_what_phones_do() -> None:
    async with running() as (server, where):
        feed = await connect_feed(where)
        await feed.perform(
            orders.AddMember("acme-support", ALICE, "acme-a1", paused=True, reason="lunch")
        )
        await server.call(NUMBER, Caller("4915112345"))
        await until(feed, events.CallerJoinedQueue)
        snapshot = await feed.snapshot()
        (member,) = [event.member for event in snapshot if isinstance(event, events.MemberListed)]
        assert (member.name, member.paused, member.reason) == ("acme-a1", True, "lunch")
        (caller,) = [event for event in snapshot if isinstance(event, events.CallerListed)]
        assert (caller.queue, caller.caller_number) == ("acme-support", "4915112345")
        assert sum(isinstance(event, events.ChannelListed) for event in snapshot) == 1
        assert sum(isinstance(event, events.DeviceStateChanged) for event in snapshot) == 8
        assert {e.queue for e in snapshot if isinstance(e, events.QueueListed)} == {
            "acme-support", "acme-sales", "globex-support",
        }  # fmt: skip
        await feed.close()


async def test_the_feed_says_why_it_cannot_be_had() -> None:
    async with running() as (_, where):
        with pytest.raises(FeedRefused):
            await connect_feed(Where(where.port, secret="wrong"))
    with pytest.raises(FeedLost):
        await connect_feed(where)


async def test_the_feed_ends_when_the_pbx_stops() -> None:
    async with running() as (server, where):
        feed = await connect_feed(where)
        await server.stop()
        async with asyncio.timeout(20):
            seen = [event async for batch in feed.batches() for event in batch]
        assert isinstance(seen[-1], events.PbxShutDown)
        assert feed.why_closed
        with pytest.raises(FeedLost):
            await feed.snapshot()
        assert isinstance(await feed.perform(orders.ReloadQueues()), Unreachable)


async def test_a_workers_orders_and_their_refusals() -> None:
    async with running() as (_, where):
        control = BlockingControl(where)

        async def perform(order: orders.Order) -> object:
            return await asyncio.to_thread(control.perform, order)

        assert await perform(orders.AddMember("acme-sales", ALICE, "acme-a1")) == Done()
        assert await perform(orders.PauseMember(ALICE, True, reason="lunch")) == Done()
        assert await perform(orders.RefreshPhones(("acme-101",))) == Done()
        assert await perform(orders.ReloadQueues()) == Done()
        assert await perform(orders.StoreRoute("4420700001", "acme-sales")) == Done()
        assert await perform(orders.HangUp("PJSIP/acme-101-00000001")) == Done()
        refused = await perform(orders.PauseMember("PJSIP/acme-105", True))
        assert isinstance(refused, Refused)
        assert refused.words == "This phone is not logged in to the group."
        assert isinstance(await perform(orders.HangUp("/.*/")), Refused)
        assert isinstance(await perform(orders.PauseMember(ALICE, True, reason="a\r\nb")), Refused)
        wrong = BlockingControl(Where(where.port, secret="wrong"))
        assert isinstance(
            await asyncio.to_thread(wrong.perform, orders.ReloadQueues()), Unreachable
        )
    assert isinstance(await perform(orders.ReloadQueues()), Unreachable)


def test_an_order_without_an_answer_is_not_called_undone() -> None:
    with ScriptedServer(lambda a: success(a) if a["Action"] == "Login" else None) as server:
        control = BlockingControl(Where(server.port))
        assert isinstance(control.perform(orders.HangUp("PJSIP/acme-101-00000001")), AnswerLost)
        assert server.names == ["Login", "Hangup"]


async def test_click_to_call_transfer_park_and_listen_by_orders() -> None:
    async with running() as (server, where):
        feed = await connect_feed(where)
        await feed.perform(orders.AddMember("acme-support", ALICE, "acme-a1"))
        await server.call(NUMBER, Caller("4915112345"))
        seen = await until(feed, events.AgentConnected)
        connected = next(event for event in seen if isinstance(event, events.AgentConnected))
        assert connected.leg is not None
        caller, leg = connected.caller.name, connected.leg.name
        listen = orders.Listen("PJSIP/acme-105", leg, "whisper", "spy-1")
        assert await feed.perform(listen) == Done()
        await until(feed, events.SpyStarted)
        assert await feed.perform(orders.Park(caller, leg, "acme")) == Done()
        await until(feed, events.CallParked)
        parked = [e for e in await feed.snapshot() if isinstance(e, events.ParkedCallListed)]
        assert [(one.lot, one.space) for one in parked] == [("acme", "701")]
        assert await feed.perform(orders.HangUp(caller)) == Done()
        call = orders.Originate("PJSIP/acme-102", "agents", "103", "c2c-1", "acme")
        assert await feed.perform(call) == Done()
        ended = [
            e
            for e in await until(feed, events.OriginateEnded)
            if isinstance(e, events.OriginateEnded)
        ]
        assert (ended[-1].uniqueid, ended[-1].succeeded) == ("c2c-1", True)
        over = await feed.perform(orders.TransferBlind(caller, "agents", "103"))
        assert isinstance(over, Refused)
        assert over.words == "This call is over."
        await feed.close()


async def test_a_reload_reads_the_company_anew_and_keeps_calls() -> None:
    async with running() as (server, where):
        source = server._source
        assert isinstance(source, Source)
        client = await raw(where)
        await client.ask(Action("SimulateCall", (("Number", NUMBER), ("CallerIDNum", "1"))))
        source.company = SimulatedCompany(COMPANY.phones[:1], COMPANY.queues[:1], (NUMBER,))
        reply = await client.ask(Action("Command", (("Command", "queue reload all"),)))
        assert reply.succeeded
        status = await client.ask(Action("QueueStatus"))
        assert {item["Queue"] for item in status.items} == {"acme-support"}
        assert len((await client.ask(Action("CoreShowChannels"))).items) == 1
        await client.close()


@pytest.mark.parametrize(
    "sent",
    [b"Action: QueueStatus\r\n\r\n", b"\xff\xfe\r\n\r\n", b"x" * 200_000, b"Action: Login\r\n\r\n"],
)
async def test_strangers_and_garbage_learn_nothing(sent: bytes) -> None:
    async with running() as (_, where):
        reader, writer = await asyncio.open_connection(where.host, where.port)
        writer.write(sent)
        writer.write_eof()
        try:
            answer = await reader.read()
        except ConnectionResetError:
            answer = b""
        assert b"Success" not in answer
        assert b"acme" not in answer
        writer.close()
        client = await raw(where)
        assert (await client.ask(Action("Ping"))).succeeded
        await client.close()


async def test_a_hostile_name_starts_no_header_of_its_own() -> None:
    async with running() as (server, where):
        client = await raw(where)
        await server.call(NUMBER, Caller("1", "<script>\r\nEvent: Shutdown\r\n\r\nEvent: Shutdown"))
        events_seen = client.events()
        async with asyncio.timeout(20):
            names = [(await anext(events_seen)).event for _ in range(3)]
        assert "Shutdown" not in names
        await client.close()


def test_the_ledger_is_written_as_asterisk_writes_it(tmp_path: Path) -> None:
    lab = Lab("acme-101", otherwise=Answers(0.2), planned={"acme-101": [Rejects(1.0)]},
              ledger=LedgerFiles(tmp_path, 1_795_294_000.0))  # fmt: skip
    first = lab.call(talks_seconds=3.0)
    lab.time.run(60)
    lab.board.members.pause("", ALICE, paused=True, reason="lunch")
    second = lab.call(patience_seconds=2.0)
    lab.time.run(60)
    lab.board.members.remove("acme-support", ALICE)
    lines = [line.split("|") for line in (tmp_path / "queue_log").read_text().splitlines()]
    assert [line[1:] for line in lines] == [
        ["NONE", "NONE", "NONE", "QUEUESTART", ""],
        ["MANAGER", "acme-support", "acme-101", "ADDMEMBER", ""],
        [first.uniqueid, "acme-support", "NONE", "ENTERQUEUE", "", "4915112345", "1"],
        [first.uniqueid, "acme-support", "acme-101", "RINGNOANSWER", "1000"],
        [first.uniqueid, "acme-support", "acme-101", "CONNECT", "1", lines[4][6], "0"],
        [first.uniqueid, "acme-support", "acme-101", "COMPLETECALLER", "1", "3", "1"],
        ["NONE", "acme-support", "acme-101", "PAUSE", "lunch"],
        ["NONE", "NONE", ALICE, "PAUSEALL", ""],
        [second.uniqueid, "acme-support", "NONE", "ENTERQUEUE", "", "4915112345", "1"],
        [second.uniqueid, "acme-support", "NONE", "ABANDON", "1", "1", "2"],
        ["MANAGER", "acme-support", "acme-101", "REMOVEMEMBER", ""],
    ]
    cel = [
        json.loads(line)
        for line in (tmp_path / "cel-custom" / "cel.jsonl").read_text().splitlines()
    ]
    assert [one["eventtype"] for one in cel if one["linkedid"] == first.uniqueid] == [
        *("CHAN_START", "ANSWER", "APP_START", "CHAN_START", "HANGUP", "CHAN_END"),
        *("CHAN_START", "ANSWER", "BRIDGE_ENTER", "BRIDGE_ENTER", "BRIDGE_EXIT", "BRIDGE_EXIT"),
        *("HANGUP", "CHAN_END", "APP_END", "HANGUP", "CHAN_END", "LINKEDID_END"),
    ]
    assert json.loads(cel[4]["eventextra"])["hangupcause"] == 17


def test_invented_traffic_is_the_same_for_the_same_seed_and_at_the_asked_rate() -> None:
    def day(seed: int) -> list[object]:
        traffic, people = Traffic(seed, 12.0), InventedPeople(seed)
        return [(traffic.wait(), traffic.caller(), people.reacts("acme-101")) for _ in range(2000)]

    assert day(1) == day(1)
    assert day(1) != day(2)
    traffic = Traffic(3, 12.0)
    assert 4.5 < sum(traffic.wait() for _ in range(2000)) / 2000 < 5.5


async def test_another_process_keeps_calling_and_waits_for_a_simulator_that_is_away() -> None:
    async with running() as (_, where):
        client = await raw(where)
        calling = asyncio.create_task(keep_calling(where, [NUMBER], Traffic(1, 3000.0)))
        async with asyncio.timeout(20):
            joined = 0
            async for event in client.events():
                joined += event.event == "QueueCallerJoin"
                if joined == 3:
                    break
        await client.close()
    await asyncio.sleep(0.3)
    assert not calling.done()
    calling.cancel()
