"""The worker's connection: what never left, what was refused, and what nobody can know."""

import time

import pytest

from telephony.ami.actions import Action, UnsendableAction
from telephony.ami.blocking import BlockingAmi
from telephony.ami.session import LoginRefused, NoAnswer, NotSent
from tests.telephony.ami.scripted import ScriptedServer, success


def connect(server: ScriptedServer, within: float = 2.0) -> BlockingAmi:
    return BlockingAmi(
        host="127.0.0.1", port=server.port, user="helin", secret="x", connect_within=within
    )


def test_it_logs_in_without_events_asks_and_hangs_up() -> None:
    with ScriptedServer(
        lambda action: success(action, "Message: ok", "Value: é"), chunk=1
    ) as server:
        with connect(server) as ami:
            reply = ami.ask(Action("DBPut", (("Val", "é"),)))
            assert (reply.succeeded, reply.words, reply.response["Value"]) == (True, "ok", "é")
            assert ami.ask(Action("QueueAdd")).succeeded
        assert server.names == ["Login", "DBPut", "QueueAdd"]
        assert server.actions[0]["Events"] == "off"


def test_a_list_is_one_reply() -> None:
    def answer(action: dict[str, str]) -> bytes:
        if action["Action"] != "ParkedCalls":
            return success(action)
        mark = f"ActionID: {action['ActionID']}\r\n"
        return (
            success(action, "EventList: start")
            + f"Event: ParkedCall\r\n{mark}ParkingSpace: 701\r\n\r\n".encode()
            + f"Event: ParkedCallsComplete\r\n{mark}EventList: Complete\r\n\r\n".encode()
        )

    with ScriptedServer(answer, chunk=3) as server, connect(server) as ami:
        reply = ami.ask(Action("ParkedCalls"))
    assert [item["ParkingSpace"] for item in reply.items] == ["701"]


def test_nobody_there_is_never_sent() -> None:
    with ScriptedServer(lambda _action: b"") as server:
        pass
    with pytest.raises(NotSent):
        connect(server)


def test_a_wrong_secret_is_told_apart() -> None:
    def answer(action: dict[str, str]) -> bytes:
        return success(action, "Message: Authentication failed").replace(b"Success", b"Error")

    with (
        ScriptedServer(answer) as server,
        pytest.raises(LoginRefused, match="Authentication failed"),
    ):
        connect(server)


def test_another_service_and_a_silent_one_are_never_sent() -> None:
    mail = ScriptedServer(lambda _action: b"", banner=b"220 mail ESMTP\r\n")
    with mail, pytest.raises(NotSent, match="banner"):
        connect(mail)
    started = time.monotonic()
    silent = ScriptedServer(lambda _action: b"", banner=b"")
    with silent, pytest.raises(NotSent, match="login"):
        connect(silent, within=0.3)
    assert time.monotonic() - started < 20.0  # not until the server hangs up, which it never does


@pytest.mark.parametrize("hangs_up", [True, False])
def test_sent_without_an_answer_is_unknown_and_sent_once(hangs_up: bool) -> None:
    def answer(action: dict[str, str]) -> bytes | None:
        if action["Action"] == "Login":
            return success(action)
        return None if hangs_up else b""

    with ScriptedServer(answer) as server:
        ami = connect(server)
        with pytest.raises(NoAnswer):
            ami.ask(Action("Originate"), within=0.3)
        with pytest.raises(NotSent):
            ami.ask(Action("Originate"), within=0.3)
        assert server.names == ["Login", "Originate"]


def test_a_line_break_in_a_value_is_refused_before_anything_is_sent() -> None:
    with ScriptedServer(success) as server, connect(server) as ami:
        with pytest.raises(UnsendableAction):
            ami.ask(Action("Setvar", (("Value", "x\r\n\r\nAction: Originate"),)))
        assert ami.ask(Action("Ping")).succeeded
        assert server.names == ["Login", "Ping"]


def test_a_flood_of_garbage_and_orphans_costs_no_answer() -> None:
    def answer(action: dict[str, str]) -> bytes:
        junk = b"\xff\x00\r\n\r\n" * 100 + b"Response: Success\r\nActionID: other\r\n\r\n"
        return success(action) if action["Action"] == "Login" else junk + success(action)

    with ScriptedServer(answer) as server, connect(server) as ami:
        assert ami.ask(Action("Ping"), within=2.0).succeeded
