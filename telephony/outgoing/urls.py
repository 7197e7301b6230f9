"""Management: outgoing destinations, below `/t/<slug>/manage/`."""

from __future__ import annotations

from django.urls import path

from telephony.outgoing import views

urlpatterns = [
    path("outgoing/", views.outgoing, name="manage_outgoing"),
    path("outgoing/<int:prefix_id>/forbid/", views.forbid, name="manage_outgoing_forbid"),
]
