"""Who callers are, below `/t/<slug>/naming/`; `open_urlpatterns` are for phones, without a login."""

from __future__ import annotations

from django.urls import path

from phonebook.naming import phones
from phonebook.naming.views import explainer, rules

urlpatterns = [
    path("", rules.naming, name="naming"),
    path("preview/", rules.preview, name="naming_preview"),
    path("change/", rules.change, name="naming_change"),
    path("directories/new/", rules.new_directory, name="directory_new"),
    path("directories/<int:pk>/", rules.directory, name="directory"),
    path("directories/<int:pk>/delete/", rules.delete_directory, name="directory_delete"),
    path("phones/<int:pk>/", rules.phone_address, name="phone_directory"),
    path("explain/", explainer.explained, name="naming_explain"),
    path("save/", explainer.save, name="naming_save"),
    path("fix/<int:pk>/", explainer.fix, name="naming_fix"),
]
open_urlpatterns = [
    path("phones/<str:token>/<str:maker>.xml", phones.directory, name="phone_xml"),
]
