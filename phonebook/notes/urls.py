"""Notes, POST-ITs, activities and time entries, below `/t/<slug>/notes/`."""

from __future__ import annotations

from django.urls import path

from phonebook.notes.views import notes, setup, work

urlpatterns = [
    path("", notes.notes, name="notes"),
    path("about/", notes.about, name="notes_about"),
    path("bell/", notes.bell, name="notes_bell"),
    path("<int:note_id>/", notes.note, name="note"),
    path("<int:note_id>/delete/", notes.delete, name="note_delete"),
    path("<int:note_id>/seen/", notes.seen, name="note_seen"),
    path("work/", work.work, name="work"),
    path("work/export/", work.export, name="work_export"),
    path("work/activity/", work.new_activity, name="work_activity"),
    path("work/time/", work.new_time, name="work_time"),
    path("work/projects/", work.projects_of, name="work_projects"),
    path("work/<int:work_id>/delete/", work.delete, name="work_delete"),
]
manage_urlpatterns = [
    path("work/", setup.setup, name="manage_work"),
    path("work/projects/<int:project_id>/", setup.project, name="manage_project"),
    path("work/kinds/<int:task_type_id>/", setup.task_type, name="manage_task_type"),
]
