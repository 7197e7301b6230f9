"""One call of one phone, from the first ring to the end."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal

from telephony.traffic.rtp import RtpStream
from telephony.traffic.sip_leg import Leg
from telephony.traffic.sip_message import Request, Response, display_of, uri_of, user_of
from telephony.traffic.sip_socket import ClientTransaction, NoReply


class CallState(StrEnum):
    CALLING = "calling"
    RINGING = "ringing"
    TALKING = "talking"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Ending:
    """Who ended it, with the SIP status of a call that was never answered (else 200)."""

    by: Literal["us", "them"]
    status: int
    reason: str


class CallEnded(Exception):
    """What was waited for cannot come any more; the argument is the Ending."""


class Call:
    """Made by a Phone; its sound is open from the first ring (or the dialling) to the end."""

    def __init__(
        self,
        leg: Leg,
        *,
        invite: Request | None = None,
        on_end: Callable[[Call], None],
        in_background: Callable[[Coroutine[Any, Any, None]], None],
    ) -> None:
        self.leg = leg
        self.invite = invite
        """The INVITE as it came in, with its headers; None for a call that we made."""
        self.state = CallState.CALLING
        self.ending: Ending | None = None
        self.provisional: list[int] = []
        """Statuses between 100 and 200 that our own call has seen: 180, 183."""
        self.early_media = False
        self.confirmed = False
        """The ACK of our answer has come."""
        self.renegotiated = 0
        self.remote_party = ""
        """From, or P-Asserted-Identity as last told: changes when the call is transferred."""
        self.transfer_progress: list[int] = []
        self._on_end = on_end
        self._in_background = in_background
        self._waiting: list[asyncio.Future[None]] = []
        self._placed: ClientTransaction | None = None
        self._offer_wanted = False
        self._unacknowledged: set[int] = set()
        """The numbers of the INVITEs that we have accepted and whose ACKs are still to come."""

    @property
    def sound(self) -> RtpStream:
        return self.leg.sound

    @property
    def is_over(self) -> bool:
        return self.state is CallState.ENDED

    @property
    def caller_number(self) -> str:
        return user_of(uri_of(self.remote_party))

    @property
    def caller_name(self) -> str:
        return display_of(self.remote_party)

    # -- waiting -----------------------------------------------------------------------------

    async def wait_for(self, question: Callable[[Call], bool], *, within: float = 10.0) -> None:
        """Until the question is answered yes; raises TimeoutError, or CallEnded if it cannot be."""
        async with asyncio.timeout(within):
            while not question(self):
                if self.is_over:
                    raise CallEnded(self.ending)
                future = asyncio.get_running_loop().create_future()
                self._waiting.append(future)
                await future

    async def wait_ringing(self, *, within: float = 10.0) -> None:
        await self.wait_for(lambda call: call.state is not CallState.CALLING, within=within)

    async def wait_talking(self, *, within: float = 10.0) -> None:
        await self.wait_for(lambda call: call.state is CallState.TALKING, within=within)

    async def wait_ended(self, *, within: float = 10.0) -> Ending:
        await self.wait_for(lambda call: call.is_over, within=within)
        assert self.ending is not None  # noqa: S101  (set together with the state)
        return self.ending

    async def ended(self) -> None:
        """However long it takes."""
        while not self.is_over:
            with suppress(TimeoutError):
                await self.wait_ended(within=3600)

    # -- what the person at the phone does -----------------------------------------------------

    def ring(self) -> None:
        self._respond(180, "Ringing")
        self._become(CallState.RINGING)

    def ring_with_sound(self) -> None:
        """183 with a description: the caller hears our stream before we answer (ringback)."""
        self._respond(183, "Session Progress", body=self.leg.describe_answer())
        self._become(CallState.RINGING)

    async def answer(self, *, after: float = 0.0) -> bool:
        """Picks up; False if the caller was gone by then."""
        if after:
            await asyncio.sleep(after)
        if self.state is not CallState.RINGING:
            return False
        if self.invite is not None:
            self._unacknowledged.add(self.invite.cseq.number)
        self._respond(200, "OK", body=self.leg.describe_answer())
        self._become(CallState.TALKING)
        return True

    def reject(self, status: int = 486, reason: str = "Busy Here") -> None:
        if self.state in (CallState.CALLING, CallState.RINGING):
            self._respond(status, reason)
            self.end("us", status, reason)

    async def hang_up(self) -> None:
        """BYE, or CANCEL while it rings over there; returns when the other side knows."""
        if self.is_over:
            return
        if self.state is CallState.TALKING:
            self.end("us", 200, "hung up")
            await self.leg.say_bye()
        elif self.invite is not None:
            self.reject(480, "Temporarily Unavailable")
        else:
            self.end("us", 487, "cancelled")
            if self._placed is not None:
                await self.leg.cancel(self._placed)

    async def hold(self) -> None:
        """Raises CallEnded, RequestRefused, NoReply; the same for resume."""
        await self._must_have_settled()
        await self.leg.renegotiate("sendonly")

    async def resume(self) -> None:
        await self._must_have_settled()
        await self.leg.renegotiate("sendrecv")

    async def transfer(self, target: str, *, within: float = 10.0) -> int:
        """Blind, to a URI: returns how it went there (a SIP status, 0 if nobody said) and leaves.

        After a refusal the call is still ours.
        """
        return await self._refer(f"<{target}>", within)

    async def transfer_to(self, other: Call, *, within: float = 10.0) -> int:
        """Attended: joins the far end of this call with the far end of the other one."""
        there = other.leg.dialog.remote_uri.partition(";")[0]
        return await self._refer(f"<{there}?Replaces={other.leg.dialog.replaces}>", within)

    # -- what the phone tells us -----------------------------------------------------------------

    def offered(self, invite: Request) -> None:
        self.remote_party = invite.get("P-Asserted-Identity") or invite.get("From")
        self._offer_wanted = not self.leg.take_description(invite)

    def placed(self, transaction: ClientTransaction) -> None:
        self._placed = transaction
        if self.is_over:  # given up between the server's 401 and our second try
            self._in_background(self.leg.cancel(transaction))

    def progressed(self, response: Response) -> None:
        if response.status == 100 or self.is_over:
            return
        self.provisional.append(response.status)
        self.early_media = self.leg.take_description(response) or self.early_media
        self._become(CallState.RINGING)

    def answered(self, transaction: ClientTransaction) -> None:
        """Our INVITE got its 2xx, perhaps after we had given up."""
        response = transaction.final.result()
        self.leg.dialog.established_by(response)
        self.leg.acknowledge(transaction)
        if self.is_over:
            self._in_background(self.leg.say_bye())
            return
        self.leg.take_description(response)
        self.remote_party = response.get("P-Asserted-Identity") or response.get("To")
        self._become(CallState.TALKING)

    def withdrawn(self, reason: str) -> None:
        """A CANCEL: the caller has given up before we answered."""
        if self.state in (CallState.CALLING, CallState.RINGING):
            self._respond(487, "Request Terminated")
            self.end("them", 487, reason)

    def acknowledged(self, ack: Request) -> None:
        if self._offer_wanted:  # we had to make the offer, so the ACK brings the answer
            self.leg.take_description(ack)
        self._unacknowledged.discard(ack.cseq.number)
        self.confirmed = True
        self._become(self.state)

    def renegotiate(self, request: Request) -> None:
        """A re-INVITE or UPDATE of the other side: hold, a moved stream, another name."""
        self.leg.dialog.refreshed_by(request)
        described = self.leg.take_description(request)
        self._offer_wanted = request.method == "INVITE" and not described
        self.remote_party = request.get("P-Asserted-Identity") or request.get("From")
        self.renegotiated += 1
        body = self.leg.describe_answer() if described else b""
        if self._offer_wanted:
            body = self.leg.describe_offer()
        if request.method == "INVITE":
            self._unacknowledged.add(request.cseq.number)
        self.leg.respond(request, 200, "OK", body=body)
        self._become(self.state)

    def transfer_told(self, notify: Request) -> None:
        """A NOTIFY on the transfer that we asked for."""
        found = re.match(rb"SIP/2\.0 (\d{3})", notify.body)
        if found:
            self.transfer_progress.append(int(found.group(1)))
            self._become(self.state)

    def end(self, by: Literal["us", "them"], status: int, reason: str) -> None:
        if self.is_over:
            return
        self.ending = Ending(by, status, reason)
        self.sound.close()
        self._become(CallState.ENDED)
        self._on_end(self)

    # -- inside ------------------------------------------------------------------------------------

    def _become(self, state: CallState) -> None:
        self.state = state
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)

    def _must_talk(self) -> None:
        if self.state is not CallState.TALKING:
            raise CallEnded(self.ending)

    async def _must_have_settled(self) -> None:
        """As a re-INVITE may not cross an INVITE of theirs, which lasts until its ACK (14.1)."""
        self._must_talk()
        try:
            within = 64 * self.leg.line.socket.t1
            await self.wait_for(lambda call: not call._unacknowledged, within=within)
        except TimeoutError:
            raise NoReply("no ACK of our answer") from None

    def _respond(self, status: int, reason: str, *, body: bytes = b"") -> None:
        if self.invite is not None:
            self.leg.respond(self.invite, status, reason, body=body)

    async def _refer(self, refer_to: str, within: float) -> int:
        self._must_talk()
        self.transfer_progress.clear()
        status = await self.leg.refer(refer_to)
        if status >= 300:
            return status
        with suppress(TimeoutError, CallEnded):
            await self.wait_for(lambda call: call._transfer_outcome() > 0, within=within)
        outcome = self._transfer_outcome()
        if 200 <= outcome < 300:
            await self.hang_up()
        return outcome

    def _transfer_outcome(self) -> int:
        return next((status for status in self.transfer_progress if status >= 200), 0)
