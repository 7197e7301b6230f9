"""Times that lines of other PBXes have, and what is none."""

from datetime import datetime
from io import BytesIO
from zoneinfo import ZoneInfo

import pytest

from telephony.ledger.cel_history import CelHistory
from telephony.ledger.history_clock import SECOND, HistoryClock
from telephony.ledger.history_lines import QueueHistory
from telephony.ledger.lines import Unreadable

FIRST = 944_352_000  # 5 December 1999, the day of Asterisk's first release


@pytest.mark.parametrize(
    "stamp",
    ["50", "0", "0000000050", "48850050.5", str(FIRST - 1), f"0{FIRST - 1}", "1999-12-04 23:59:59",
     "1970-01-01T00:00:05Z", "0001-01-01 00:00:00+00:00"],
)  # fmt: skip
def test_before_there_was_an_asterisk(stamp: str) -> None:
    clock = HistoryClock(ZoneInfo("UTC"))
    with pytest.raises(Unreadable, match="before there was an Asterisk"):
        clock.read(stamp)
    assert clock == HistoryClock(ZoneInfo("UTC"))
    line = f"{stamp}|1.1|400|NONE|ABANDON|1|1|30\n".encode()
    block = QueueHistory("@acme", ZoneInfo("UTC")).read(line, 0)
    assert block.rows == []
    assert [one[2] for one in block.misfits] == ["a time before there was an Asterisk"]


@pytest.mark.parametrize("stamp", ["", "now", "-1", "1e9", "1700000000s", "99999999999999"])
def test_no_time(stamp: str) -> None:
    with pytest.raises(Unreadable, match="no time"):
        HistoryClock(ZoneInfo("UTC")).read(stamp)


@pytest.mark.parametrize(
    ("stamp", "zone"),
    [("0001-01-01 00:00:00", "Asia/Tokyo"), ("9999-12-31 23:59:59", "America/New_York"),
     ("999999999999", "UTC"), ("144000000000", "UTC")],
)  # fmt: skip
def test_on_the_edge_of_what_can_be_told(stamp: str, zone: str) -> None:
    with pytest.raises(Unreadable):
        HistoryClock(ZoneInfo(zone)).read(stamp)


def test_the_last_place_fits_into_a_bigint() -> None:
    lines = b"143999999999.999999|1.1|400|NONE|ENTERQUEUE||5|1\n" * 9
    block = QueueHistory("@acme", ZoneInfo("UTC")).read(lines, 0)
    assert len(block.told) == 9
    assert max(line[5] for line in block.told) < 2**63 - 1


@pytest.mark.parametrize("stamp", [str(FIRST), f"0{FIRST}", "1999-12-05 00:00:00"])
def test_the_first_day(stamp: str) -> None:
    assert HistoryClock(ZoneInfo("UTC")).read(stamp) == (FIRST * SECOND, FIRST * SECOND)


TALLINN = ZoneInfo("Europe/Tallinn")
TWICE = 1_698_537_600  # 29 October 2023, 3:00 for the first time; for the second an hour later


def local_lines(*begins: int) -> list[str]:
    """Calls that wait for 10 s; their ids tell when their channels were made."""
    return [
        f"{datetime.fromtimestamp(at, TALLINN):%F %T}|pbx-{begun}.7|400|NONE|{event}\n"
        for begun in begins
        for at, event in ((begun, "ENTERQUEUE||5|1"), (begun + 10, "ABANDON|1|1|10"))
    ]


@pytest.mark.parametrize("order", ["as written", "by their times", "the second hour alone"])
def test_ids_of_calls_tell_the_hours_that_have_one_name(order: str) -> None:
    begins = [TWICE + 60 * minute for minute in (0, 3, 20, 59, 60, 63, 65, 80, 119)]
    begins = begins[5:] if order == "the second hour alone" else begins
    lines = local_lines(*begins)
    if order == "by their times":
        lines.sort()
    history = QueueHistory("@acme", TALLINN)
    rows = history.read("".join(lines).encode(), 0).rows
    told = {(row.split("\t")[2], int(row.split("\t")[1]) // SECOND) for row in rows}
    assert told == {(f"pbx-{one}.7", one + more) for one in begins for more in (0, 10)}
    assert not history.clock.jumps
    assert bool(history.clock.ambiguous) == (order != "the second hour alone")
    places = [int(row.rsplit("\t", 1)[1]) for row in rows]
    assert len(set(places)) == len(places)


def test_lines_of_one_instant_of_the_second_hour_stay_together() -> None:
    call = f"2023-10-29 03:05:00|{TWICE + 3900}.1|400|"
    lines = [f"{call}SIP/1|RINGNOANSWER|0\n"] * 2 + [f"{call}SIP/1|RINGNOANSWER|1000\n"]
    block = QueueHistory("@acme", TALLINN).read("".join(lines).encode(), 0)
    assert len(block.names) == 3
    assert {int(row.split("\t")[1]) for row in block.rows} == {(TWICE + 3900) * SECOND}
    places = [int(row.rsplit("\t", 1)[1]) for row in block.rows]
    assert places == sorted(set(places))


@pytest.mark.parametrize("order", ["as written", "by their times"])
def test_channel_events_of_the_hour_that_comes_twice(order: str) -> None:
    begins = [TWICE + 60 * minute for minute in (0, 20, 63, 80)]
    lines = [
        f"{event},{datetime.fromtimestamp(at, TALLINN):%F %T},{begun}.7,{begun}.7\n"
        for begun in begins
        for at, event in ((begun, "CHAN_START"), (begun, "ANSWER"), (begun + 9, "CHAN_END"))
    ]
    if order == "by their times":
        lines.sort(key=lambda line: line.split(",")[1])
    history = CelHistory("@acme", TALLINN)
    history.read_header(BytesIO(b"eventtype,eventtime,uniqueid,linkedid\n"))
    rows = history.read("".join(lines).encode(), 0).rows
    told = [(int(row.split("\t")[1]) // SECOND, row.split("\t")[3]) for row in rows]
    assert sorted(told) == [
        (one + more, f"{one}.7") for one in begins for more in (0, 0, 9)
    ]  # fmt: skip
    places = [int(row.rsplit("\t", 1)[1]) for row in rows]
    assert len(set(places)) == len(places)
