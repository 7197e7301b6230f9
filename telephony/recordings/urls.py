"""Recordings, inside `/t/<slug>/recordings/`."""

from __future__ import annotations

from django.urls import path

from telephony.recordings.views import control, exports, recordings

urlpatterns = [
    path("", recordings.recordings, name="recordings"),
    path("<int:pk>/", recordings.recording, name="recording"),
    path("<int:pk>/sound/", recordings.sound, name="recording_sound"),
    path("<int:pk>/download/", recordings.download, name="recording_download"),
    path("<int:pk>/keep/", recordings.keep, name="recording_keep"),
    path("<int:pk>/stop-keeping/", recordings.stop_keeping, name="recording_stop_keeping"),
    path("<int:pk>/delete/", recordings.delete, name="recording_delete"),
    path("<int:pk>/notes/", recordings.add_note, name="recording_note"),
    path(
        "<int:pk>/notes/<int:note_id>/remove/",
        recordings.remove_note,
        name="recording_note_remove",
    ),
    path("of-call/<int:call_id>/", recordings.of_call, name="recordings_of_call"),
    path("control/", control.control, name="recording_control"),
    path("exports/", exports.watch, name="recording_exports"),
    path("exports/order/", exports.order, name="recording_export_order"),
    path("exports/<uuid:pk>/cancel/", exports.cancel, name="recording_export_cancel"),
    path("exports/<uuid:pk>/zip/", exports.fetch, name="recording_export_zip"),
]
