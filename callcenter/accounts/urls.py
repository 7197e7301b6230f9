"""A person's own pages, outside any tenant."""

from django.urls import path

from callcenter.accounts import views

urlpatterns = [
    path("", views.home, name="home"),
    path("accounts/preferences/", views.preferences, name="account_preferences"),
]
