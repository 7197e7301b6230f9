"""Clips by telephone, below `/t/<slug>/manage/`."""

from __future__ import annotations

from django.urls import path

from telephony.clips import views

urlpatterns = [
    path("clips/by-phone/", views.new_take, name="manage_clip_by_phone"),
    path("clips/by-phone/<uuid:take_id>/", views.take, name="manage_clip_take"),
    path("clips/<int:clip_id>/by-phone/", views.take_again, name="manage_clip_again"),
]
