"""The doors themselves, and their page below `/t/<slug>/manage/`."""

from __future__ import annotations

from django.urls import path

from telephony.compat import views
from telephony.compat.call_init import call_init
from telephony.compat.targad import targad

urlpatterns = [path("doors/", views.doors, name="manage_doors")]
open_urlpatterns = [
    path("compat/<slug:slug>/call-init.php", call_init, name="call_init"),
    path("compat/<slug:slug>/targad/<str:operation>", targad, name="targad"),
]
