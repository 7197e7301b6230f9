"""The Calls page, inside `/t/<slug>/calls/`."""

from __future__ import annotations

from django.urls import path

from telephony.calls import views

urlpatterns = [
    path("", views.calls, name="calls"),
    path("about/", views.about, name="calls_about"),
    path("news/", views.news, name="calls_news"),
    path("export/", views.export, name="calls_export"),
    path("log/<int:group_id>/", views.log, name="calls_log"),
    path("<int:pk>/", views.call, name="call"),
]
