"""Desk and Live, inside `/t/<slug>/`; `open_urlpatterns` need no login."""

from __future__ import annotations

from django.urls import path

from callcenter.dashboard import views
from callcenter.dashboard.wallboards import views as wallboards

urlpatterns = [
    path("", views.start, name="start"),
    path("find/", views.find, name="find"),
    path("desk/", views.desk, name="desk"),
    path("desk/recent/", views.recent, name="desk_recent"),
    path("desk/log-in/", views.log_in, name="desk_log_in"),
    path("desk/log-out/", views.log_out, name="desk_log_out"),
    path("desk/pause/", views.pause, name="desk_pause"),
    path("desk/pause-after-call/", views.pause_after_call, name="desk_pause_after_call"),
    path("desk/resume/", views.resume, name="desk_resume"),
    path("desk/wrap-up/finish/", views.finish_wrap_up, name="desk_finish_wrap_up"),
    path("desk/wrap-up/extend/", views.extend_wrap_up, name="desk_extend_wrap_up"),
    path("desk/hang-up/", views.hang_up, name="desk_hang_up"),
    path("live/", views.live, name="live"),
    path("live/today/", views.today, name="live_today"),
    path("live/agents/<int:agent_id>/<slug:order>/", views.order, name="live_order"),
    path("live/wallboards/", wallboards.wallboards, name="wallboards"),
    path("live/wallboards/<int:pk>/revoke/", wallboards.revoke, name="wallboard_revoke"),
    path("live/<int:group_id>/", views.group, name="live_group"),
]
open_urlpatterns = [
    path("wallboard/<str:token>/", wallboards.wallboard, name="wallboard"),
    path("wallboard/<str:token>/today/", wallboards.wallboard_today, name="wallboard_today"),
]
