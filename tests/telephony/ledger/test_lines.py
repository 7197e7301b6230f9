"""Single lines: what is understood, what is refused with a reason, what hostile bytes become."""

import json
from datetime import UTC, datetime

import pytest

from telephony.ledger.lines import Unreadable, parse_cel_line, parse_queue_line
from telephony.ledger.owners import (
    agent_of_member,
    endpoint_of,
    owner_of_cel_line,
    owner_of_queue_line,
)

AT = datetime(2026, 11, 21, 22, 35, 55, tzinfo=UTC)
CEL = {
    "eventtype": "CHAN_START", "eventtime": "1795300555.248168", "name": "Alice", "num": "101",
    "channame": "PJSIP/alice-101-0000002a", "uniqueid": "u.1", "linkedid": "u.1", "exten": "102",
    "context": "agents", "accountcode": "", "tenantid": "",
}  # fmt: skip


def cel(**fields: object) -> bytes:
    return json.dumps({**CEL, **fields}).encode()


def test_a_queue_line() -> None:
    record = parse_queue_line(b"1795300555|u.1|alice-sales|alice-a1|CONNECT|6|u.2|1")
    assert (record.at, record.callid, record.queue) == (AT, "u.1", "alice-sales")
    assert (record.agent, record.event) == ("alice-a1", "CONNECT")
    assert record.data == ("6", "u.2", "1", "", "")


def test_more_data_than_five_stays_in_the_last() -> None:
    record = parse_queue_line(b"1795300555|u.1|q|a|ATTENDEDTRANSFER|LINK|x|y|0|3|1\r")
    assert record.data == ("LINK", "x", "y", "0", "3|1")


def test_a_cel_line_to_the_microsecond() -> None:
    record = parse_cel_line(cel())
    assert record.at == AT.replace(microsecond=248168)
    assert (record.event, record.channel, record.exten) == (
        "CHAN_START",
        "PJSIP/alice-101-0000002a",
        "102",
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "fewer than five"),
        (b"garbage", "fewer than five"),
        (b"\xff\xfe\x00|||", "fewer than five"),
        (b"soon|u|q|a|CONNECT", "no time"),
        (b"-5|u|q|a|CONNECT", "no time"),
        (b"1e9|u|q|a|CONNECT", "no time"),
        (b"999999999999999|u|q|a|CONNECT", "cannot be"),
        (b"9" * 400 + b"|u|q|a|CONNECT", "cannot be"),
        (b"1795300555|u|q|a|", "no event"),
        (b"1795300555|" + b"u" * 10_000 + b"|q|a|CONNECT", "longer"),
    ],
)
def test_unreadable_queue_lines(line: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        parse_queue_line(line)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b'{"eventtype":"CHAN_STA', "not JSON"),
        (b"[1, 2]", "not a JSON object"),
        (b"[" * 100_000, "not JSON"),
        (b'"text"', "not a JSON object"),
        (cel(eventtime=""), "no time"),
        (cel(eventtime="99999999999999.1"), "cannot be"),
        (cel(linkedid=""), "no linkedid"),
        (cel(eventtype=None), "no event"),
        (cel(uniqueid="u" * 200), "longer"),
    ],
)
def test_unreadable_cel_lines(line: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        parse_cel_line(line)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("a\r\nb|c", "a\r\nb|c"),
        ("nul\0nul", "nul\ufffdnul"),
        ("\ud800 lone", "? lone"),
        ("x" * 10_000, "x" * 4096),
        (7, "7"),
        (None, ""),
        ({"a": 1}, '{"a": 1}'),
    ],
)
def test_hostile_names_stay_text_that_the_database_can_hold(name: object, kept: str) -> None:
    assert parse_cel_line(cel(name=name)).name == kept
    parse_cel_line(cel(name=name)).name.encode()


def test_bytes_that_are_no_utf8_lose_no_line() -> None:
    line = cel(name="NAME").replace(b"NAME", b"caf\xe9 \x01 \xf0\x9f")
    assert parse_cel_line(line).name == "caf\ufffd \x01 \ufffd"
    assert (
        parse_queue_line(b"1795300555|u|q|a|ENTERQUEUE||caf\xe9\x00|1").data[1] == "caf\ufffd\ufffd"
    )


TENANTS = {"alice": 1, "bob": 2, "carrier": 3}


@pytest.mark.parametrize(
    ("line", "tenant_id"),
    [
        (b"1795300555|u|alice-sales|NONE|ENTERQUEUE", 1),
        (b"1795300555|u|NONE|bob-a7|PAUSE", 2),
        (b"1795300555|u|NONE|PJSIP/bob-101|PENALTY", 2),
        (b"1795300555|u|carol-sales|carol-a1|CONNECT", None),
        (b"1795300555|NONE|NONE|NONE|QUEUESTART", None),
        (b"1795300555|u|alice|NONE|ENTERQUEUE", None),
    ],
)
def test_whose_a_queue_line_is(line: bytes, tenant_id: int | None) -> None:
    assert owner_of_queue_line(parse_queue_line(line), TENANTS) == tenant_id


@pytest.mark.parametrize(
    ("fields", "tenant_id"),
    [
        ({"tenantid": "bob"}, 2),
        ({"accountcode": "bob"}, 2),
        ({}, 1),
        ({"channame": "PJSIP/carrier-0000002a"}, None),  # the trunk, not the tenant of that name
        ({"channame": "Local/101@alice-00000001;1"}, None),
        ({"channame": "PJSIP/carol-101-0000002a"}, None),
    ],
)
def test_whose_a_cel_line_is(fields: dict[str, str], tenant_id: int | None) -> None:
    assert owner_of_cel_line(parse_cel_line(cel(**fields)), TENANTS) == tenant_id


def test_names_of_phones_and_members() -> None:
    assert endpoint_of("PJSIP/alice-101-0000002a") == "alice-101"
    assert endpoint_of("Local/101@agents-00000001;1") == ""
    assert agent_of_member("alice-a12") == 12
    assert agent_of_member("Agent 12") is None
