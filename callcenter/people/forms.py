"""Forms about people and API keys."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.models import Role
from callcenter.accounts.permissions import ApiScope, Right
from callcenter.accounts.services import MembershipChanges

RIGHT_WORDS = {
    Right.DESK: _("Work at the desk as an agent"),
    Right.LIVE_SEE: _("See the live screens"),
    Right.LIVE_ACT: _("Pause, log in and out, and hang up for others"),
    Right.LIVE_LISTEN: _("Listen, whisper and join calls"),
    Right.WALLBOARD: _("Make and revoke wallboards"),
    Right.CALLS_OWN: _("See own calls"),
    Right.CALLS_GROUP: _("See the calls of own groups"),
    Right.CALLS_ALL: _("See all calls"),
    Right.CALLS_NUMBERS: _("See the numbers in other people's calls"),
    Right.EXPORT: _("Export calls"),
    Right.GROUPS_MANAGE: _("Manage groups, queues, numbers, hours and clips"),
    Right.PEOPLE_MANAGE: _("Manage people, agents and phones"),
    Right.RIGHTS_MANAGE: _("Change roles and rights"),
    Right.AUDIT_SEE: _("See the audit log"),
    Right.API_KEYS: _("Make and revoke API keys"),
    Right.SETTINGS: _("Change settings: pause reasons, outgoing calls"),
    Right.STATISTICS: _("See statistics"),
    Right.REPORTS: _("Order reports by e-mail"),
    Right.RECORDINGS_OWN: _("Listen to recordings of own calls"),
    Right.RECORDINGS_LISTEN: _("Listen to recordings"),
    Right.RECORDINGS_DOWNLOAD: _("Download recordings"),
    Right.RECORDINGS_DELETE: _("Delete recordings"),
    Right.RECORDINGS_KEEP: _("Mark recordings to be kept longer"),
    Right.RECORDINGS_CONTROL: _("Pause recording during a call"),
    Right.PRIVACY: _("Find, export and erase what is known of a person"),
    Right.CALLS_MAKE: _("Make calls by click"),
    Right.CALLBACKS: _("Work on lost calls"),
    Right.PHONEBOOK_GROUP: _("Manage the phonebooks of own groups"),
    Right.PHONEBOOK_COMPANY: _("Manage the company's phonebook, its sources and the naming order"),
    Right.EVENTS_OUT: _("Manage webhooks"),
}
SCOPE_WORDS = {
    ApiScope.LIVE_READ: _("Read the live state"),
    ApiScope.GROUPS_READ: _("Read groups"),
    ApiScope.AGENTS_READ: _("Read agents and their state"),
    ApiScope.AGENTS_WRITE: _("Log agents in and out, pause them"),
    ApiScope.CALLS_READ: _("Read calls"),
    ApiScope.CALLS_WRITE: _("Make calls"),
    ApiScope.STATISTICS_READ: _("Read statistics"),
    ApiScope.RECORDINGS_READ: _("Read and download recordings"),
    ApiScope.REPORTS_READ: _("Read reports"),
    ApiScope.PHONEBOOK_READ: _("Read phonebooks"),
    ApiScope.PHONEBOOK_WRITE: _("Change phonebooks"),
    ApiScope.CALLBACKS_READ: _("Read lost calls"),
    ApiScope.CALLBACKS_WRITE: _("Work on lost calls"),
    ApiScope.EVENTS_READ: _("Read events"),
    ApiScope.EVENTS_WRITE: _("Manage webhooks"),
}


class InviteForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"))
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.AGENT)


AS_ROLE, YES, NO = "", "yes", "no"


class MembershipForm(forms.Form):
    """Role, exceptions from it right by right, and limits. `groups` are (id, name) pairs."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)
    is_active = forms.BooleanField(
        label=_("May enter"), required=False,
        widget=forms.CheckboxInput(attrs={"class": "switch", "role": "switch"}),
    )  # fmt: skip
    group_ids = forms.TypedMultipleChoiceField(
        label=_("Only for these groups"), required=False, coerce=int,
        widget=forms.CheckboxSelectMultiple, help_text=_("None ticked: all groups."),
    )  # fmt: skip

    def __init__(self, *args: Any, groups: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["group_ids"].choices = groups  # type: ignore[attr-defined]
        extra = set(self.initial.get("extra_rights", ()))
        denied = set(self.initial.get("denied_rights", ()))
        for right, words in RIGHT_WORDS.items():
            self.fields[_field_of(right)] = forms.ChoiceField(
                label=words,
                required=False,
                choices=[(AS_ROLE, _("As the role says")), (YES, _("Yes")), (NO, _("No"))],
                initial=YES if right in extra else NO if right in denied else AS_ROLE,
            )

    @property
    def rights(self) -> list[forms.BoundField]:
        return [self[_field_of(right)] for right in RIGHT_WORDS]

    def wanted(self) -> MembershipChanges:
        """The changes as `change_membership` takes them."""
        chosen = {right: self.cleaned_data[_field_of(right)] for right in RIGHT_WORDS}
        return {
            "role": self.cleaned_data["role"],
            "is_active": self.cleaned_data["is_active"],
            "group_ids": self.cleaned_data["group_ids"],
            "extra_rights": [right.value for right, choice in chosen.items() if choice == YES],
            "denied_rights": [right.value for right, choice in chosen.items() if choice == NO],
        }


def _field_of(right: Right) -> str:
    return f"right-{right.value.replace('.', '-')}"


class KeyForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Which program uses it"))
    scopes = forms.MultipleChoiceField(
        label=_("May"), widget=forms.CheckboxSelectMultiple,
        choices=[(scope.value, word) for scope, word in SCOPE_WORDS.items()],
    )  # fmt: skip
    expires_at = forms.DateTimeField(
        label=_("Valid until"), required=False, help_text=_("Empty: until it is revoked."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )  # fmt: skip
