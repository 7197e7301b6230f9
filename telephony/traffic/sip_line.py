"""A SIP socket with an account: sends requests, and proves who it is when it is asked to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from telephony.traffic import digest
from telephony.traffic.sip_dialog import ALLOW, Dialog
from telephony.traffic.sip_message import Request, Response, reply, token
from telephony.traffic.sip_socket import T1_SECONDS, Address, ClientTransaction, SipSocket


class Line:
    """A line without a password (a carrier's) takes a 401 for the final answer that it then is."""

    def __init__(
        self,
        *,
        user: str,
        password: str,
        on_request: Callable[[Request, Address], None],
        on_unacknowledged: Callable[[Request], None],
        t1: float = T1_SECONDS,
    ) -> None:
        self.user = user
        self.socket = SipSocket(on_request, on_unacknowledged=on_unacknowledged, t1=t1)
        self._password = password

    @property
    def address(self) -> Address:
        return self.socket.address

    async def transact(
        self,
        request: Request,
        to: Address,
        *,
        dialog: Dialog | None = None,
        on_provisional: Callable[[Response], None] | None = None,
        on_start: Callable[[ClientTransaction], None] = lambda _: None,
    ) -> ClientTransaction:
        """Returns the finished transaction, the second one if the first was asked for a proof.

        Raises NoReply, and digest.UnsupportedChallenge.
        """
        transaction = self.socket.start(request, to, on_provisional=on_provisional)
        on_start(transaction)
        response = await transaction.final
        if response.status not in (401, 407) or not self._password:
            return transaction
        again = self._with_proof(request, response)
        if dialog is not None:
            dialog.cseq = max(dialog.cseq, again.cseq.number)
        transaction = self.socket.start(again, to, on_provisional=on_provisional)
        on_start(transaction)
        await transaction.final
        return transaction

    async def request(
        self, request: Request, to: Address, *, dialog: Dialog | None = None
    ) -> Response:
        """The final response; raises NoReply."""
        return (await self.transact(request, to, dialog=dialog)).final.result()

    def answer(
        self, request: Request, to: Address, status: int, reason: str, *headers: tuple[str, str]
    ) -> None:
        """Answers what belongs to no call of ours, or needs nothing of it."""
        response = reply(request, status, reason, tag=token(4))
        self.socket.respond(request, response.with_headers(("Allow", ALLOW), *headers), to)

    def _with_proof(self, request: Request, refusal: Response) -> Request:
        ours, theirs = (
            ("Authorization", "WWW-Authenticate")
            if refusal.status == 401
            else ("Proxy-Authorization", "Proxy-Authenticate")
        )
        proof = digest.authorization(
            digest.first_supported(refusal.all(theirs)),
            user=self.user,
            password=self._password,
            method=request.method,
            uri=request.uri,
            cnonce=token(4),
        )
        number, method = request.cseq
        kept = tuple(pair for pair in request.headers if pair[0] not in ("Via", "CSeq", ours))
        return replace(request, headers=(*kept, ("CSeq", f"{number + 1} {method}"), (ours, proof)))
