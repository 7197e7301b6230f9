"""The journal, inside `/t/<slug>/journal/`."""

from __future__ import annotations

from django.urls import path

from telephony.journal import views

urlpatterns = [path("", views.journal, name="journal")]
