"""Our orders in Asterisk's words, and Asterisk's answers in ours."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.ami.actions import Action, encode_action
from telephony.ami.session import Reply
from telephony.ami.wire import parse_message
from telephony.pbx import orders
from telephony.pbx.asterisk_answers import to_result
from telephony.pbx.asterisk_orders import to_actions
from telephony.pbx.orders import BadOrder, Order
from telephony.pbx.port import Done, Refused, Result

ALICE = "PJSIP/acme-101"
LEG = "PJSIP/acme-101-00000003"
CALLER = "PJSIP/carrier-00000002"

EVERY_ORDER: list[Order] = [
    orders.AddMember("acme-sales", ALICE, "acme-a12", penalty=2, paused=True, reason="lunch"),
    orders.RemoveMember("acme-sales", ALICE),
    orders.PauseMember(ALICE, True, queue="acme-sales", reason="Mittag, spät"),
    orders.PauseMember(ALICE, False),
    orders.SetPenalty(ALICE, 3, "acme-sales"),
    orders.HangUp(CALLER),
    orders.Originate(
        ALICE, "click2call", "+4930998877", "c2c-1", "acme", "+4930998877", 'Erika "E" <1>',
        "+4420700001", auto_answer=True, variables=(("NOTE", "a,b(c"),),
    ),
    orders.Redirect(CALLER, "agents", "103"),
    orders.TransferBlind(LEG, "agents", "103"),
    orders.TransferAttended(LEG, "agents", "103"),
    orders.CancelTransfer(LEG),
    orders.Park(CALLER, LEG, "acme", 90),
    orders.Listen("PJSIP/acme-105", LEG, "whisper", "spy-1", "Alice"),
    orders.MoveCaller("acme-sales", CALLER, 10),
    orders.NameCaller(CALLER, 'Erika "E" <1>'),
    orders.PauseRecording(CALLER),
    orders.ResumeRecording(CALLER),
    orders.SetDeviceState("DNDacme-103", "busy"),
    orders.ReloadQueues(),
    orders.ReloadParking(),
    orders.NoteReachability("acme-a12", False),
    orders.CheckDatabase(),
    orders.AskNoDatabase(1_800_000_000.5),
    orders.LoadQueues(),
    orders.RefreshPhones(("acme-101", "acme-102")),
    orders.StoreRoute("4420700001", "acme-sales"),
    orders.ForgetRoute("4420700001"),
]  # fmt: skip


def answer(verdict: str, words: str = "", *more: str) -> Reply:
    lines = [f"Response: {verdict}", "ActionID: x", f"Message: {words}", *more]
    message = parse_message("\r\n".join(lines).encode())
    assert message is not None
    return Reply(message)


def said(order: Order, words: str) -> Result:
    return to_result(order, [answer("Error", words)])


@pytest.mark.parametrize("order", EVERY_ORDER, ids=lambda order: type(order).__name__)
def test_every_order_can_be_sent_and_survives_its_row(order: Order) -> None:
    for action in to_actions(order):
        assert encode_action(action, "x").endswith(b"\r\n\r\n")
    assert orders.from_json(json.loads(json.dumps(orders.to_json(order)))) == order


def test_every_kind_of_order_is_tried_above() -> None:
    assert {type(order) for order in EVERY_ORDER} == set(orders._KINDS.values())


def test_logging_in_says_name_penalty_and_pause() -> None:
    (action,) = to_actions(EVERY_ORDER[0])
    assert action == Action(
        "QueueAdd",
        (
            ("Queue", "acme-sales"),
            ("Interface", ALICE),
            ("StateInterface", ALICE),
            ("MemberName", "acme-a12"),
            ("Penalty", "2"),
            ("Paused", "true"),
            ("Reason", "lunch"),
        ),
    )


def test_a_pause_without_a_queue_is_for_all_queues() -> None:
    (action,) = to_actions(orders.PauseMember(ALICE, False))
    assert action.headers == (("Interface", ALICE), ("Paused", "false"))


def test_click_to_call_carries_the_groups_number_and_asks_the_phone_to_answer() -> None:
    (action,) = to_actions(EVERY_ORDER[6])
    headers = dict(action.headers)
    assert headers["ChannelId"] == "c2c-1"
    assert headers["CallerID"] == '"Erika E 1" <+4930998877>'
    assert [value for name, value in action.headers if name == "Variable"] == [
        "__TENANT=acme",
        "__C2C_CALLERID=+4420700001",
        r"PJSIP_HEADER(add,Call-Info)=<sip:127.0.0.1>\;answer-after=0",
        "PJSIP_HEADER(add,Alert-Info)=info=alert-autoanswer",
        r"NOTE=a\,b\(c",
    ]


def test_phones_are_read_again_before_they_are_looked_at() -> None:
    actions = to_actions(orders.RefreshPhones(("acme-101",)))
    assert [action.headers[0][1] for action in actions] == [
        "res_pjsip/endpoint",
        "res_pjsip/auth",
        "res_pjsip/aor",
        "pjsip reload qualify aor acme-101",
        "pjsip qualify acme-101",
    ]
    everyone = to_actions(orders.RefreshPhones(("acme-101",), everyone=True))
    assert [action.headers[0][1] for action in everyone[3:]] == [
        "module reload res_pjsip.so",
        "pjsip qualify acme-101",
    ]


@pytest.mark.parametrize(
    "order",
    [
        orders.HangUp("/.*/"),
        orders.HangUp("all"),
        orders.HangUp(""),
        orders.Redirect(CALLER, "agents", "103,1"),
        orders.Redirect(CALLER, "agents&Local/x", "103"),
        orders.RefreshPhones(("acme-101\nfile load x",)),
        orders.RefreshPhones(("acme-101; core stop now",)),
        orders.RefreshPhones(("-x",)),
        orders.SetDeviceState("x)=BUSY,SHELL(id", "busy"),
        orders.Listen("PJSIP/acme-105", "PJSIP/acme-101-3,qBE", "spy", "s"),
        orders.Originate("PJSIP/a&PJSIP/b", "click2call", "1", "c", "acme"),
        orders.Originate(ALICE, "click2call", "1", "c", "acme", variables=(("A=1,SHELL(x)", "1"),)),
        orders.AddMember("acme-sales", "PJSIP/acme-101,5", "acme-a1"),
        orders.StoreRoute("1 2", "acme-sales"),
    ],
)
def test_what_asterisk_would_read_as_more_than_one_value_is_refused(order: Order) -> None:
    with pytest.raises(BadOrder):
        to_actions(order)


@given(st.text(max_size=80))
def test_no_reason_and_no_name_can_smuggle_an_action(words: str) -> None:
    for order in (
        orders.PauseMember(ALICE, True, reason=words),
        orders.Originate(
            ALICE, "click2call", "1", "c", "acme", "1", words, variables=(("A", words),)
        ),
    ):
        for action in to_actions(order):
            try:
                data = encode_action(action, "x")
            except ValueError:
                continue
            assert data.count(b"\r\n\r\n") == 1
            assert data.count(b"\r\nAction:") == 0


def test_things_being_so_already_is_done() -> None:
    add, remove = EVERY_ORDER[0], EVERY_ORDER[1]
    assert to_result(add, [answer("Success", "Added interface to queue")]) == Done()
    assert said(add, "Unable to add interface: Already there") == Done()
    assert said(remove, "Unable to remove interface: Not there") == Done()
    assert said(orders.HangUp(CALLER), "No such channel") == Done()
    assert said(orders.ForgetRoute("1"), "Database entry not found") == Done()


def test_a_refusal_speaks_to_the_user_and_keeps_asterisks_words_for_the_log() -> None:
    assert said(orders.PauseMember(ALICE, True), "Interface not found") == Refused(
        "This phone is not logged in to the group.", "Interface not found"
    )
    result = said(EVERY_ORDER[7], "Channel does not exist: PJSIP/x")
    assert result == Refused("This call is over.", "Channel does not exist: PJSIP/x")
    assert said(EVERY_ORDER[7], "What") == Refused("The phone system refused this.", "What")


def test_an_unknown_command_is_a_refusal_although_asterisk_says_success() -> None:
    reply = answer(
        "Success", "Command output follows", "Output: No such command 'queue reload all'"
    )
    result = to_result(orders.ReloadQueues(), [reply])
    assert isinstance(result, Refused)
    assert result.words == "This phone system cannot do this."


@pytest.mark.parametrize(
    "values",
    [{}, {"order": "Order"}, {"order": "HangUp"}, {"order": "HangUp", "channel": "x", "y": 1},
     {"order": "Listen", "interface": "a", "agent_channel": "b", "mode": "sing", "call_id": "c"}],
)  # fmt: skip
def test_what_is_no_order_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(BadOrder):
        orders.from_json(values)
