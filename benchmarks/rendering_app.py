# ruff: noqa: E402 - Django must be set up before its parts are imported
"""The baseline of fan_out: the same socket, but every connection renders its own HTML."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "callcenter.settings")
import django

django.setup()

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from django.template import Context, Template
from django.urls import path

from callcenter.dashboard.consumers import LiveConsumer
from telephony.live.frames import to_text, unpack

# what a group's page would send again: 30 agents with state, clock and call
AGENTS = Template("""<table>{% for agent in agents %}<tr id="agent-{{ agent.id }}" class="{{ agent.state }}">
<th scope="row">{{ agent.name }}</th><td>{{ agent.state|title }}</td><td><time>{{ agent.since|floatformat:0 }}</time></td>
<td>{% if agent.call %}{{ agent.call.number }} {{ agent.call.name }}{% else %}-{% endif %}</td></tr>
{% endfor %}</table>""")
ROWS = [
    {"id": n, "name": f"Agent {n}", "state": "in_call" if n % 3 else "available",
     "since": 1.0 + n, "call": {"number": "+3725551234", "name": "Erika"} if n % 3 else None}
    for n in range(30)
]  # fmt: skip


class RenderingConsumer(LiveConsumer):
    async def _forward(self, frame: str | bytes) -> None:
        html = AGENTS.render(Context({"agents": ROWS}))
        text = to_text({"html": html, "frame": unpack(frame)[:80]})
        await self.base_send({"type": "websocket.send", "text": text})


_consumer: Any = RenderingConsumer
application = ProtocolTypeRouter(
    {
        "websocket": AuthMiddlewareStack(
            URLRouter([path("ws/t/<slug:slug>/live/", _consumer.as_asgi())])
        )
    }
)
