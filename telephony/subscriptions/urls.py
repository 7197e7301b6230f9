"""Webhooks below `/t/<slug>/manage/`, a person's events below `/t/<slug>/events/`."""

from __future__ import annotations

from django.urls import path, re_path

from telephony.subscriptions import views

_ONE = "webhooks/<int:webhook_id>/"

manage_urlpatterns = [
    path("webhooks/", views.webhooks, name="manage_webhooks"),
    path(_ONE, views.webhook, name="manage_webhook"),
    path(f"{_ONE}deliveries/", views.deliveries, name="manage_webhook_deliveries"),
    path(f"{_ONE}replay/", views.replay, name="manage_webhook_replay"),
    path(f"{_ONE}secret/", views.renew_secret, name="manage_webhook_secret"),
    re_path(
        r"^webhooks/(?P<webhook_id>[0-9]{1,18})/(?P<lever>pause|resume|test|delete)/$",
        views.pull,
        name="manage_webhook_pull",
    ),
]
urlpatterns = [
    path("", views.events, name="own_events"),
    path("stream/", views.event_stream, name="own_event_stream"),
]
