"""Management: the audit log, below `/t/<slug>/manage/`."""

from __future__ import annotations

from django.urls import path

from callcenter.history import views

urlpatterns = [path("audit/", views.audit, name="manage_audit")]
