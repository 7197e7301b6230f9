"""Keeps a phone known to its server (RFC 3261 section 10)."""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import suppress

from telephony.traffic.digest import UnsupportedChallenge
from telephony.traffic.sip_dialog import request_headers
from telephony.traffic.sip_line import Line
from telephony.traffic.sip_message import Request, address, token
from telephony.traffic.sip_socket import Address, NoReply

log = logging.getLogger(__name__)
_SHORTEST_SECONDS = 5.0
_FIRST_RETRY_SECONDS = 1.0
_LONGEST_RETRY_SECONDS = 30.0


class RegistrationRefused(Exception):
    """The server does not take this phone; the arguments are its status and reason."""


class Registration:
    """Renews itself when half of the granted time is over, and tries again for ever if it fails.

    `is_current` says whether the last try worked.
    """

    def __init__(self, line: Line, server: Address, *, contact: str, seconds: int = 120) -> None:
        self.is_current = False
        self._line = line
        self._server = server
        self._contact = contact
        self._seconds = seconds
        self._granted = seconds
        self._call_id = token()
        self._tag = token(4)
        self._cseq = 0
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Registers once, and from then on in the background; raises RegistrationRefused, NoReply."""
        await self._register(self._seconds)
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Takes the phone out of the server; silent if the server is not there."""
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        if self.is_current:
            self.is_current = False
            with suppress(TimeoutError, RegistrationRefused):
                async with asyncio.timeout(4 * self._line.socket.t1):
                    await self._register(0)

    async def contacts(self) -> tuple[str, ...]:
        """Where the server says that this account is to be rung now, ours and others'."""
        return await self._register(None)

    async def _register(self, seconds: int | None) -> tuple[str, ...]:
        self._cseq += 1
        host, port = self._server
        account = f"sip:{self._line.user}@{host}"
        headers = request_headers(
            from_=address(account, tag=self._tag),
            to=address(account),
            call_id=self._call_id,
            cseq=f"{self._cseq} REGISTER",
        )
        if seconds is not None:
            headers += (("Contact", self._contact), ("Expires", str(seconds)))
        request = Request(method="REGISTER", uri=f"sip:{host}:{port}", headers=headers)
        try:
            transaction = await self._line.transact(request, self._server)
        except UnsupportedChallenge as reason:
            raise RegistrationRefused(401, str(reason)) from reason
        response = transaction.final.result()
        self._cseq = transaction.request.cseq.number
        if seconds is not None:
            self.is_current = response.status == 200 and seconds > 0
        if response.status != 200:
            raise RegistrationRefused(response.status, response.reason)
        bindings = response.listed("Contact")
        if seconds:
            granted = _granted(bindings, self._contact, response.get("Expires"))
            self._granted = seconds if granted is None else granted
        return bindings

    async def _keep(self) -> None:
        retry = _FIRST_RETRY_SECONDS
        while True:
            wait = max(_SHORTEST_SECONDS, self._granted / 2) if self.is_current else retry
            await asyncio.sleep(wait)
            try:
                await self._register(self._seconds)
                retry = _FIRST_RETRY_SECONDS
            except (NoReply, RegistrationRefused) as problem:
                self.is_current = False
                retry = min(retry * 2, _LONGEST_RETRY_SECONDS)
                log.warning("phone %s is not registered: %s", self._line.user, problem)


def _granted(bindings: tuple[str, ...], contact: str, expires: str) -> int | None:
    ours = next((text for text in bindings if contact.strip("<>") in text), "")
    found = re.search(r";\s*expires=(\d+)", ours)
    if found:
        return int(found.group(1))
    return int(expires) if expires.isascii() and expires.isdigit() else None
