"""Every address of API v1."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from callcenter.dashboard import api as dashboard
from callcenter.groups import api as groups
from phonebook.contacts import api as contacts
from phonebook.naming import api as naming
from phonebook.notes import api as notes
from reports.schedules import api as report_orders
from reports.statistics import api as statistics
from telephony.activity import api as activity
from telephony.callbacks import api as callbacks
from telephony.calls import api as calls
from telephony.commands import api as commands
from telephony.dialling import api as dialling
from telephony.recordings import api as recordings
from telephony.subscriptions import api as events
from telephony.subscriptions import webhook_api as webhooks

urlpatterns = [
    path(
        "schema/",
        SpectacularAPIView.as_view(authentication_classes=[], permission_classes=[]),
        name="api_schema",
    ),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(
            url_name="api_schema", authentication_classes=[], permission_classes=[]
        ),
        name="api_docs",
    ),
    path("live/", dashboard.Live.as_view(), name="api_live"),
    path("groups/", groups.GroupList.as_view(), name="api_groups"),
    path("groups/<int:pk>/", groups.GroupDetail.as_view(), name="api_group"),
    path("agents/", dashboard.AgentList.as_view(), name="api_agents"),
    path("agents/<int:pk>/", dashboard.AgentDetail.as_view(), name="api_agent"),
    path("agents/<int:agent_id>/login/", commands.LogIn.as_view(), name="api_log_in"),
    path("agents/<int:agent_id>/logout/", commands.LogOut.as_view(), name="api_log_out"),
    path("agents/<int:agent_id>/pause/", commands.Pause.as_view(), name="api_pause"),
    path("agents/<int:agent_id>/resume/", commands.Resume.as_view(), name="api_resume"),
    path("pause-reasons/", dashboard.PauseReasonList.as_view(), name="api_pause_reasons"),
    path(
        "agents/<int:pk>/activity/",
        activity.AgentActivityDetail.as_view(),
        name="api_agent_activity",
    ),
    path("visits/", calls.VisitList.as_view(), name="api_visits"),
    path("calls/", dialling.Calls.as_view(), name="api_calls"),
    path("calls/<int:pk>/", calls.CallDetail.as_view(), name="api_call"),
    path("names/", naming.Names.as_view(), name="api_names"),
    path("notes/", notes.NoteList.as_view(), name="api_notes"),
    path("work/", notes.WorkList.as_view(), name="api_work"),
    path("phonebooks/", contacts.PhonebookList.as_view(), name="api_phonebooks"),
    path("contacts/", contacts.ContactList.as_view(), name="api_contacts"),
    path("contacts/changes/", contacts.ContactChanges.as_view(), name="api_contact_changes"),
    path("contacts/<int:pk>/", contacts.ContactDetail.as_view(), name="api_contact"),
    path(
        "contacts/external/<str:external_id>/",
        contacts.ContactByExternalId.as_view(),
        name="api_contact_external",
    ),
    path("callbacks/", callbacks.CallbackList.as_view(), name="api_callbacks"),
    path("callbacks/<int:pk>/", callbacks.CallbackDetail.as_view(), name="api_callback"),
    path(
        "callbacks/<int:pk>/assign/",
        callbacks.CallbackAssign.as_view(),
        name="api_callback_assign",
    ),
    path(
        "callbacks/<int:pk>/snooze/",
        callbacks.CallbackSnooze.as_view(),
        name="api_callback_snooze",
    ),
    path(
        "callbacks/<int:pk>/give-up/",
        callbacks.CallbackGiveUp.as_view(),
        name="api_callback_give_up",
    ),
    path("callbacks/<int:pk>/lease/", callbacks.CallbackLease.as_view(), name="api_callback_lease"),
    path("callbacks/<int:pk>/note/", callbacks.CallbackNote.as_view(), name="api_callback_note"),
    path("recordings/", recordings.RecordingList.as_view(), name="api_recordings"),
    path("recordings/<int:pk>/", recordings.RecordingDetail.as_view(), name="api_recording"),
    path("recordings/<int:pk>/sound/", recordings.RecordingSound.as_view(), name="api_sound"),
    path("statistics/", statistics.Statistics.as_view(), name="api_statistics"),
    path(
        "statistics/definitions/",
        statistics.Definitions.as_view(),
        name="api_statistics_definitions",
    ),
    path("statistics/visits/", statistics.VisitsBehind.as_view(), name="api_statistics_visits"),
    path("events/", events.EventList.as_view(), name="api_events"),
    path("events/stream/", events.EventStream.as_view(), name="api_event_stream"),
    path("webhooks/", webhooks.WebhookList.as_view(), name="api_webhooks"),
    path("webhooks/<int:pk>/", webhooks.WebhookDetail.as_view(), name="api_webhook"),
    path("webhooks/<int:pk>/pause/", webhooks.WebhookPause.as_view(), name="api_webhook_pause"),
    path("webhooks/<int:pk>/resume/", webhooks.WebhookResume.as_view(), name="api_webhook_resume"),
    path("webhooks/<int:pk>/test/", webhooks.WebhookTest.as_view(), name="api_webhook_test"),
    path("webhooks/<int:pk>/replay/", webhooks.WebhookReplay.as_view(), name="api_webhook_replay"),
    path(
        "webhooks/<int:pk>/deliveries/",
        webhooks.WebhookDeliveries.as_view(),
        name="api_webhook_deliveries",
    ),
    path("commands/<uuid:pk>/", commands.CommandDetail.as_view(), name="api_command"),
    path("reports/", report_orders.ReportList.as_view(), name="api_reports"),
    path("reports/<int:pk>/runs/", report_orders.RunList.as_view(), name="api_report_runs"),
    path(
        "reports/runs/<int:pk>/report.<str:form>",
        report_orders.RunFile.as_view(),
        name="api_report_run_file",
    ),
]
