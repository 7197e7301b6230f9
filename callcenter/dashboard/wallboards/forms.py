from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

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
    )

    def __init__(self, *args: object, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.fields["groups"].queryset = AgentGroup.objects.filter(is_active=True)  # type: ignore[attr-defined]
