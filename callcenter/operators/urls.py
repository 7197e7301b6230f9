"""The operators' pages, outside any tenant."""

from django.urls import path

from callcenter.operators import views

urlpatterns = [
    path("", views.overview, name="operator"),
    path("new/", views.new, name="operator_new"),
    path("<int:pk>/", views.change, name="operator_change"),
]
