"""The signalling of one call: its dialog, its voice description, what is said on the wire."""

from __future__ import annotations

import asyncio

from telephony.traffic import sdp
from telephony.traffic.rtp import RtpStream
from telephony.traffic.sip_dialog import ALLOW, Dialog
from telephony.traffic.sip_line import Line
from telephony.traffic.sip_message import Request, Response, address, reply
from telephony.traffic.sip_socket import Address, ClientTransaction, NoReply
from telephony.traffic.sound import Frames


class RequestRefused(Exception):
    """The other side said no; the arguments are its status and reason."""


class Leg:
    """Knows no states: Call decides what may be said when."""

    def __init__(self, line: Line, dialog: Dialog, peer: Address, frames: Frames) -> None:
        self.line = line
        self.dialog = dialog
        self.peer = peer
        """Where the other side's messages come from, so ours go there: right behind a NAT too."""
        self.sound = RtpStream(frames)
        self._sound_port = 0
        self._their_direction: sdp.Direction = "sendrecv"
        self._our_direction: sdp.Direction = "sendrecv"

    @property
    def held_by_them(self) -> bool:
        return self._their_direction in ("sendonly", "inactive")

    @property
    def held_by_us(self) -> bool:
        return self._our_direction == "sendonly"

    async def open_sound(self) -> None:
        self._sound_port = await self.sound.open(self.line.address[0])

    def take_description(self, message: Request | Response) -> bool:
        """Aims our stream where the message says; False if it describes no voice.

        Whoever we hold hears nothing of ours, but what the server plays.
        """
        try:
            voice = sdp.parse_voice(message.body)
        except sdp.NotSdp:
            return False
        self.sound.aim(voice)
        if self.held_by_us:
            self.sound.sending = False
        self._their_direction = voice.direction
        return True

    def describe(self, direction: sdp.Direction) -> bytes:
        self.dialog.sdp_version += 1
        return sdp.describe_voice(
            address=self.line.address[0],
            port=self._sound_port,
            version=self.dialog.sdp_version,
            direction=direction,
        )

    def describe_answer(self) -> bytes:
        """What fits both their last offer and our own hold."""
        ours = sdp.answer_to(self._their_direction)
        if self.held_by_us:
            ours = "sendonly" if ours in ("sendrecv", "sendonly") else "inactive"
        return self.describe(ours)

    def describe_offer(self) -> bytes:
        return self.describe(self._our_direction)

    def respond(
        self, request: Request, status: int, reason: str, *, body: bytes = b"", tagged: bool = True
    ) -> None:
        response = reply(request, status, reason, tag=self.dialog.local_tag if tagged else "")
        headers = [("Contact", self.dialog.contact), ("Allow", ALLOW), ("Supported", "replaces")]
        if body:
            headers.append(("Content-Type", sdp.CONTENT_TYPE))
        self.line.socket.respond(request, response.with_headers(*headers, body=body), self.peer)

    def acknowledge(self, transaction: ClientTransaction) -> None:
        number = transaction.request.cseq.number
        transaction.acknowledge(self.dialog.request("ACK", cseq=number))

    async def say_bye(self) -> None:
        """Quiet when nobody is there any more: the call is over either way."""
        try:
            await self.line.request(self.dialog.request("BYE"), self.peer, dialog=self.dialog)
        except NoReply:
            return

    async def cancel(self, invite: ClientTransaction) -> None:
        """Takes our unanswered INVITE back, once the other side is known to have it (9.1)."""
        kept = ("via", "max-forwards", "from", "to", "call-id", "route")
        headers = tuple(pair for pair in invite.request.headers if pair[0].lower() in kept)
        number = invite.request.cseq.number
        cancel = Request(
            method="CANCEL",
            uri=invite.request.uri,
            headers=(*headers, ("CSeq", f"{number} CANCEL")),
        )
        try:
            async with asyncio.timeout(64 * self.line.socket.t1):
                await invite.heard_something.wait()
            if not invite.final.done():
                await self.line.socket.start(cancel, self.peer).final
        except TimeoutError:
            return

    async def renegotiate(self, direction: sdp.Direction) -> None:
        """A re-INVITE of ours; raises RequestRefused, NoReply."""
        body = self.describe(direction)
        request = self.dialog.request("INVITE", body=body, content_type=sdp.CONTENT_TYPE)
        transaction = await self.line.transact(request, self.peer, dialog=self.dialog)
        response = transaction.final.result()
        if response.status >= 300:
            raise RequestRefused(response.status, response.reason)
        self._our_direction = direction
        self.dialog.refreshed_by(response)
        self.take_description(response)
        self.acknowledge(transaction)

    async def refer(self, refer_to: str) -> int:
        """Asks the other side to call somebody else; its status (202: it is trying)."""
        headers = (("Refer-To", refer_to), ("Referred-By", address(self.dialog.local_uri)))
        request = self.dialog.request("REFER", *headers)
        return (await self.line.request(request, self.peer, dialog=self.dialog)).status

    async def notify_of_transfer(self, status: int, reason: str) -> None:
        """Tells who sent us a REFER how it goes (RFC 3515)."""
        request = self.dialog.request(
            "NOTIFY",
            ("Event", "refer"),
            ("Subscription-State", "active" if status < 200 else "terminated;reason=noresource"),
            body=f"SIP/2.0 {status} {reason}\r\n".encode(),
            content_type="message/sipfrag;version=2.0",
        )
        try:
            await self.line.request(request, self.peer, dialog=self.dialog)
        except NoReply:
            return
