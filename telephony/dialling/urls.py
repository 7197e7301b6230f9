"""Calling by a click, below `/t/<slug>/`; `open_urlpatterns` are for pages of others, by key."""

from __future__ import annotations

from django.urls import path

from telephony.dialling import browser_door, views

urlpatterns = [
    path("dial/", views.dial, name="dial"),
    path("dial/box/", views.box, name="dial_box"),
    path("dial/choice/", views.choose, name="dial_choice"),
    path("dial/echo/", views.echo, name="dial_echo"),
    path("dial/phone/", views.my_phone, name="my_phone"),
    path("dial/phone/keys/<int:key_id>/revoke/", views.revoke_key, name="browser_key_revoke"),
    path("app.webmanifest", views.manifest, name="web_app"),
]
open_urlpatterns = [
    path("click/v1/number/", browser_door.read_number, name="click_number"),
    path("click/v1/callers/", browser_door.show_callers, name="click_callers"),
    path("click/v1/dial/", browser_door.dial_number, name="click_dial"),
]
