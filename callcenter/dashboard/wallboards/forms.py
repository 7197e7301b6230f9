from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.permissions import Person
from callcenter.groups.models import AgentGroup


class WallboardForm(forms.Form):
    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("Stands at the top of the screen.")
    )
    groups: forms.ModelMultipleChoiceField[AgentGroup] = forms.ModelMultipleChoiceField(
        label=_("Groups"),
        queryset=None,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Choose none to show all groups, also those made later."),
        error_messages={"required": _("Choose the groups that the screen shows.")},
    )

    def __init__(self, data: Any = None, *, person: Person) -> None:
        """Whose rights end at some groups chooses among them, and may not leave it open."""
        super().__init__(data)
        groups, field = AgentGroup.objects.filter(is_active=True), self.fields["groups"]
        if person.group_ids:
            groups = groups.filter(pk__in=person.group_ids)
            field.required, field.help_text = True, ""
        field.queryset = groups  # type: ignore[attr-defined]
