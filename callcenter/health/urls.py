"""Addresses for probes and operators."""

from django.urls import path

from callcenter.health import views

urlpatterns = [
    path("health/", views.health, name="health"),
    path("metrics", views.metrics, name="metrics"),
    path("operator/health/", views.health_page, name="health_page"),
]
