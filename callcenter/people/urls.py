"""People and keys, inside `/t/<slug>/people/`."""

from django.urls import path

from callcenter.people import views

urlpatterns = [
    path("", views.people, name="people"),
    path("invite/", views.invite, name="invite"),
    path("<int:pk>/", views.member, name="member"),
    path("keys/", views.keys, name="api_keys"),
    path("keys/<int:pk>/revoke/", views.revoke, name="api_key_revoke"),
]
