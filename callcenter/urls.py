"""Every address of Helin."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from callcenter.dashboard.urls import open_urlpatterns as wallboard_urlpatterns
from phonebook.naming.urls import open_urlpatterns as phone_urlpatterns
from phonebook.notes.urls import manage_urlpatterns as work_urlpatterns
from telephony.compat.urls import open_urlpatterns as compat_urlpatterns
from telephony.dialling.urls import open_urlpatterns as click_urlpatterns
from telephony.subscriptions.urls import manage_urlpatterns as webhook_urlpatterns

manage_urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("callcenter.groups.urls")),
    path("", include("callcenter.calendars.urls")),
    path("", include("callcenter.agents.urls")),
    path("", include("callcenter.history.urls")),
    path("", include("telephony.clips.urls")),
    path("", include("telephony.outgoing.urls")),
    path("", include("telephony.compat.urls")),
    path("", include(work_urlpatterns)),
    path("", include(webhook_urlpatterns)),
    path("privacy/", include("callcenter.privacy.urls")),
]
# inside `/t/<slug>/`: accounts.middleware has opened the tenant's scope, or answered 404
tenant_urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("callcenter.dashboard.urls")),
    path("manage/", include(manage_urlpatterns)),
    path("people/", include("callcenter.people.urls")),
    path("calls/", include("telephony.calls.urls")),
    path("events/", include("telephony.subscriptions.urls")),
    path("callbacks/", include("telephony.callbacks.urls")),
    path("journal/", include("telephony.journal.urls")),
    path("recordings/", include("telephony.recordings.urls")),
    path("reports/", include("reports.schedules.urls")),
    path("statistics/", include("reports.statistics.urls")),
    path("notes/", include("phonebook.notes.urls")),
    path("card/", include("phonebook.cards.urls")),
    path("naming/", include("phonebook.naming.urls")),
    path("phonebook/", include("phonebook.urls")),
    path("", include("telephony.dialling.urls")),
]
urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("callcenter.accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("", include("callcenter.health.urls")),
    path("operator/", include("callcenter.operators.urls")),
    path("api/v1/", include("callcenter.api_urls")),
    path("t/<slug:slug>/", include(tenant_urlpatterns)),
    *click_urlpatterns,
    *compat_urlpatterns,
    *phone_urlpatterns,
    *wallboard_urlpatterns,
]

handler400 = "callcenter.accounts.errors.bad_request"
handler404 = "callcenter.accounts.errors.page_not_found"
handler500 = "callcenter.accounts.errors.server_error"
