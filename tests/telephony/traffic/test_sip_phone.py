"""Two phones call each other directly: every deed of a call, without Asterisk."""

import asyncio

import pytest

from telephony.traffic.sip_call import Call, CallEnded, CallState, Ending
from telephony.traffic.sip_leg import RequestRefused
from telephony.traffic.sip_message import Request
from telephony.traffic.sip_phone import Phone
from telephony.traffic.sip_socket import NoReply
from telephony.traffic.sip_text import TextMessage
from telephony.traffic.sound import tones_in

from .conftest import ALICE_HZ, BOB_HZ, Pair

VOICES = (ALICE_HZ, BOB_HZ)


async def talking(pair: Pair) -> tuple[Call, Call]:
    mine = await pair.alice.call("bob")
    theirs = await pair.bob.next_call()
    await theirs.answer()
    await mine.wait_talking()
    await theirs.wait_for(lambda call: call.confirmed)
    return mine, theirs


async def hears(call: Call) -> list[float]:
    return list(tones_in(await call.sound.listen(seconds=0.3), VOICES))


async def both_hear(one: Call, other: Call) -> tuple[list[float], list[float]]:
    heard = await asyncio.gather(hears(one), hears(other))
    return heard[0], heard[1]


async def test_a_call_rings_is_answered_talks_and_ends(pair: Pair) -> None:
    mine = await pair.alice.call("bob")
    theirs = await pair.bob.next_call()
    await mine.wait_ringing()
    assert mine.provisional == [180]
    assert (theirs.caller_name, theirs.caller_number) == ("Alice Õun", "alice")
    assert await theirs.answer(after=0.01)
    await mine.wait_talking()
    await asyncio.gather(mine.sound.wait_for_sound(), theirs.sound.wait_for_sound())
    assert await both_hear(mine, theirs) == ([BOB_HZ], [ALICE_HZ])
    await mine.hang_up()
    assert await theirs.wait_ended() == Ending("them", 200, "hung up")
    assert mine.ending == Ending("us", 200, "hung up")
    assert pair.alice.calls == pair.bob.calls == {}


async def test_the_called_side_hangs_up(pair: Pair) -> None:
    mine, theirs = await talking(pair)
    await theirs.hang_up()
    assert (await mine.wait_ended()).by == "them"


async def test_a_rejected_call(pair: Pair) -> None:
    mine = await pair.alice.call("bob")
    (await pair.bob.next_call()).reject(603, "Decline")
    assert await mine.wait_ended() == Ending("them", 603, "Decline")
    with pytest.raises(CallEnded):
        await mine.wait_talking()


async def test_a_caller_who_gives_up(pair: Pair) -> None:
    mine = await pair.alice.call("bob")
    theirs = await pair.bob.next_call()
    await mine.hang_up()
    assert (await theirs.wait_ended()).status == 487
    assert not await theirs.answer()


async def test_giving_up_before_it_rings(pair: Pair) -> None:
    mine = await pair.alice.call("bob")
    await mine.hang_up()
    await asyncio.sleep(0.2)
    assert pair.bob.calls == {}, "the phone must not ring on"


async def test_nobody_there() -> None:
    async with Phone("alice", server=("127.0.0.1", 9), t1=0.005) as alice:
        call = await alice.call("bob")
        assert (await call.wait_ended()).status == 408


async def test_a_busy_phone(pair: Pair) -> None:
    pair.bob.most_calls = 1
    await talking(pair)
    second = await pair.alice.call("bob")
    assert (await second.wait_ended()).status == 486


async def test_hold_and_resume(pair: Pair) -> None:
    mine, theirs = await talking(pair)
    await mine.hold()
    assert (mine.leg.held_by_us, theirs.leg.held_by_them) == (True, True)
    assert await both_hear(mine, theirs) == ([], [])
    await mine.resume()
    assert (mine.leg.held_by_us, theirs.leg.held_by_them) == (False, False)
    assert await both_hear(mine, theirs) == ([BOB_HZ], [ALICE_HZ])


async def test_a_hold_waits_for_the_end_of_the_answer(pair: Pair) -> None:
    mine = await pair.alice.call("bob")
    theirs = await pair.bob.next_call()
    await theirs.answer()
    await theirs.hold()
    assert mine.leg.held_by_them
    said = [data.split()[0] for _, data in pair.bob.line.socket.trace if b"SIP/2.0" in data[:60]]
    assert said[0] == b"INVITE"
    assert said.index(b"ACK") < said.index(b"INVITE", 1)


async def test_holding_a_call_that_is_over(pair: Pair) -> None:
    mine, _ = await talking(pair)
    await mine.hang_up()
    with pytest.raises(CallEnded):
        await mine.hold()


async def test_keys(pair: Pair) -> None:
    mine, theirs = await talking(pair)
    mine.sound.press("42#")
    await asyncio.sleep(1)
    assert theirs.sound.digits == "42#"


async def test_sound_before_the_answer(pair: Pair) -> None:
    mine = await pair.alice.call("bob")
    theirs = await pair.bob.next_call()
    theirs.ring_with_sound()
    await mine.wait_for(lambda call: call.early_media)
    assert await hears(mine) == [BOB_HZ]
    assert mine.state is CallState.RINGING
    await theirs.answer()
    await mine.wait_talking()


async def test_an_invite_without_an_offer_takes_the_answer_from_the_ack(pair: Pair) -> None:
    mine, theirs = await talking(pair)
    bare = mine.leg.dialog.request("INVITE")
    transaction = await pair.alice.line.transact(bare, pair.bob.address, dialog=mine.leg.dialog)
    offer = transaction.final.result()
    assert b"m=audio" in offer.body
    mine.leg.acknowledge(transaction)
    assert theirs.renegotiated == 1


async def test_an_update_tells_who_is_really_there(pair: Pair) -> None:
    mine, theirs = await talking(pair)
    update = theirs.leg.dialog.request(
        "UPDATE", ("P-Asserted-Identity", '"Charlie" <sip:103@127.0.0.1>')
    )
    assert (await pair.bob.line.request(update, pair.alice.address)).status == 200
    assert (mine.caller_name, mine.caller_number) == ("Charlie", "103")


async def test_a_transfer_tells_how_it_goes_and_leaves(pair: Pair) -> None:
    asked: list[str] = []

    async def follow(call: Call, target: str) -> None:
        asked.append(target)
        await call.leg.notify_of_transfer(100, "Trying")
        await call.leg.notify_of_transfer(200, "OK")

    mine, theirs = await talking(pair)
    pair.bob.on_transfer = follow
    assert await mine.transfer("sip:charlie@127.0.0.1") == 200
    assert mine.transfer_progress == [100, 200]
    assert (await theirs.wait_ended()).by == "them"
    assert asked == ["sip:charlie@127.0.0.1"]


async def test_an_attended_transfer_names_the_other_dialog(pair: Pair) -> None:
    asked: list[str] = []

    async def follow(call: Call, target: str) -> None:
        asked.append(target)
        await call.leg.notify_of_transfer(486, "Busy Here")

    mine, _ = await talking(pair)
    other, _ = await talking(pair)
    pair.bob.on_transfer = follow
    assert await mine.transfer_to(other) == 486
    assert mine.state is CallState.TALKING, "a refused transfer leaves us the call"
    dialog = other.leg.dialog
    assert asked == [
        f"{dialog.remote_uri}?Replaces={dialog.call_id}%3Bto-tag%3D{dialog.remote_tag}"
        f"%3Bfrom-tag%3D{dialog.local_tag}"
    ]


async def test_a_transfer_to_a_phone_that_knows_none(pair: Pair) -> None:
    mine, _ = await talking(pair)
    assert await mine.transfer("sip:charlie@127.0.0.1") == 603
    assert mine.state is CallState.TALKING


async def test_short_messages(pair: Pair) -> None:
    assert await pair.alice.send_message("bob", "tere õhtust\r\n\r\n✓") == 200
    message = await pair.bob.messages.take()
    assert message == TextMessage("sip:alice@127.0.0.1", "tere õhtust\r\n\r\n✓")


async def test_questions_outside_a_call(pair: Pair) -> None:
    mine, _ = await talking(pair)

    def stray(method: str, to: str) -> Request:
        headers = [
            (name, to if name == "To" else value)
            for name, value in mine.leg.dialog.request(method).headers
        ]
        return Request(method=method, uri="sip:bob@127.0.0.1", headers=tuple(headers))

    async def status(method: str, to: str = "<sip:bob@127.0.0.1>") -> int:
        return (await pair.alice.line.request(stray(method, to), pair.bob.address)).status

    assert await status("OPTIONS") == 200
    assert await status("NOTIFY") == 200
    assert await status("SUBSCRIBE") == 405
    assert await status("BYE", "<sip:bob@127.0.0.1>;tag=nobody") == 481


async def test_a_codec_that_we_do_not_speak(pair: Pair) -> None:
    call = await pair.alice.call("bob")
    await (await pair.bob.next_call()).answer()
    await call.wait_talking()
    body = b"v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 3\r\n"
    headers = tuple(
        (name, "<sip:bob@127.0.0.1>" if name == "To" else value)
        for name, value in call.leg.dialog.request("INVITE").headers
    )
    request = Request(method="INVITE", uri="sip:bob@127.0.0.1", headers=headers, body=body)
    assert (await pair.alice.line.request(request, pair.bob.address)).status == 488


async def test_garbage_datagrams_are_counted_and_the_phone_lives_on(pair: Pair) -> None:
    for garbage in (b"\x00" * 30 + b"x", b"\xff" * 900, b"INVITE sip:bob SIP/2.0\r\n\r\n", b"\r\n"):
        pair.alice.line.socket.send_bytes(garbage, pair.bob.address)
    truncated = (await pair.alice.call("bob")).leg.dialog.request("INVITE").encode()[:90]
    pair.alice.line.socket.send_bytes(truncated, pair.bob.address)
    await pair.bob.next_call()
    assert pair.bob.line.socket.garbage == 4, "a bare line break is a keep-alive, not garbage"


async def test_closing_hangs_up(pair: Pair) -> None:
    _, theirs = await talking(pair)
    await pair.alice.close()
    assert (await theirs.wait_ended()).by == "them"


async def test_pulling_the_plug_says_nothing(pair: Pair) -> None:
    mine, theirs = await talking(pair)
    pair.alice.drop()
    assert mine.is_over
    await asyncio.sleep(0.1)
    assert theirs.state is CallState.TALKING
    with pytest.raises((NoReply, RequestRefused)):
        await theirs.hold()


async def test_a_handler_that_breaks_does_not_break_the_phone(
    pair: Pair, caplog: pytest.LogCaptureFixture
) -> None:
    async def breaks(call: Call) -> None:
        raise RuntimeError("on purpose")

    pair.bob.on_call = breaks
    first = await pair.alice.call("bob")
    await first.wait_ringing()
    await asyncio.sleep(0.05)
    assert "unexpected trouble" in caplog.text
    pair.bob.on_call = None
    await pair.alice.call("bob")
    await pair.bob.next_call()
