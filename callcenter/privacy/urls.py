"""Privacy, inside `/t/<slug>/manage/privacy/`."""

from __future__ import annotations

from django.urls import path

from callcenter.privacy import views

urlpatterns = [
    path("", views.cases, name="manage_privacy"),
    path("<int:pk>/", views.case, name="privacy_case"),
    path("<int:pk>/progress/", views.progress, name="privacy_progress"),
    path("<int:pk>/hold/", views.hold, name="privacy_hold"),
    path("<int:pk>/release/", views.release, name="privacy_release"),
    path("<int:pk>/erase/", views.erase, name="privacy_erase"),
    path("<int:pk>/report.txt", views.report, name="privacy_report"),
    path("<int:pk>/copy/", views.copy, name="privacy_copy"),
    path("copies/<uuid:pk>/zip/", views.fetch, name="privacy_copy_zip"),
]
