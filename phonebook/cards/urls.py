"""Customer cards and popups, below `/t/<slug>/card/`."""

from __future__ import annotations

from django.urls import path

from phonebook.cards.views import cards, setup

urlpatterns = [
    path("", cards.card, name="card"),
    path("popup/", cards.popup_settings, name="popup_settings"),
    path("popup/choice/", cards.popup_choice, name="popup_choice"),
    path("own/<int:pk>/", cards.custom, name="card_own"),
    path("setup/", setup.cards, name="cards"),
    path("setup/new/", setup.new_card, name="card_new"),
    path("setup/<int:pk>/", setup.edit_card, name="card_edit"),
    path("setup/<int:pk>/delete/", setup.delete_card, name="card_delete"),
]
