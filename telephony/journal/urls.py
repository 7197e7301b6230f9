"""The journal, inside `/t/<slug>/journal/`."""

from __future__ import annotations

from django.urls import path

from telephony.journal import views

urlpatterns = [
    path("", views.journal, name="journal"),
    path("place/", views.place, name="journal_place"),
    path("missed/", views.missed, name="journal_missed"),
    path("seen/", views.seen, name="journal_seen"),
]
