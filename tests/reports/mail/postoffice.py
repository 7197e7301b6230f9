"""A mail server of our own that refuses, delays and hangs as it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller

from callcenter.runtime.ports import free_port


@dataclass
class PostOffice:
    """`refusals`: by recipient, what RCPT is answered; `after`: what the message is answered."""

    port: int
    refusals: dict[str, str] = field(default_factory=dict)
    after: str = "250 taken"
    hangs_at: str = ""
    slow_seconds: float = 0.0
    taken: list[EmailMessage] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    began: list[str] = field(default_factory=list)

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        if self.hangs_at == "rcpt":
            await asyncio.sleep(30)
        if address in self.refusals:
            return self.refusals[address]
        envelope.rcpt_tos.append(address)
        return "250 ok"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.began.append(str(mail["Message-ID"]))
        if self.slow_seconds:
            await asyncio.sleep(self.slow_seconds)
        if self.after.startswith("250"):
            self.taken.append(mail)
            self.senders.append(envelope.mail_from)
        return self.after

    def subjects_to(self, address: str) -> list[str]:
        return [str(one["Subject"]) for one in self.taken if one["To"] == address]


@contextmanager
def post_office() -> Iterator[PostOffice]:
    office = PostOffice(free_port())
    controller = Controller(office, hostname="127.0.0.1", port=office.port)
    controller.start()
    try:
        yield office
    finally:
        controller.stop()
