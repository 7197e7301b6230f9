"""Where lines of another PBX's queue_log stand in time, within one second too."""

from zoneinfo import ZoneInfo

import pytest

from telephony.ledger.history_lines import Block, QueueHistory

T = 1_748_850_000


def read(*lines: str) -> Block:
    content = "".join(f"{line}\n" for line in lines).encode()
    return QueueHistory("@acme", ZoneInfo("UTC")).read(content, 0)


def places(*lines: str) -> dict[str, int]:
    """By line."""
    block = read(*lines)
    assert not block.misfits
    return dict(zip(lines, (line[5] for line in block.told), strict=True))


ENTERS = f"{T}|1.1|400|NONE|ENTERQUEUE||5111111|1"
ENTERS_AGAIN = f"{T}|1.1|400|NONE|ENTERQUEUE||5111111|2"
OF_EARLIER = [
    "NONE|EXITWITHTIMEOUT|1",
    "NONE|EXITWITHTIMEOUT|1|1|",
    "NONE|EXITWITHTIMEOUT|1|1|30",
    "NONE|EXITWITHKEY|1|1",
    "NONE|EXITEMPTY|1",
    "SIP/1|TRANSFER|501|from-internal",
    "SIP/1|BLINDTRANSFER|501|from-internal|0|60|1",
    "SIP/1|ATTENDEDTRANSFER|BRIDGE|b|0|60|1",
    "SIP/1|ATTENDEDTRANSFER|LINK|a|b|0|60|1",
    "SIP/1|ATTENDEDTRANSFER|LINK|a|b|30|0|1",
    "SIP/1|ATTENDEDTRANSFER|LINK|1|2|3",
    "SIP/1|COMPLETEAGENT|0",
]
OF_THIS_SECOND = [
    "SIP/1|CONNECT|0|x|0",
    "NONE|EXITWITHTIMEOUT|1|1|0",
    "NONE|EXITWITHKEY|1|1|1|0",
    "SIP/1|COMPLETECALLER|0|0|1",
    "SIP/1|TRANSFER|501|from-internal|0|0",
    "SIP/1|ATTENDEDTRANSFER|BRIDGE|b|0|0|1",
    "SIP/1|ATTENDEDTRANSFER|LINK|1|2|0|0|1",
]


@pytest.mark.parametrize("ending", OF_EARLIER)
def test_what_ends_before_a_return_in_its_second(ending: str) -> None:
    ends = f"{T}|1.1|400|{ending}"
    found = places(ends, ENTERS)
    assert found[ends] < found[ENTERS]
    assert places(ends)[ends] == found[ends]


@pytest.mark.parametrize("ending", [*OF_THIS_SECOND, *OF_EARLIER])
def test_what_ends_the_stay_that_began_in_its_second(ending: str) -> None:
    ends = f"{T}|1.1|400|{ending}"
    found = places(ENTERS, ends, ENTERS_AGAIN)
    assert found[ENTERS] < found[ends] < found[ENTERS_AGAIN]


@pytest.mark.parametrize("ending", OF_THIS_SECOND)
def test_a_stay_of_no_second_of_which_a_cut_took_the_entry(ending: str) -> None:
    ends = f"{T}|1.1|400|{ending}"
    found = places(ENTERS, ends, ENTERS_AGAIN)
    assert places(ends)[ends] == found[ends]
    cut = places(ends, ENTERS_AGAIN)
    assert found[ENTERS] < cut[ends] < cut[ENTERS_AGAIN]


def test_another_queue_or_call_tells_nothing_of_a_stay() -> None:
    ends = f"{T}|1.1|400|NONE|EXITWITHTIMEOUT|1"
    other = places(f"{T}|1.1|401|NONE|ENTERQUEUE||5|1", f"{T}|1.2|400|NONE|ENTERQUEUE||5|1", ends)
    assert other[ends] == places(ends)[ends] < places(ENTERS)[ENTERS]
