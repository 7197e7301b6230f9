"""Short texts between phones (RFC 3428)."""

from __future__ import annotations

from dataclasses import dataclass

from telephony.traffic.sip_dialog import request_headers
from telephony.traffic.sip_message import Request, address, token, uri_of


@dataclass(frozen=True, slots=True)
class TextMessage:
    sender: str
    text: str


def text_request(text: str, *, sender_uri: str, to_uri: str) -> Request:
    return Request(
        method="MESSAGE",
        uri=to_uri,
        headers=request_headers(
            from_=address(sender_uri, tag=token(4)),
            to=address(to_uri),
            call_id=token(),
            cseq="1 MESSAGE",
            content_type="text/plain;charset=UTF-8",
        ),
        body=text.encode(),
    )


def read_text(request: Request) -> TextMessage:
    return TextMessage(uri_of(request.get("From")), request.body.decode("utf-8", "replace"))
