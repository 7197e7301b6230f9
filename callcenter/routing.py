"""Every WebSocket address of Helin."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path, re_path

from callcenter.dashboard.consumers import LiveConsumer
from telephony.subscriptions.consumers import EventConsumer


async def nowhere(_scope: Any, receive: Any, send: Any) -> None:
    """Any other address: the handshake is refused, as a page would be 404."""
    await receive()
    await send({"type": "websocket.close"})


websocket_urlpatterns: list[URLPattern] = [
    path("ws/t/<slug:slug>/live/", LiveConsumer.as_asgi()),
    path("ws/wallboard/<str:token>/", LiveConsumer.as_asgi()),
    re_path("", nowhere),  # type: ignore[arg-type]
]
# of programs: a key says who it is, no cookie does, so any page and none may open these
program_urlpatterns: list[URLPattern] = [path("ws/v1/events/", EventConsumer.as_asgi())]
