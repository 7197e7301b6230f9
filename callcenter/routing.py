"""Every WebSocket address of Helin."""

from __future__ import annotations

from django.urls import URLPattern, path

from callcenter.dashboard.consumers import LiveConsumer

websocket_urlpatterns: list[URLPattern] = [
    path("ws/t/<slug:slug>/live/", LiveConsumer.as_asgi()),
    path("ws/wallboard/<str:token>/", LiveConsumer.as_asgi()),
]
