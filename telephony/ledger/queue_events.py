"""What app_queue, chan_agent and dialplans write into queue_log, of Asterisk 1.4 to 22. Pure."""

from __future__ import annotations

from collections.abc import Sequence

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
COMPLETED = (
    "COMPLETEAGENT", "COMPLETECALLER", "TRANSFER", "BLINDTRANSFER", "ATTENDEDTRANSFER",
)  # fmt: skip
OURS = ("HELIN_CLOSED", "HELIN_OVERFLOW")
# what the stays in queues are made of
OF_VISITS = (*ENTRY, *REFUSED, *OURS, "CONNECT", "ABANDON", *LEFT, *COMPLETED)

_OF_AGENTS = (
    "ADDMEMBER", "REMOVEMEMBER", "PAUSE", "UNPAUSE", "PAUSEALL", "UNPAUSEALL", "PAUSEREASON",
    "PENALTY", "RINGINUSE", "RINGNOANSWER", "RINGCANCELED", "AGENTDUMP", "AGENTLOGIN",
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
# where a line says how many seconds ago its stay began: the fields of the whole line, from 0
_DURATIONS = {
    "CONNECT": (5,), "COMPLETEAGENT": (5, 6), "COMPLETECALLER": (5, 6),
    "TRANSFER": (7, 8), "BLINDTRANSFER": (7, 8), "ATTENDEDTRANSFER": (7, 8),
    "ABANDON": (7,), "EXITEMPTY": (7,), "EXITWITHTIMEOUT": (7,), "EXITWITHKEY": (8,),
}  # fmt: skip


def tells_of_earlier(event: str, parts: Sequence[str]) -> bool:
    """Whether the line's stay began in an earlier second, as far as the line says."""
    for place in _DURATIONS.get(event, ()):
        if place < len(parts) and parts[place] != "0" and parts[place].isdecimal():
            return True
    return False
