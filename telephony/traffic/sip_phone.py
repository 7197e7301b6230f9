"""A phone on the network: registers, rings, is rung, sends and takes short messages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from telephony.traffic import sdp
from telephony.traffic.digest import UnsupportedChallenge
from telephony.traffic.sip_call import Call
from telephony.traffic.sip_dialog import Dialog
from telephony.traffic.sip_inbox import Inbox
from telephony.traffic.sip_leg import Leg
from telephony.traffic.sip_line import Line
from telephony.traffic.sip_message import Request, uri_of
from telephony.traffic.sip_registration import Registration
from telephony.traffic.sip_socket import T1_SECONDS, Address, NoReply
from telephony.traffic.sip_text import TextMessage, read_text, text_request
from telephony.traffic.sound import Frames, in_frames, tone

log = logging.getLogger(__name__)

CallHandler = Callable[[Call], Coroutine[Any, Any, None]]
TransferHandler = Callable[[Call, str], Coroutine[Any, Any, None]]


class Phone:
    """Rings at once when it is called; then `on_call` decides, or whoever takes `next_call`.

    `server` is the SIP server, or directly another phone. `contact_mark` is a URI parameter
    (";a=b") by which its own registrations can be told from others'. `async with Phone(...)`.
    """

    def __init__(
        self,
        user: str,
        *,
        server: Address,
        password: str = "",
        display: str = "",
        listen: Address = ("127.0.0.1", 0),
        frames: Frames | None = None,
        on_call: CallHandler | None = None,
        most_calls: int | None = None,
        contact_mark: str = "",
        t1: float = T1_SECONDS,
    ) -> None:
        self.user = user
        self.server = server
        self.display = display
        self.frames = frames if frames is not None else in_frames(tone(440))
        self.on_call = on_call
        self.on_transfer: TransferHandler | None = None
        """Somebody we talk to sends us on to a URI: tell how it goes by notify_of_transfer."""
        self.most_calls = most_calls
        """More at once get "busy"."""
        self.calls: dict[str, Call] = {}
        """The running ones, by our own tag."""
        self.messages: Inbox[TextMessage] = Inbox()
        self.notices: Inbox[Request] = Inbox()
        """Unasked NOTIFYs: message waiting."""
        self.registration: Registration | None = None
        self.line = Line(
            user=user,
            password=password,
            on_request=self._requested,
            on_unacknowledged=self._unacknowledged,
            t1=t1,
        )
        self._listen = listen
        self._contact_mark = contact_mark
        self._incoming: Inbox[Call] = Inbox()
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Phone:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def address(self) -> Address:
        return self.line.address

    @property
    def contact(self) -> str:
        host, port = self.address
        return f"<sip:{self.user}@{host}:{port}{self._contact_mark}>"

    async def open(self) -> None:
        await self.line.socket.open(*self._listen)

    async def close(self) -> None:
        """Hangs up, unregisters, frees the port."""
        with suppress(TimeoutError):
            async with asyncio.timeout(4 * self.line.socket.t1):  # the server may be gone
                await asyncio.gather(*(call.hang_up() for call in tuple(self.calls.values())))
        if self.registration is not None:
            await self.registration.stop()
        self.drop()

    def drop(self) -> None:
        """Gone without a word, as when somebody pulls the plug."""
        for call in tuple(self.calls.values()):
            call.end("us", 200, "the phone went away")
        for task in tuple(self._tasks):
            task.cancel()
        self.line.socket.close()

    async def register(self, *, seconds: int = 120) -> None:
        """And stays registered; raises RegistrationRefused, NoReply."""
        self.registration = Registration(
            self.line, self.server, contact=self.contact, seconds=seconds
        )
        await self.registration.start()

    async def bindings(self) -> tuple[str, ...]:
        """Where the server rings this account now, ours and others'; raises as register does."""
        asked = self.registration or Registration(self.line, self.server, contact=self.contact)
        return await asked.contacts()

    def uri_of_number(self, number: str) -> str:
        host, port = self.server
        return f"sip:{number}@{host}:{port}"

    async def next_call(self, *, within: float = 10.0) -> Call:
        """The next call that rings here, in order; raises TimeoutError."""
        return await self._incoming.take(within=within)

    async def call(
        self,
        number: str,
        *,
        headers: tuple[tuple[str, str], ...] = (),
        caller_number: str = "",
        caller_name: str | None = None,
        frames: Frames | None = None,
    ) -> Call:
        """Dials; returns at once: see Call.wait_ringing and wait_talking."""
        uri = self.uri_of_number(number)
        dialog = Dialog(
            local_uri=f"sip:{caller_number or self.user}@{self.server[0]}",
            remote_uri=uri,
            target=uri,
            contact=self.contact,
            local_display=self.display if caller_name is None else caller_name,
        )
        call = self._new_call(dialog, self.server, None, frames or self.frames)
        await call.leg.open_sound()
        self.in_background(self._place(call, headers))
        return call

    async def send_message(self, number: str, text: str) -> int:
        """A short text (RFC 3428); returns the server's status; raises NoReply."""
        request = text_request(
            text,
            sender_uri=f"sip:{self.user}@{self.server[0]}",
            to_uri=self.uri_of_number(number),
        )
        return (await self.line.request(request, self.server)).status

    def in_background(self, work: Coroutine[Any, Any, None]) -> None:
        async def watched() -> None:
            try:
                await work
            except Exception:
                log.exception("phone %s: unexpected trouble", self.user)

        task = asyncio.create_task(watched())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # -- our own calls -------------------------------------------------------------------------

    def _new_call(
        self, dialog: Dialog, peer: Address, invite: Request | None, frames: Frames
    ) -> Call:
        call = Call(
            Leg(self.line, dialog, peer, frames),
            invite=invite,
            on_end=self._ended,
            in_background=self.in_background,
        )
        self.calls[dialog.local_tag] = call
        return call

    def _ended(self, call: Call) -> None:
        self.calls.pop(call.leg.dialog.local_tag, None)

    async def _place(self, call: Call, headers: tuple[tuple[str, str], ...]) -> None:
        invite = call.leg.dialog.request(
            "INVITE", *headers, body=call.leg.describe_offer(), content_type=sdp.CONTENT_TYPE
        )
        try:
            transaction = await self.line.transact(
                invite,
                call.leg.peer,
                dialog=call.leg.dialog,
                on_provisional=call.progressed,
                on_start=call.placed,
            )
        except (NoReply, UnsupportedChallenge) as problem:
            call.end("them", 408, str(problem))
            return
        response = transaction.final.result()
        if response.status >= 300:
            call.end("them", response.status, response.reason)
        else:
            call.answered(transaction)

    # -- what others ask of us -------------------------------------------------------------------

    def _requested(self, request: Request, peer: Address) -> None:
        call = self.calls.get(request.to_tag) if request.to_tag else None
        if call is not None:
            call.leg.peer = peer
        if request.method == "INVITE" and not request.to_tag:
            self._invited(request, peer)
        elif request.method == "ACK":
            if call is not None:
                call.acknowledged(request)
        elif request.method == "CANCEL":
            self._cancelled(request, peer)
        elif request.method == "NOTIFY":
            self._notified(request, peer, call)
        elif request.to_tag and call is None:
            self.line.answer(request, peer, 481, "Call/Transaction Does Not Exist")
        elif request.method in ("INVITE", "UPDATE") and call is not None:
            call.renegotiate(request)
        elif request.method == "BYE" and call is not None:
            self.line.answer(request, peer, 200, "OK")
            call.end("them", 200, request.get("Reason", "hung up"))
        elif request.method == "REFER" and call is not None:
            self._referred(request, peer, call)
        elif request.method == "MESSAGE":
            self.line.answer(request, peer, 200, "OK")
            self.messages.put(read_text(request))
        elif request.method in ("OPTIONS", "INFO"):
            self.line.answer(request, peer, 200, "OK", ("Accept", sdp.CONTENT_TYPE))
        else:
            self.line.answer(request, peer, 405, "Method Not Allowed")

    def _invited(self, invite: Request, peer: Address) -> None:
        if self.most_calls is not None and len(self.calls) >= self.most_calls:
            self.line.answer(invite, peer, 486, "Busy Here")
            return
        try:
            speaks = not invite.body or sdp.parse_voice(invite.body).speaks_alaw
        except sdp.NotSdp:
            speaks = False
        if not speaks:
            self.line.answer(invite, peer, 488, "Not Acceptable Here")
            return
        call = self._new_call(
            Dialog.of_invite(invite, contact=self.contact), peer, invite, self.frames
        )
        call.leg.respond(invite, 100, "Trying", tagged=False)
        self.in_background(self._ring(call, invite))

    async def _ring(self, call: Call, invite: Request) -> None:
        await call.leg.open_sound()
        if call.is_over:
            call.sound.close()
            return
        call.offered(invite)
        call.ring()
        if self.on_call is not None:
            await self.on_call(call)
        else:
            self._incoming.put(call)

    def _cancelled(self, cancel: Request, peer: Address) -> None:
        call = next(
            (
                call
                for call in self.calls.values()
                if call.invite is not None and call.invite.branch == cancel.branch
            ),
            None,
        )
        if call is None:
            self.line.answer(cancel, peer, 481, "Call/Transaction Does Not Exist")
            return
        self.line.answer(cancel, peer, 200, "OK")
        call.withdrawn(cancel.get("Reason", "cancelled"))

    def _notified(self, notify: Request, peer: Address, call: Call | None) -> None:
        self.line.answer(notify, peer, 200, "OK")
        if call is not None:
            call.transfer_told(notify)
        elif not notify.to_tag:
            self.notices.put(notify)

    def _referred(self, refer: Request, peer: Address, call: Call) -> None:
        if self.on_transfer is None:
            self.line.answer(refer, peer, 603, "Decline")
            return
        self.line.answer(refer, peer, 202, "Accepted")
        self.in_background(self.on_transfer(call, uri_of(refer.get("Refer-To"))))

    def _unacknowledged(self, invite: Request) -> None:
        for call in tuple(self.calls.values()):
            if call.invite is not None and call.invite.call_id == invite.call_id:
                self.in_background(call.hang_up())
