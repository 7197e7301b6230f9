"""The listener's connection, against servers that behave badly on purpose."""

import asyncio
import itertools

import pytest

from telephony.ami import client as client_module
from telephony.ami.actions import Action, UnsendableAction
from telephony.ami.client import AmiClient, backoff, connect
from telephony.ami.session import LoginRefused, NoAnswer, NotSent
from tests.telephony.ami.scripted import ScriptedServer, success

HANGUP = "Event: Hangup\r\nPrivilege: call,all\r\nCallerIDName: Müßig\r\nNumber: {}\r\n\r\n"


async def open_client(server: ScriptedServer, **options: float) -> AmiClient:
    return await connect(host="127.0.0.1", port=server.port, user="u", secret="s", **options)  # type: ignore[arg-type]


async def test_answers_and_events_come_side_by_side() -> None:
    with ScriptedServer(success, chunk=7) as server:
        client = await open_client(server)
        events = client.events()
        server.say(HANGUP.format(1).encode())
        replies = await asyncio.gather(*(client.ask(Action("Ping")) for _ in range(20)))
        server.say(HANGUP.format(2).encode())
        assert len({reply.response.action_id for reply in replies}) == 20
        assert [(await anext(events))["Number"] for _ in range(2)] == ["1", "2"]
        await client.close()
        assert [event async for event in events] == []
        assert client.why_closed == "closed by us"
        with pytest.raises(NotSent):
            await client.ask(Action("Ping"))


async def test_what_cannot_be_had_is_told_apart() -> None:
    def refuse(action: dict[str, str]) -> bytes:
        return success(action, "Message: Authentication failed").replace(b"Success", b"Error")

    with ScriptedServer(refuse) as server, pytest.raises(LoginRefused):
        await open_client(server)
    with pytest.raises(NotSent):
        await open_client(server)
    with ScriptedServer(success, banner=b"") as server, pytest.raises(NotSent):
        await open_client(server, within=0.3)


async def test_a_half_open_link_is_dropped_and_open_questions_end() -> None:
    def only_login(action: dict[str, str]) -> bytes:
        return success(action) if action["Action"] == "Login" else b""

    with ScriptedServer(only_login) as server:
        client = await open_client(server, ping_after=0.2, ping_within=0.3)
        asked = asyncio.create_task(client.ask(Action("QueueStatus"), within=60))
        async with asyncio.timeout(3):
            assert [event async for event in client.events()] == []
        with pytest.raises(NoAnswer):
            await asked
        assert "no sign of life" in client.why_closed
        assert "Ping" in server.names


async def test_a_link_that_the_pbx_ends_ends_the_stream_after_what_was_read() -> None:
    def answer(action: dict[str, str]) -> bytes | None:
        return success(action) if action["Action"] == "Login" else None

    with ScriptedServer(answer) as server:
        client = await open_client(server)
        server.say(HANGUP.format(1).encode())
        with pytest.raises(NoAnswer):
            await client.ask(Action("Originate"))
        async with asyncio.timeout(3):
            assert [event["Number"] async for event in client.events()] == ["1"]


async def test_an_answer_that_comes_too_late_is_an_orphan() -> None:
    with ScriptedServer(lambda a: success(a) if a["Action"] == "Login" else b"") as server:
        client = await open_client(server)
        with pytest.raises(NoAnswer):
            await client.ask(Action("QueueAdd"), within=0.2)
        server.say(success({"ActionID": server.actions[-1]["ActionID"]}))
        server.say(HANGUP.format(3).encode())
        assert (await anext(client.events()))["Number"] == "3"
        await client.close()


async def test_a_reader_that_is_too_slow_holds_the_wire_and_loses_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(client_module, "MOST_WAITING", 1000)
    monkeypatch.setattr(client_module, "_RESUME_BELOW", 500)
    total = 60_000
    with ScriptedServer(success) as server:
        client = await open_client(server, ping_after=0.2, ping_within=0.2)
        data = "".join(HANGUP.format(number) for number in range(total)).encode()
        sending = asyncio.create_task(asyncio.to_thread(server.say, data))
        await asyncio.sleep(1.0)
        assert not sending.done()
        assert client._waiting < 10_000
        numbers = []
        async with asyncio.timeout(20):
            async for event in client.events():
                numbers.append(int(event["Number"]))
                if len(numbers) == total:
                    break
        assert numbers == list(range(total))
        await sending
        await client.close()


async def test_nothing_is_sent_of_an_action_with_a_line_break() -> None:
    with ScriptedServer(success) as server:
        client = await open_client(server)
        with pytest.raises(UnsendableAction):
            await client.ask(Action("Setvar", (("Value", "x\nAction: y"),)))
        await client.ask(Action("Ping"))
        assert server.names == ["Login", "Ping"]
        await client.close()


def test_attempts_spread_out_and_slow_down() -> None:
    assert list(itertools.islice(backoff(0.2, 1.0, lambda: 1.0), 5)) == [0.2, 0.4, 0.8, 1.0, 1.0]
    assert next(backoff(0.2, 1.0, lambda: 0.0)) == 0.1
