"""Asterisk's answers to our orders, as results. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from telephony.ami.session import Reply
from telephony.pbx import orders
from telephony.pbx.orders import Order
from telephony.pbx.port import Done, Refused, Result


def _(words: str) -> str:
    """Marks a sentence for translation; who shows it translates it."""
    return words


# DBDel of what is not there: Asterisk 20, and 22.
_NOT_STORED: dict[str, str | None] = {
    "Database entry not found": None,
    "Database entry could not be deleted": None,
}
# What Asterisk 22 says, by its beginning, and what it means for the one who gave the order.
# None: things are as ordered.
_ANSWERS: dict[type[Order], dict[str, str | None]] = {
    orders.AddMember: {
        "Unable to add interface: Already there": None,
        "Unable to add interface to queue: No such queue": _(
            "The phone system does not have this group's queue yet. Try again in a moment."
        ),
    },
    orders.RemoveMember: {
        "Unable to remove interface: Not there": None,
        "Unable to remove interface from queue: No such queue": None,
        "Member not dynamic": _(
            "This phone is a fixed member of the queue and cannot be logged out here."
        ),
    },
    orders.PauseMember: {
        "Interface not found": _("This phone is not logged in to the group."),
    },
    orders.SetPenalty: {
        "Invalid interface": _("This phone is not logged in to the group."),
    },
    # the call is over
    orders.NameCaller: {"No such channel": None},
    orders.PauseRecording: {"Cannot set mute flag": _("This call is not being recorded.")},
    orders.ResumeRecording: {"Cannot set mute flag": _("This call is not being recorded.")},
    orders.HangUp: {"No such channel": None, "No channels matched": None},
    orders.Originate: {
        "Extension does not exist": _("This number cannot be dialled."),
        "Originate failed": _("The phone could not be called."),
    },
    # it is loaded already; the simulator has no modules
    orders.LoadQueues: {"Could not load module": None, "Invalid/unknown command": None},
    orders.StoreRoute: _NOT_STORED,
    orders.ForgetRoute: _NOT_STORED,
    orders.MoveCaller: {
        "Unable to change priority caller on queue: No such": _("This caller is not waiting now."),
    },
}
_ANY_ORDER = {
    "Channel does not exist": _("This call is over."),
    "Channel specified does not exist": _("This call is over."),
    "No such channel": _("This call is over."),
    "Unable to find channel": _("This call is over."),
    "Permission denied": _("The phone system does not allow Helin to do this."),
    "Invalid/unknown command": _("This phone system cannot do this."),
}
NOT_SENDABLE = _("This order holds characters that the phone system cannot take.")
_REFUSED = _("The phone system refused this.")
_NO_DATABASE = _("The phone system cannot read its settings now. Try again in a moment.")
DATABASE_AWAY = "database away"


def to_result(order: Order, replies: Iterable[Reply]) -> Result:
    """What the answers to an order's actions mean; the first refusal counts."""
    for reply in replies:
        if not reply.succeeded:
            words = _meaning(order, reply.words)
            if words is not None:
                return Refused(words, reply.words)
        elif isinstance(order, orders.CheckDatabase) and reply.response.get("Value") != "1":
            return Refused(_NO_DATABASE, DATABASE_AWAY)
        elif any("No such command" in line for line in reply.response.all("Output")):
            return Refused(_ANY_ORDER["Invalid/unknown command"], reply.response.get("Output"))
    return Done()


def _meaning(order: Order, said: str) -> str | None:
    for known in (_ANSWERS.get(type(order), {}), _ANY_ORDER):
        for beginning, words in known.items():
            if said.startswith(beginning):
                return words
    return _REFUSED
