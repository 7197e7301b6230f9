"""Lost calls and callbacks, inside `/t/<slug>/callbacks/`."""

from __future__ import annotations

from django.urls import path

from telephony.callbacks.views import setup, worklist

urlpatterns = [
    path("", worklist.callbacks, name="callbacks"),
    path("due/", worklist.due, name="callbacks_due"),
    path("settings/", setup.setup, name="callbacks_setup"),
    path("settings/numbers/", setup.never, name="callbacks_never"),
    path("settings/numbers/<int:pk>/", setup.allow, name="callbacks_allow"),
    path("<int:pk>/", worklist.callback, name="callback"),
    path("<int:pk>/open/", worklist.open_callback, name="callback_open"),
    path("<int:pk>/call/", worklist.call_back, name="callback_call"),
    path("<int:pk>/release/", worklist.release, name="callback_release"),
    path("<int:pk>/assign/", worklist.assign, name="callback_assign"),
    path("<int:pk>/snooze/", worklist.snooze, name="callback_snooze"),
    path("<int:pk>/give-up/", worklist.give_up, name="callback_give_up"),
    path("<int:pk>/take-up/", worklist.take_up, name="callback_take_up"),
]
