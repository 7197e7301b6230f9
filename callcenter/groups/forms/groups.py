"""The forms of a group's page: what each setting means is said beside it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.permissions import Person
from callcenter.agents.models import Agent
from callcenter.calendars.models import OpeningCalendar
from callcenter.groups.models import AgentGroup, Clip, Number, Queue, ServiceLevelMode
from callcenter.groups.selectors import agents_to_add, clips_to_choose, numbers_of

MODES = [
    (
        ServiceLevelMode.ABANDONS_NEGATIVE,
        _("Abandons count as bad: answered in time, of all callers"),
    ),
    (
        ServiceLevelMode.ABANDONS_POSITIVE,
        _("Early abandons count as good: answered or given up in time, of all callers"),
    ),
    (
        ServiceLevelMode.ABANDONS_IGNORED,
        _("Early abandons are left out: answered in time, of all who did not give up in time"),
    ),
    (
        ServiceLevelMode.HANDLED,
        _("Only answered calls count: answered in time, of all that were answered"),
    ),
]


class NewGroupForm(forms.Form):
    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        help_text=_("As agents and supervisors see it. You can rename the group later."),
    )


class GroupForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    calendar: forms.ModelChoiceField[OpeningCalendar] = forms.ModelChoiceField(
        label=_("Opening hours"),
        queryset=None,
        required=False,
        empty_label=_("Always open"),
    )
    greeting: forms.ModelChoiceField[Clip] = forms.ModelChoiceField(
        label=_("Greeting"),
        queryset=None,
        required=False,
        empty_label=_("No greeting"),
        help_text=_("Played to every caller while the group is open, before they wait."),
    )
    closed_clip: forms.ModelChoiceField[Clip] = forms.ModelChoiceField(
        label=_("Closed message"),
        queryset=None,
        required=False,
        empty_label=_("No message: the call just ends"),
        help_text=_("Played outside opening hours; then the call ends."),
    )
    caller_id = forms.ChoiceField(
        label=_("Caller ID"),
        required=False,
        help_text=_("The number that people see when an agent calls them for this group."),
    )
    is_recorded = forms.BooleanField(
        label=_("Record the calls of this group"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "switch", "role": "switch"}),
        help_text=_("Those that come in, and those that show one of the group's numbers."),
    )
    consent_clip: forms.ModelChoiceField[Clip] = forms.ModelChoiceField(
        label=_("Announcement of recording"),
        queryset=None,
        required=False,
        empty_label=_("No announcement"),
        help_text=_(
            "Played before anything is recorded; a call in which it cannot be played is not "
            "recorded."
        ),
    )
    wrap_up_seconds = forms.IntegerField(
        label=_("Wrap-up, seconds"),
        min_value=0,
        max_value=3600,
        help_text=_("After each call the agent gets no other for so long. 0: none."),
    )
    answer_within_seconds = forms.IntegerField(
        label=_("Answer within, seconds"), min_value=1, max_value=3600
    )
    service_level_target = forms.IntegerField(label=_("Target, %"), min_value=1, max_value=100)
    short_abandon_seconds = forms.IntegerField(
        label=_("Short abandon, seconds"),
        min_value=0,
        max_value=600,
        help_text=_(
            "Callers who hang up sooner have misdialled or thought better of it: "
            "they count nowhere in the service level."
        ),
    )
    service_level_mode = forms.ChoiceField(
        label=_("How the service level counts callers who give up"),
        choices=MODES,
        widget=forms.RadioSelect,
    )

    def __init__(
        self, data: Any = None, *, group: AgentGroup, person: Person, **kwargs: Any
    ) -> None:
        initial = {
            name: getattr(group, name) for name in self.base_fields if hasattr(group, name)
        } | {
            "calendar": group.calendar_id,
            "greeting": group.greeting_id,
            "closed_clip": group.closed_clip_id,
            "consent_clip": group.consent_clip_id,
        }
        super().__init__(data, initial=initial, **kwargs)
        chosen = [group.greeting_id, group.closed_clip_id, group.consent_clip_id]
        clips = clips_to_choose(person, chosen)
        self.fields["calendar"].queryset = OpeningCalendar.objects.all()  # type: ignore[attr-defined]
        self.fields["greeting"].queryset = clips  # type: ignore[attr-defined]
        self.fields["closed_clip"].queryset = clips  # type: ignore[attr-defined]
        self.fields["consent_clip"].queryset = clips  # type: ignore[attr-defined]
        own = [(row.e164, f"{row.e164} {row.label}".strip()) for row in numbers_of(group)]
        self.fields["caller_id"].choices = [("", _("The company's number")), *own]  # type: ignore[attr-defined]


class NumberForm(forms.Form):
    number = forms.CharField(
        label=_("Number"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        help_text=_("As you would dial it, or with + and the country code."),
    )
    queue: forms.ModelChoiceField[Queue] = forms.ModelChoiceField(
        label=_("Leads to"), queryset=None, empty_label=None
    )
    label = forms.CharField(
        label=_("Label"),
        max_length=80,
        required=False,
        help_text=_("What it is for, as “Newspaper advert”."),
    )

    def __init__(self, data: Any = None, *, group: AgentGroup, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["queue"].queryset = group.queues.all()  # type: ignore[attr-defined]


class MemberForm(forms.Form):
    agent: forms.ModelChoiceField[Agent] = forms.ModelChoiceField(
        label=_("Agent"), queryset=None, empty_label=_("Choose an agent")
    )
    penalty = forms.IntegerField(label=_("Level"), min_value=0, max_value=99, initial=0)

    def __init__(self, data: Any = None, *, group: AgentGroup, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["agent"].queryset = agents_to_add(group)  # type: ignore[attr-defined]


class PenaltyForm(forms.Form):
    penalty = forms.IntegerField(label=_("Level"), min_value=0, max_value=99)


class MomentForm(forms.Form):
    """What does a caller hear at ...?"""

    at = forms.DateTimeField(
        label=_("When"),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    number: forms.ModelChoiceField[Number] = forms.ModelChoiceField(
        label=_("Number"), queryset=None, required=False, empty_label=_("Any number of the group")
    )

    def __init__(self, data: Any = None, *, group: AgentGroup, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["number"].queryset = numbers_of(group)  # type: ignore[attr-defined]
