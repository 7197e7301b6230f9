"""A SIP dialog (RFC 3261 section 12): who, under which tags, by which way, with which number."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from telephony.traffic.sip_message import Headers, Request, Response, address, token, uri_of

USER_AGENT = "Helin invented phone"
ALLOW = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, REFER, NOTIFY, MESSAGE, INFO"


@dataclass(slots=True, kw_only=True)
class Dialog:
    local_uri: str
    remote_uri: str
    target: str
    """The Request-URI: at first what was dialled, then the Contact of the other side."""
    contact: str
    local_display: str = ""
    call_id: str = field(default_factory=token)
    local_tag: str = field(default_factory=lambda: token(4))
    remote_tag: str = ""
    routes: tuple[str, ...] = ()
    cseq: int = field(default_factory=lambda: secrets.randbelow(1000) + 1)
    sdp_version: int = 0

    @classmethod
    def of_invite(cls, invite: Request, *, contact: str) -> Dialog:
        """Ours, for an INVITE that has come in."""
        return cls(
            local_uri=uri_of(invite.get("To")),
            remote_uri=uri_of(invite.get("From")),
            target=uri_of(invite.get("Contact")) or uri_of(invite.get("From")),
            contact=contact,
            call_id=invite.call_id,
            remote_tag=invite.from_tag,
            routes=invite.listed("Record-Route"),
        )

    def established_by(self, response: Response) -> None:
        """The other side has answered our INVITE: now its tag, way and Contact are known."""
        self.remote_tag = response.to_tag
        self.routes = tuple(reversed(response.listed("Record-Route")))
        self.refreshed_by(response)

    def refreshed_by(self, message: Request | Response) -> None:
        """A re-INVITE, an UPDATE or the answer to one may move the Contact (12.2)."""
        self.target = uri_of(message.get("Contact")) or self.target

    def request(
        self,
        method: str,
        *headers: tuple[str, str],
        body: bytes = b"",
        content_type: str = "",
        cseq: int | None = None,
    ) -> Request:
        """The next request in the dialog; ACK and CANCEL give the number that they belong to."""
        if cseq is None:
            self.cseq += 1
            cseq = self.cseq
        return Request(
            method=method,
            uri=self.target,
            headers=request_headers(
                from_=address(self.local_uri, display=self.local_display, tag=self.local_tag),
                to=address(self.remote_uri, tag=self.remote_tag),
                call_id=self.call_id,
                cseq=f"{cseq} {method}",
                contact=self.contact if method in ("INVITE", "UPDATE", "REFER") else "",
                content_type=content_type,
            )
            + tuple(("Route", route) for route in self.routes)
            + headers,
            body=body,
        )

    @property
    def replaces(self) -> str:
        """This dialog as a Refer-To names it for an attended transfer (RFC 3891)."""
        return f"{self.call_id}%3Bto-tag%3D{self.remote_tag}%3Bfrom-tag%3D{self.local_tag}"


def request_headers(
    *, from_: str, to: str, call_id: str, cseq: str, contact: str = "", content_type: str = ""
) -> Headers:
    """What every request of ours carries, but for its Via."""
    headers = [
        ("Max-Forwards", "70"),
        ("From", from_),
        ("To", to),
        ("Call-ID", call_id),
        ("CSeq", cseq),
        ("User-Agent", USER_AGENT),
    ]
    if contact:
        headers += [("Contact", contact), ("Allow", ALLOW), ("Supported", "replaces")]
    if content_type:
        headers.append(("Content-Type", content_type))
    return tuple(headers)
