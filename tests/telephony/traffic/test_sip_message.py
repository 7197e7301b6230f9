"""SIP messages: what is written is read back, and garbage is refused with a reason."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.traffic.sip_message import (
    CSeq,
    NotSip,
    Request,
    Response,
    address,
    display_of,
    parse,
    reply,
    tag_of,
    uri_of,
    user_of,
)

INVITE = (
    b"INVITE sip:bob@127.0.0.1:5062 SIP/2.0\r\n"
    b"v: SIP/2.0/UDP 127.0.0.1:5061;rport;branch=z9hG4bKabc\r\n"
    b"Via: SIP/2.0/UDP 127.0.0.9\r\n"
    b'f: "Alice \\"A\\" <x>" <sip:alice@127.0.0.1>;tag=11\r\n'
    b"t: <sip:bob@127.0.0.1;tag=no>\r\n"
    b"i: 77\r\n"
    b"CSeq:  5   INVITE\r\n"
    b"Record-Route: <sip:a,b;lr>, <sip:c;lr>\r\n"
    b"Subject: one\r\n two\r\n"
    b"l: 4\r\n\r\nbodyMORE"
)


def test_compact_names_folding_and_lists_are_read() -> None:
    message = parse(INVITE)
    assert isinstance(message, Request)
    assert (message.method, message.uri) == ("INVITE", "sip:bob@127.0.0.1:5062")
    assert message.all("Via") == (
        "SIP/2.0/UDP 127.0.0.1:5061;rport;branch=z9hG4bKabc",
        "SIP/2.0/UDP 127.0.0.9",
    )
    assert message.branch == "z9hG4bKabc"
    assert message.call_id == "77"
    assert message.cseq == CSeq(5, "INVITE")
    assert message.from_tag == "11"
    assert message.to_tag == "", "a tag inside the URI's brackets is none of the header"
    assert message.listed("Record-Route") == ("<sip:a,b;lr>", "<sip:c;lr>")
    assert message.get("subject") == "one two"
    assert message.body == b"body", "Content-Length ends the body"


def test_written_messages_are_read_back() -> None:
    request = Request(
        method="MESSAGE",
        uri="sip:bob@127.0.0.1",
        headers=(
            ("Via", "SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1"),
            ("From", address("sip:alice@127.0.0.1", display='Jür"gen 山', tag="a")),
            ("To", "<sip:bob@127.0.0.1>"),
            ("Call-ID", "1"),
            ("CSeq", "1 MESSAGE"),
        ),
        body="õ\r\n\r\nä".encode(),
    )
    again = parse(request.encode())
    assert isinstance(again, Request)
    assert again.body == request.body
    assert display_of(again.get("From")) == 'Jür"gen 山'
    response = parse(reply(again, 200, "OK", tag="b").encode())
    assert isinstance(response, Response)
    assert (response.status, response.reason, response.to_tag) == (200, "OK", "b")
    assert response.get("Via") == request.get("Via")


def test_a_line_break_in_a_value_starts_no_header() -> None:
    hostile = Request(
        method="INVITE",
        uri="sip:bob@127.0.0.1",
        headers=(
            ("Via", "SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1"),
            ("From", address("sip:eve@127.0.0.1", display="x\r\nX-Evil: 1", tag="a")),
            ("To", "<sip:bob@127.0.0.1>"),
            ("Call-ID", "1"),
            ("CSeq", "1 INVITE"),
        ),
    )
    again = parse(hostile.encode())
    assert again.get("X-Evil") == ""


def test_bytes_that_are_no_utf8_are_echoed_as_they_came() -> None:
    raw = INVITE.replace(b"Alice", b"Al\xff\xfece")
    message = parse(raw)
    assert isinstance(message, Request)
    assert b"Al\xff\xfece" in reply(message, 200, "OK").encode()


@pytest.mark.parametrize(
    "garbage",
    [
        b"",
        b"\r\n\r\n",
        b"\x00\x01\x02" * 40,
        b"\xff" * 500 + b"\r\n\r\n",
        INVITE.partition(b"\r\n\r\n")[0],
        INVITE.replace(b"l: 4", b"l: 400"),
        INVITE.replace(b"l: 4", b"l: -4"),
        INVITE.replace(b"l: 4", "l: ²".encode()),
        INVITE.replace(b"i: 77\r\n", b""),
        INVITE.replace(b"5   INVITE", b"many INVITE"),
        INVITE.replace(b"SIP/2.0\r\nv:", b"HTTP/1.1\r\nv:"),
        INVITE.replace(b"i: 77", b"no colon here"),
        INVITE.replace(b"INVITE sip:bob@127.0.0.1:5062 SIP/2.0", b"SIP/2.0 20 OK"),
        INVITE.replace(b"INVITE sip:bob@127.0.0.1:5062 SIP/2.0", b"SIP/2.0 abc OK"),
    ],
)
def test_garbage_is_refused(garbage: bytes) -> None:
    with pytest.raises(NotSip):
        parse(garbage)


@pytest.mark.parametrize(
    ("header", "uri", "display", "tag"),
    [
        ("sip:bob@host;tag=9", "sip:bob@host", "", "9"),
        ("<sip:bob@host;transport=udp>;tag=9", "sip:bob@host;transport=udp", "", "9"),
        ("Bob Builder <sip:bob@host>", "sip:bob@host", "Bob Builder", ""),
        ('"a <b> ;tag=7" <sip:bob@host>;tag=9', "sip:bob@host", "a <b> ;tag=7", "9"),
    ],
)
def test_addresses(header: str, uri: str, display: str, tag: str) -> None:
    assert (uri_of(header), display_of(header), tag_of(header)) == (uri, display, tag)


def test_the_user_of_a_uri() -> None:
    assert user_of("sip:101@host:5060;x=y") == "101"
    assert user_of("sip:host") == ""


@given(st.integers(0, len(INVITE)), st.integers(0, 40), st.binary(max_size=40))
def test_a_mangled_message_is_read_or_refused_and_nothing_else(
    at: int, gone: int, put: bytes
) -> None:
    mangled = INVITE[:at] + put + INVITE[at + gone :]
    try:
        message = parse(mangled)
    except NotSip:
        return
    assert message.cseq.number >= 0
    assert isinstance(message.encode(), bytes)
    if isinstance(message, Request):
        assert reply(message, 200, "OK", tag="t").to_tag
