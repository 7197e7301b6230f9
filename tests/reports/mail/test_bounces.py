"""Bounces: whose they are, and what becomes of the delivery."""

from __future__ import annotations

from email.message import EmailMessage
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from reports.mail.bounces import NoBounce, read_bounce
from tests.cast import Company
from tests.reports.mail.postoffice import PostOffice
from tests.reports.mail.sending import ANNA, CHEF, delivery_to, work

DSN = """From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B1"

This is a MIME-encapsulated message.

--B1
Content-Description: Notification
Content-Type: text/plain; charset=us-ascii

I'm sorry to have to inform you that your message could not be delivered.

--B1
Content-Description: Delivery report
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
X-Postfix-Queue-ID: 4F1A22C0041
Arrival-Date: Sun, 22 Nov 2026 08:00:03 +0200 (EET)

Final-Recipient: rfc822; chef@alice.example
Original-Recipient: rfc822;chef@alice.example
Action: {action}
Status: 5.2.2
Remote-MTA: dns; mail.alice.example
Diagnostic-Code: smtp; 552 5.2.2 The mailbox of
    chef is full

--B1
Content-Description: Undelivered Message Headers
Content-Type: text/rfc822-headers

From: Helin <helin@example.com>
To: chef@alice.example
Message-ID: {message_id}

--B1--
"""


def _dsn(to: str = "helin@example.com", action: str = "failed", message_id: str = "<x@y>") -> bytes:
    return DSN.format(to=to, action=action, message_id=message_id).encode()


def _pipe(monkeypatch: pytest.MonkeyPatch, content: bytes) -> str:
    class Stdin:
        class buffer:
            @staticmethod
            def read(_most: int) -> bytes:
                return content

    monkeypatch.setattr("sys.stdin", Stdin)
    out = StringIO()
    call_command("record_bounce", stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_a_bounce_is_known_by_its_return_address(
    alice: Company, office: PostOffice, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAIL_BOUNCES = "bounces@example.com"
    work(alice)
    token = delivery_to(alice, CHEF).token
    place = [str(one["To"]) for one in office.taken].index(CHEF)
    assert office.senders[place] == f"bounces+{token.hex}@example.com"
    said = _pipe(monkeypatch, _dsn(to=office.senders[place]))
    assert said.startswith("chef@alice.example: bounced")
    bounced = delivery_to(alice, CHEF)
    assert bounced.state == "bounced"
    assert bounced.words == "5.2.2 552 5.2.2 The mailbox of chef is full"
    assert delivery_to(alice, ANNA).state == "sent"


@pytest.mark.django_db
def test_a_bounce_is_known_by_its_message_id(
    alice: Company, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    work(alice)
    sent: EmailMessage = next(one for one in office.taken if one["To"] == CHEF)
    _pipe(monkeypatch, _dsn(action="delayed", message_id=str(sent["Message-ID"])))
    assert delivery_to(alice, CHEF).state == "sent"  # late is not lost
    _pipe(monkeypatch, _dsn(message_id=str(sent["Message-ID"])))
    assert delivery_to(alice, CHEF).state == "bounced"


@pytest.mark.django_db
def test_what_is_no_bounce_of_ours_is_said_to_be_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for content in (b"Subject: hello\n\nhello", _dsn(), _dsn(to=f"bounces+{'a' * 32}@example.com")):
        with pytest.raises(CommandError) as refused:
            _pipe(monkeypatch, content)
        assert refused.value.returncode == 65
    with pytest.raises(NoBounce):
        read_bounce(_dsn(to=f"bounces+{'a' * 32}@example.com", action="relayed"))
