"""Table of contents: the addresses of the rooms of this app, below `/t/<slug>/phonebook/`."""

from __future__ import annotations

from django.urls import include, path

urlpatterns = [path("", include("phonebook.contacts.urls"))]
