"""What app_queue, chan_agent and dialplans write into queue_log, of Asterisk 1.4 to 22. Pure."""

from __future__ import annotations

ENTRY = ("ENTERQUEUE",)
REFUSED = {
    "FULL": "full",
    "JOINEMPTY": "no_agents",
    "JOINUNAVAIL": "no_agents",
    "CLOSED": "closed",
}
LEFT = {
    "EXITWITHTIMEOUT": "timeout",
    "EXITEMPTY": "agents_left",
    "EXITWITHKEY": "key",
}
LOST = "lost"  # the reason of what no line ends: telephony/calls/unended.py
COMPLETED = (
    "COMPLETEAGENT", "COMPLETECALLER", "TRANSFER", "BLINDTRANSFER", "ATTENDEDTRANSFER",
)  # fmt: skip
OURS = ("HELIN_CLOSED", "HELIN_OVERFLOW")
RUNG_IN_VAIN = "RINGNOANSWER"  # rung out, rejected, or the phone could take no call
# what stays in queues are made of, and whatever tells of them
OF_STAYS = (*ENTRY, *REFUSED, *OURS, "CONNECT", "ABANDON", *LEFT, *COMPLETED)
OF_VISITS = (*OF_STAYS, RUNG_IN_VAIN)

_OF_AGENTS = (
    "ADDMEMBER", "REMOVEMEMBER", "PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL", "PAUSEREASON",
    "PENALTY", "RINGINUSE", "RINGCANCELED", "AGENTDUMP", "AGENTLOGIN",
    "AGENTLOGOFF", "AGENTCALLBACKLOGIN", "AGENTCALLBACKLOGOFF",
)  # fmt: skip
_OF_THE_PBX = ("QUEUESTART", "CONFIGRELOAD", "SYSCOMPAT", "DID", "INFO", "UPDATECDR", "WRAPUPSTART")
KNOWN = frozenset((*OF_VISITS, *_OF_AGENTS, *_OF_THE_PBX))

CEL_KNOWN = frozenset((
    "CHAN_START", "CHAN_END", "HANGUP", "ANSWER", "APP_START", "APP_END", "PARK_START", "PARK_END",
    "BRIDGE_START", "BRIDGE_END", "BRIDGE_UPDATE", "BRIDGE_ENTER", "BRIDGE_EXIT",
    "BRIDGE_TO_CONF", "CONF_START", "CONF_END", "CONF_ENTER", "CONF_EXIT", "3WAY_START", "3WAY_END",
    "BLINDTRANSFER", "ATTENDEDTRANSFER", "TRANSFER", "HOOKFLASH", "USER_DEFINED", "LINKEDID_END",
    "PICKUP", "FORWARD", "LOCAL_OPTIMIZE", "LOCAL_OPTIMIZE_BEGIN", "STREAM_BEGIN", "STREAM_END",
    "DTMF",
))  # fmt: skip

# the place of a line among those of one call and one second
BEGINS, ANSWERS, LEAVES, ENDS = range(4)
RANKS = {
    **dict.fromkeys((*ENTRY, *REFUSED, "HELIN_CLOSED"), BEGINS),
    "CONNECT": ANSWERS,
    **dict.fromkeys(("ABANDON", *LEFT), LEAVES),
    **dict.fromkeys(COMPLETED, ENDS),
}
# the same of the lines of one member: who comes may be paused at once, who goes was free again before;
# of all queues Asterisk says it first, without the reason, then of each
GOES = 6
RANKS_OF_MEMBERS = {
    **dict.fromkeys(("ADDMEMBER", "AGENTLOGIN", "AGENTCALLBACKLOGIN"), 1),
    "UNPAUSEALL": 2, "UNPAUSE": 3, "PAUSEALL": 4, "PAUSE": 5,
    **dict.fromkeys(("REMOVEMEMBER", "AGENTLOGOFF", "AGENTCALLBACKLOGOFF"), GOES),
}  # fmt: skip
# where a line says how many seconds its stay lasted, the fields of the whole line from 0, and what
# stands there if it began in this second
_HOLD, _HOLD_AND_TALK = ["0"], ["0", "0"]
_NO_SECOND = {
    "CONNECT": (5, _HOLD), "ABANDON": (7, _HOLD), "EXITEMPTY": (7, _HOLD),
    "EXITWITHTIMEOUT": (7, _HOLD), "EXITWITHKEY": (8, _HOLD),
    "COMPLETEAGENT": (5, _HOLD_AND_TALK), "COMPLETECALLER": (5, _HOLD_AND_TALK),
    "TRANSFER": (7, _HOLD_AND_TALK), "BLINDTRANSFER": (7, _HOLD_AND_TALK),
    "ATTENDEDTRANSFER": (7, _HOLD_AND_TALK),
}  # fmt: skip


def tells_of_earlier(event: str, parts: list[str]) -> bool:
    """Whether the line's stay began in an earlier second. One that does not say how long it lasted,
    as those of old Asterisks, is taken to: hardly any stay ends in the second in which it began,
    but a dialplan that calls Queue() again writes the next entry in the second of the exit."""
    if event == "ATTENDEDTRANSFER" and parts[5:6] == ["LINK"]:
        return len(parts) < 10 or parts[8] != "0" or parts[9].partition("|")[0] != "0"
    begin, no_second = _NO_SECOND[event]
    return parts[begin : begin + len(no_second)] != no_second
