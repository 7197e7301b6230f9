"""Forms about notes, activities and time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from phonebook.notes.models import Project, TaskType

_WHENS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
_NOBODY = [("", _("Nobody: a note"))]
_NONE = [("", "–")]


def _moment(label: Any) -> forms.DateTimeField:
    widget = forms.DateTimeInput(
        attrs={"type": "datetime-local", "step": 1}, format="%Y-%m-%dT%H:%M:%S"
    )
    return forms.DateTimeField(label=label, input_formats=_WHENS, widget=widget)


def _text(rows: int, **more: Any) -> forms.CharField:
    return forms.CharField(
        label=_("Text"), max_length=4000, widget=forms.Textarea(attrs={"rows": rows}), **more
    )


class NoteForm(forms.Form):
    """`colleagues`: (user id, name) of those who can be sent it."""

    text = _text(3)
    to = forms.TypedChoiceField(
        label=_("POST-IT for"), coerce=int, empty_value=None, required=False
    )
    is_private = forms.BooleanField(
        label=_("Private"), required=False,
        widget=forms.CheckboxInput(attrs={"class": "switch", "role": "switch"}),
        help_text=_("Only you, and whom it is for, can read it."),
    )  # fmt: skip

    def __init__(self, *args: Any, colleagues: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].choices = [*_NOBODY, *colleagues]  # type: ignore[attr-defined]


class ChangeNoteForm(forms.Form):
    text = _text(5)
    is_private = forms.BooleanField(
        label=_("Private"), required=False,
        widget=forms.CheckboxInput(attrs={"class": "switch", "role": "switch"}),
    )  # fmt: skip


class _WorkForm(forms.Form):
    project = forms.TypedChoiceField(
        label=_("Project"), coerce=int, empty_value=None, required=False
    )

    def __init__(self, *args: Any, projects: list[Project], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._projects = {row.pk: row for row in projects}
        self.fields["project"].choices = [*_NONE, *((row.pk, row.name) for row in projects)]  # type: ignore[attr-defined]

    def clean_project(self) -> Project | None:
        return self._projects.get(self.cleaned_data["project"])


class ActivityForm(_WorkForm):
    title = forms.CharField(label=_("What"), max_length=200)
    text = _text(3, required=False)
    began_at = _moment(_("When"))
    field_order = ["title", "text", "began_at", "project"]


class TimeForm(_WorkForm):
    began_at = _moment(_("From"))
    ended_at = _moment(_("To"))
    task_type = forms.TypedChoiceField(
        label=_("Kind of work"), coerce=int, empty_value=None, required=False
    )
    text = _text(2, required=False)
    field_order = ["began_at", "ended_at", "task_type", "project", "text"]

    def __init__(self, *args: Any, task_types: list[TaskType], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._types = {row.pk: row for row in task_types}
        self.fields["task_type"].choices = [*_NONE, *((row.pk, row.name) for row in task_types)]  # type: ignore[attr-defined]

    def clean_task_type(self) -> TaskType | None:
        return self._types.get(self.cleaned_data["task_type"])

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        began: datetime | None = values.get("began_at")
        ended: datetime | None = values.get("ended_at")
        if began and ended and ended <= began:
            self.add_error("ended_at", _("The end must be after the beginning."))
        return values


class NameForm(forms.Form):
    """A project or a kind of work."""

    name = forms.CharField(label=_("Name"), max_length=120)


class ProjectForm(NameForm):
    is_active = forms.BooleanField(
        label=_("In use"), required=False,
        widget=forms.CheckboxInput(attrs={"class": "switch", "role": "switch"}),
    )  # fmt: skip


class TaskTypeForm(ProjectForm):
    is_for_calls = forms.BooleanField(
        label=_("For calls"), required=False,
        widget=forms.CheckboxInput(attrs={"class": "switch", "role": "switch"}),
        help_text=_("Time entries made from a call take this one by themselves."),
    )  # fmt: skip
