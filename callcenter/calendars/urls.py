"""Management: opening calendars, below `/t/<slug>/manage/`."""

from __future__ import annotations

from django.urls import path

from callcenter.calendars import views

ONE = "calendars/<int:calendar_id>/"
urlpatterns = [
    path("calendars/", views.calendars, name="manage_calendars"),
    path("calendars/new/", views.new_calendar, name="manage_calendar_new"),
    path("calendars/undo/<int:entry_id>/", views.undo, name="manage_calendars_undo"),
    path(ONE, views.calendar, name="manage_calendar"),
    path(f"{ONE}delete/", views.delete_calendar, name="manage_calendar_delete"),
    path(f"{ONE}hours/", views.add_hours, name="manage_hours"),
    path(f"{ONE}hours/<int:hours_id>/remove/", views.remove_hours, name="manage_hours_remove"),
    path(f"{ONE}hours/copy/", views.copy_day, name="manage_hours_copy"),
    path(f"{ONE}exceptions/", views.add_exception, name="manage_exceptions"),
    path(
        f"{ONE}exceptions/<int:exception_id>/remove/",
        views.remove_exception,
        name="manage_exception_remove",
    ),
    path(f"{ONE}force/", views.force, name="manage_calendar_force"),
    path(f"{ONE}holidays/", views.holidays, name="manage_holidays"),
]
