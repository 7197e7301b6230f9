"""Times that lines of other PBXes have, and what is none."""

from zoneinfo import ZoneInfo

import pytest

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
