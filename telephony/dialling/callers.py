"""Who rings one's phone, told to another web page: lines of JSON, for as long as it listens.

`{"words", "now"}` comes first: all who ring at this moment. Then `{"ring": caller}` and `{"end": id}`;
`{"now"}` again where something may have been missed; `{}` says that the line lives.
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from channels.db import DatabaseSyncToAsync
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext

from callcenter.groups.models import AgentGroup
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from phonebook.numbers.e164 import display, normalise
from telephony.dialling.browser_keys import Caller, caller_of_key
from telephony.live.selectors import live_snapshot
from telephony.live.state import Entity
from telephony.live.streams import user_stream
from telephony.subscriptions import selectors as events
from telephony.subscriptions import vocabulary as told
from telephony.subscriptions.following import (
    BEAT_SECONDS,
    LONGEST_STREAM_SECONDS,
    MOST_BYTES,
    AccessEnded,
    Follower,
)
from telephony.subscriptions.permissions import Reader
from telephony.subscriptions.wire import Wanted, to_json

WANTED = frozenset({word for word in told.TYPES if word.startswith("call.")} | {told.LINK_LOST})
_OVER = (told.ENDED, told.MISSED)


@dataclass(frozen=True, slots=True)
class Listening:
    """For whom a page listens. `groups`: names by id."""

    tenant: Tenant
    user_id: int
    agent_id: int
    groups: Mapping[int, str] = field(default_factory=dict)

    def now(self) -> list[dict[str, Any]]:
        """Who rings at this moment; nobody while the phone system is not heard."""
        stream = user_stream(self.user_id)
        live = live_snapshot(self.tenant.pk, [stream], self.tenant.pbx)
        if not live.is_live:
            return []
        calls = (one for one in live.document.items() if one[0].startswith("call:"))
        return [
            self._of_live(key.removeprefix("call:"), call)
            for key, call in calls
            if self.agent_id in call["ringing"] and call["direction"] != "out"
        ]

    def frame(self, event: Mapping[str, Any]) -> dict[str, Any]:
        """What an event of a call means for this person's phone."""
        call, kind = event["call"], event["type"]
        rings = self.agent_id in _ids(call["ringing"]) and call["direction"] != "out"
        stopped = kind == told.RINGING_ENDED and self.agent_id in _ids(event["agents"])
        if rings and not stopped and kind not in _OVER:
            return {"ring": self._of_event(call)}
        return {"end": call["id"]}

    def _of_live(self, linkedid: str, call: Entity) -> dict[str, Any]:
        number = normalise(call["caller"]["number"], self.tenant.country)
        since = call["joined_at"] or call["started_at"]
        return self._caller(linkedid, number, call["caller"]["name"], call["group_id"], since)

    def _of_event(self, call: Mapping[str, Any]) -> dict[str, Any]:
        since = datetime.fromisoformat(call["queued_at"] or call["started_at"]).timestamp()
        caller = call["caller"]
        return self._caller(call["id"], caller["number"], caller["name"], call["group_id"], since)

    def _caller(
        self, linkedid: str, number: str, name: str, group_id: int | None, since: float
    ) -> dict[str, Any]:
        query = urlencode({"number": number, "call": linkedid})
        card = f"{settings.PUBLIC_URL}{reverse('card', args=[self.tenant.slug])}?{query}"
        return {
            "id": linkedid,
            "name": name,
            "number": number,
            "shown": display(number, self.tenant.country) if number else "",
            "group": self.groups.get(group_id, "") if group_id else "",
            "waited": round(max(0.0, time.time() - since), 1),
            "card": card if number else "",
        }


def _ids(people: Iterable[Mapping[str, Any]]) -> list[int]:
    return [one["id"] for one in people]


def words() -> dict[str, str]:
    """For the popup, in the language of who is called."""
    return {
        "calls": gettext("Incoming calls"),
        "ringing": gettext("Ringing"),
        "hidden": gettext("Number withheld"),
        "waited": gettext("Waiting since the call came"),
        "card": gettext("Customer card"),
        "dismiss": gettext("Put the popup away"),
    }


def listen(caller: Caller) -> AsyncIterator[bytes]:
    """The lines. In the tenant's scope and the person's language; the person is an agent."""
    person, tenant = caller.person, caller.key.tenant
    listening = Listening(
        tenant,
        person.user_id,
        person.agent_id or 0,
        dict(AgentGroup.objects.values_list("pk", "name")),
    )
    follower = Follower(
        tenant_id=tenant.pk,
        access=_access(caller.key.pk, caller.origin),
        wanted=Wanted(types=WANTED),
        cursor=events.latest_cursor(),  # before what rings now is read: nothing is missed between
        reader=Reader(user_id=person.user_id),
    )
    return _lines(listening, follower, {"words": words(), "now": listening.now()})


def _access(key_id: int, origin: str) -> Callable[[], Reader | None]:
    def look() -> Reader | None:
        caller = caller_of_key(key_id, origin)
        if caller is None or not caller.key.shows_callers:
            return None
        return Reader(user_id=caller.person.user_id)

    return look


async def _lines(
    listening: Listening, follower: Follower, first: dict[str, Any]
) -> AsyncIterator[bytes]:
    until = time.monotonic() + LONGEST_STREAM_SECONDS
    data = _line(first)
    sent = len(data)
    yield data
    try:
        while time.monotonic() < until and sent < MOST_BYTES:
            page = await follower.next(BEAT_SECONDS)
            frames = [await _frame(listening, event) for event in (page.events if page else ())]
            data = b"".join(map(_line, frames or [{}]))
            sent += len(data)
            yield data
    except AccessEnded:
        yield _line({"now": []})


async def _frame(listening: Listening, event: Mapping[str, Any]) -> dict[str, Any]:
    if "call" in event:
        return listening.frame(event)
    if event["type"] == told.LINK_LOST:
        return {"now": []}
    return {"now": await DatabaseSyncToAsync(_now_in_scope, thread_sensitive=False)(listening)}


def _now_in_scope(listening: Listening) -> list[dict[str, Any]]:
    with tenant_scope(listening.tenant.pk):
        return listening.now()


def _line(frame: Mapping[str, Any]) -> bytes:
    return to_json(frame).encode() + b"\n"
