"""How one is shown callers; addresses of groups; cards that a company defines."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from callcenter.groups.models import AgentGroup
from phonebook.cards.models import CustomCard, LinkMoment, Moment, PopupChoice

_SWITCH = {"class": "switch", "role": "switch"}
_URL = {"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}
KEYWORDS_HELP = _(
    "$CALLER_NAME, $CALLER_NUMBER and $CALLED become the call's, anywhere behind the host: "
    "https://crm.example/find?phone=$CALLER_NUMBER"
)


class PopupChoiceForm(forms.Form):
    shows_popup = forms.BooleanField(
        label=_("Show who is calling, bottom right, on every page"), required=False,
        widget=forms.CheckboxInput(attrs=_SWITCH),
    )  # fmt: skip
    opens_card = forms.ChoiceField(label=_("Open the customer card"), choices=Moment.choices)
    card_number = forms.ChoiceField(
        label=_("Ask for the card by"), required=False,
        choices=PopupChoice._meta.get_field("card_number").choices or (),
    )  # fmt: skip
    link = forms.CharField(
        label=_("Address in your own software"), max_length=500, required=False,
        widget=forms.TextInput(attrs=_URL), help_text=KEYWORDS_HELP,
    )  # fmt: skip
    link_when = forms.ChoiceField(label=_("Open the address"), choices=LinkMoment.choices)
    link_queue_only = forms.BooleanField(
        label=_("Only for calls of groups"), required=False,
        widget=forms.CheckboxInput(attrs=_SWITCH),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, choice: PopupChoice, **kwargs: Any) -> None:
        initial = {name: getattr(choice, name) for name in self.base_fields}
        super().__init__(data, initial=initial, **kwargs)


class GroupLinkForm(forms.Form):
    group: forms.ModelChoiceField[AgentGroup] = forms.ModelChoiceField(
        label=_("Group"), queryset=None, empty_label=None
    )
    link = forms.CharField(
        label=_("Address"), max_length=500, required=False,
        widget=forms.TextInput(attrs=_URL), help_text=KEYWORDS_HELP,
    )  # fmt: skip
    link_when = forms.ChoiceField(
        label=_("Open it"), choices=LinkMoment.choices, initial=LinkMoment.BUTTON
    )

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        groups = AgentGroup.objects.filter(is_active=True).order_by("name")
        self.fields["group"].queryset = groups  # type: ignore[attr-defined]


class CustomCardForm(forms.Form):
    name = forms.CharField(label=_("Name of the tab"), max_length=40)
    position = forms.IntegerField(label=_("Place"), min_value=0, max_value=100, initial=0)
    url = forms.CharField(
        label=_("Address"), max_length=500, widget=forms.TextInput(attrs=_URL),
        help_text=_("It answers JSON: https://crm.example/customers?phone={number}, or {digits}"),
    )  # fmt: skip
    header = forms.CharField(
        label=_("Header of the key"), max_length=60, required=False, help_text="Authorization"
    )
    secret = forms.CharField(
        label=_("Key"), max_length=500, required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Kept sealed and never shown. Empty keeps the one that is there."),
    )  # fmt: skip
    template = forms.CharField(
        label=_("Template"), max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "class": "mono"}),
        help_text=_("Jinja: the answer is “data”, the number “number”. Only plain elements stay."),
    )  # fmt: skip
    is_active = forms.BooleanField(
        label=_("In use"), required=False, initial=True, widget=forms.CheckboxInput(attrs=_SWITCH)
    )

    def __init__(self, data: Any = None, *, card: CustomCard | None = None, **kwargs: Any) -> None:
        names = [name for name in self.base_fields if name != "secret"]
        initial = {name: getattr(card, name) for name in names} if card else {}
        super().__init__(data, initial=initial, **kwargs)
