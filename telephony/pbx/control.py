"""Orders over AMI: for workers (blocking, one connection per order) and for the listener."""

from __future__ import annotations

import logging

from telephony.ami.actions import UnsendableAction
from telephony.ami.blocking import BlockingAmi
from telephony.ami.client import AmiClient
from telephony.ami.session import LoginRefused, NoAnswer, NotSent, Reply
from telephony.pbx.asterisk_answers import NOT_SENDABLE, to_result
from telephony.pbx.asterisk_orders import to_actions
from telephony.pbx.orders import BadOrder, Order
from telephony.pbx.port import Address, AnswerLost, Refused, Result, Unreachable

log = logging.getLogger(__name__)


def _(words: str) -> str:
    """Marks a sentence for translation; who shows it translates it."""
    return words


NOT_REACHED = _("The phone system cannot be reached. Nothing was changed.")
NOT_LET_IN = _("The phone system does not let Helin in. Nothing was changed.")
ANSWER_LOST = _("The phone system did not answer. Look before you try again: it may have acted.")


class BlockingControl:
    """Carries orders out from a worker; times in seconds."""

    def __init__(
        self, address: Address, *, connect_within: float = 3.0, answer_within: float = 10.0
    ) -> None:
        self._address = address
        self._connect_within = connect_within
        self._answer_within = answer_within

    def perform(self, order: Order) -> Result:
        """Connects, carries out, hangs up. Never raises for what the PBX or the network does."""
        try:
            actions = to_actions(order)
        except BadOrder as error:
            return Refused(NOT_SENDABLE, str(error))
        sent = False
        try:
            with BlockingAmi(
                host=self._address.host,
                port=self._address.port,
                user=self._address.user,
                secret=self._address.secret,
                connect_within=self._connect_within,
            ) as ami:
                replies = []
                for action in actions:
                    replies.append(ami.ask(action, self._answer_within))
                    sent = True
                return to_result(order, replies)
        except (NotSent, NoAnswer, UnsendableAction) as error:
            return failure(error, sent_before=sent)


async def perform_over(client: AmiClient, order: Order, answer_within: float = 10.0) -> Result:
    """Carries an order out over a link that is up."""
    replies: list[Reply] = []
    try:
        for action in to_actions(order):
            replies.append(await client.ask(action, answer_within))  # noqa: PERF401 - kept on failure
    except BadOrder as error:
        return Refused(NOT_SENDABLE, str(error))
    except (NotSent, NoAnswer, UnsendableAction) as error:
        return failure(error, sent_before=bool(replies))
    return to_result(order, replies)


def failure(error: NotSent | NoAnswer | UnsendableAction, *, sent_before: bool) -> Result:
    """What an order came to that got no answer to one of its actions.

    `sent_before`: an earlier action of the same order was carried out, so that "nothing was
    changed" would be a lie.
    """
    log.warning("order not carried out: %s", error)
    if isinstance(error, UnsendableAction):
        return Refused(NOT_SENDABLE, str(error))
    if isinstance(error, NoAnswer) or sent_before:
        return AnswerLost(ANSWER_LOST, str(error))
    if isinstance(error, LoginRefused):
        return Unreachable(NOT_LET_IN, str(error))
    return Unreachable(NOT_REACHED, str(error))
