"""The forms of agents, phones and pause reasons."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.models import Membership
from callcenter.agents.models import Agent, Device, DeviceKind
from callcenter.agents.selectors import people_without_agent
from callcenter.agents.services import LONGEST_PAUSE_MINUTES

SWITCH = {"class": "switch", "role": "switch"}


class NewAgentForm(forms.Form):
    membership: forms.ModelChoiceField[Membership] = forms.ModelChoiceField(
        label=_("Person"),
        queryset=None,
        empty_label=_("Choose a person"),
        help_text=_("Who signs in to this company and is no agent yet."),
    )
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        required=False,
        help_text=_("As colleagues and phones show it. Empty: the person's own name."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["membership"].queryset = people_without_agent()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        wanted = super().clean() or {}
        if wanted.get("membership") and not wanted.get("name"):
            wanted["name"] = wanted["membership"].user.name[:80]
        return wanted


class AgentForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    device: forms.ModelChoiceField[Device] = forms.ModelChoiceField(
        label=_("Phone that group calls ring"),
        queryset=None,
        required=False,
        empty_label=_("No phone: gets no group calls"),
    )
    is_active = forms.BooleanField(
        label=_("In use"),
        required=False,
        widget=forms.CheckboxInput(attrs=SWITCH),
        help_text=_("If not, the agent is logged out of all groups and cannot log in again."),
    )

    def __init__(self, data: Any = None, *, agent: Agent, **kwargs: Any) -> None:
        initial = {"name": agent.name, "device": agent.device_id, "is_active": agent.is_active}
        super().__init__(data, initial=initial, **kwargs)
        own = Device.objects.filter(agent=agent, is_active=True)
        self.fields["device"].queryset = own  # type: ignore[attr-defined]


class NewDeviceForm(forms.Form):
    extension = forms.CharField(
        label=_("Extension"),
        max_length=4,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("What colleagues dial: 3 or 4 digits. It cannot be changed later."),
    )
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("As “Front desk” or “Mari's phone”.")
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        choices=DeviceKind.choices,
        initial=DeviceKind.SIP,
        widget=forms.RadioSelect,
    )
    agent: forms.ModelChoiceField[Agent] = forms.ModelChoiceField(
        label=_("Agent"),
        queryset=None,
        required=False,
        empty_label=_("Nobody's, as in a meeting room"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["agent"].queryset = Agent.objects.filter(is_active=True)  # type: ignore[attr-defined]


class DeviceForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    kind = forms.ChoiceField(label=_("Kind"), choices=DeviceKind.choices, widget=forms.RadioSelect)
    agent: forms.ModelChoiceField[Agent] = forms.ModelChoiceField(
        label=_("Agent"),
        queryset=None,
        required=False,
        empty_label=_("Nobody's, as in a meeting room"),
    )
    is_active = forms.BooleanField(
        label=_("In use"),
        required=False,
        widget=forms.CheckboxInput(attrs=SWITCH),
        help_text=_("If not, the phone can neither register nor call."),
    )

    answers_itself = forms.BooleanField(
        label=_("Picks up by itself for calls by click"),
        required=False,
        widget=forms.CheckboxInput(attrs=SWITCH),
        help_text=_(
            "Good with a headset: nobody has to press a button. The phone must understand it "
            "(Yealink and Snom do); others ring."
        ),
    )

    def __init__(self, data: Any = None, *, device: Device, **kwargs: Any) -> None:
        initial = {
            name: getattr(device, name) for name in ("name", "kind", "is_active", "answers_itself")
        }
        super().__init__(data, initial=initial | {"agent": device.agent_id}, **kwargs)
        self.fields["agent"].queryset = Agent.objects.all()  # type: ignore[attr-defined]


def _minutes() -> forms.IntegerField:
    return forms.IntegerField(
        label=_("Longest, minutes"),
        min_value=1,
        max_value=LONGEST_PAUSE_MINUTES,
        required=False,
        help_text=_("Longer pauses are marked on the supervisor's screen. Empty: no limit."),
    )


class NewPauseReasonForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60, help_text=_("As agents see it."))
    code = forms.CharField(
        label=_("Code"),
        max_length=30,
        help_text=_("What figures and the PBX carry, as “lunch”. It cannot be changed later."),
    )
    max_minutes = _minutes()


class PauseReasonForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=60)
    max_minutes = _minutes()
    is_active = forms.BooleanField(
        label=_("In use"),
        required=False,
        widget=forms.CheckboxInput(attrs=SWITCH),
        help_text=_("If not, agents cannot choose it; past pauses keep it."),
    )
