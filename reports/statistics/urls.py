"""The statistics, inside `/t/<slug>/statistics/`."""

from __future__ import annotations

from django.urls import path

from reports.statistics import exports, views

urlpatterns = [
    path("", views.groups, name="statistics"),
    path("agents/", views.agents, name="statistics_agents"),
    path("intervals/", views.intervals, name="statistics_intervals"),
    path("comparison/", views.comparison, name="statistics_comparison"),
    path("calls/", views.calls, name="statistics_calls"),
    path("export/", exports.export, name="statistics_export"),
]
