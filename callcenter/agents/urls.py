"""Management: agents, phones and pause reasons, below `/t/<slug>/manage/`."""

from __future__ import annotations

from django.urls import path, re_path

from callcenter.agents.views import agents, devices, pause_reasons

urlpatterns = [
    path("agents/", agents.agents, name="manage_agents"),
    path("agents/new/", agents.new_agent, name="manage_agent_new"),
    path("agents/undo/<int:entry_id>/", agents.undo, name="manage_agents_undo"),
    path("agents/<int:agent_id>/", agents.agent, name="manage_agent"),
    path("phones/", devices.devices, name="manage_devices"),
    path("phones/new/", devices.new_device, name="manage_device_new"),
    path("phones/<int:device_id>/", devices.device, name="manage_device"),
    path("phones/<int:device_id>/secret/", devices.rotate, name="manage_device_rotate"),
    path("pause-reasons/", pause_reasons.pause_reasons, name="manage_pause_reasons"),
    path("pause-reasons/<int:reason_id>/", pause_reasons.pause_reason, name="manage_pause_reason"),
    re_path(
        r"^pause-reasons/(?P<reason_id>[0-9]+)/(?P<way>up|down)/$",
        pause_reasons.move,
        name="manage_pause_reason_move",
    ),
]
