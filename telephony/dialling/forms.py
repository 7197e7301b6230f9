"""Choosing how one's calls are made; keys for web pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.agents.models import Agent, Device
from callcenter.tenants.models import Tenant
from telephony.dialling.caller_ids import caller_ids_of
from telephony.dialling.models import DialChoice

HIDDEN = "hidden"


class ChoiceForm(forms.Form):
    """`shows` is "" (the company's number), a number of one's own, or "hidden"."""

    shows = forms.ChoiceField(label=_("They see"), required=False)
    device: forms.ModelChoiceField[Device] = forms.ModelChoiceField(
        label=_("I call from"), queryset=None, required=False
    )

    def __init__(self, data: Any = None, *, agent: Agent, tenant: Tenant) -> None:
        choice = DialChoice.objects.filter(agent=agent).first()
        initial: dict[str, Any] = {}
        if choice is not None:
            shows = HIDDEN if choice.is_hidden else choice.shows
            initial = {"shows": shows, "device": choice.device_id}
        super().__init__(data, initial=initial)
        ids = caller_ids_of(agent, tenant)
        usual = next((one for one in ids if not one.owner), None)
        options = [("", str(usual) if usual else gettext("The company's number"))]
        options += [(one.number, str(one)) for one in ids if one.owner]
        options.append((HIDDEN, gettext("No number")))
        self.fields["shows"].choices = options  # type: ignore[attr-defined]
        device: Any = self.fields["device"]
        device.queryset = Device.objects.filter(agent=agent, is_active=True)
        device.empty_label = (
            gettext("Phone that group calls ring: %(phone)s") % {"phone": agent.device}
            if agent.device
            else gettext("No phone yet")
        )


class BrowserKeyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("As “Our CRM”."))
    origins = forms.CharField(
        label=_("Web sites that may use it"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "https://crm.example"}),
        help_text=_("One address on each line."),
    )
    for_extension = forms.BooleanField(label=_("For the browser extension"), required=False)
    shows_callers = forms.BooleanField(
        label=_("Shows there who calls me"),
        required=False,
        help_text=_("Whoever can read the key in the page can then see who rings your phone."),
    )
