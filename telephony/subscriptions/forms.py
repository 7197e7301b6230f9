"""Forms about webhooks."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from callcenter.agents.models import Device
from callcenter.groups.models import AgentGroup, Number
from telephony.subscriptions.models import About, Webhook
from telephony.subscriptions.vocabulary import ALWAYS, TYPES


class WebhookForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://crm.example.com/helin"}),
        help_text=_("Events are sent there by POST, signed."),
    )
    about = forms.ChoiceField(label=_("Events of"), choices=About.choices)
    group: forms.ModelChoiceField[AgentGroup] = forms.ModelChoiceField(
        label=_("Group"), queryset=None, required=False
    )
    number: forms.ModelChoiceField[Number] = forms.ModelChoiceField(
        label=_("Number"), queryset=None, required=False
    )
    device: forms.ModelChoiceField[Device] = forms.ModelChoiceField(
        label=_("Phone"), queryset=None, required=False
    )
    types = forms.MultipleChoiceField(
        label=_("Which events"),
        choices=[(word, word) for word in TYPES if word not in ALWAYS],
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen: all."),
    )

    def __init__(self, *args: Any, webhook: Webhook | None = None, **kwargs: Any) -> None:
        if webhook is not None:
            kwargs["initial"] = {
                "name": webhook.name, "url": webhook.url, "about": webhook.about,
                "group": webhook.group_id, "number": webhook.number_id, "device": webhook.device_id, "types": webhook.types,
            }  # fmt: skip
        super().__init__(*args, **kwargs)
        groups: Any = self.fields["group"]
        numbers: Any = self.fields["number"]
        groups.queryset = AgentGroup.objects.order_by("name")
        phones: Any = self.fields["device"]
        phones.queryset = Device.objects.filter(agent__isnull=False, is_active=True).order_by(
            "extension"
        )
        numbers.queryset = Number.objects.select_related("queue")


class ReplayForm(forms.Form):
    since = forms.DateTimeField(
        label=_("Since"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(
            attrs={"type": "datetime-local", "step": 1}, format="%Y-%m-%dT%H:%M:%S"
        ),
        help_text=_("Everything since then is sent again, in order. Events are kept for 7 days."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["since"].initial = timezone.localtime()
