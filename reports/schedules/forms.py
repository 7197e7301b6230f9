"""The order of a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from callcenter.accounts.permissions import Person, Right
from callcenter.agents.models import Agent
from callcenter.groups.models import AgentGroup
from callcenter.tenants.refusals import Refusal
from reports.schedules.catalogue import CATALOGUE, choices
from reports.schedules.due import Span
from reports.schedules.models import RepeatsChoice, ReportSchedule
from reports.schedules.selectors import people_to_choose
from reports.schedules.services import Order
from reports.schedules.services.orders import normal_address

_REPEATS_OF = {Span.DAY: "daily", Span.WEEK: "weekly", Span.MONTH: "monthly"}


def _ids(label: Any, help_text: Any) -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        label=label, coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        help_text=help_text,
    )  # fmt: skip


def _day(label: Any, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label, required=False, help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip


def _switch(label: Any) -> forms.BooleanField:
    widget = forms.CheckboxInput(attrs={"class": "switch", "role": "switch"})
    return forms.BooleanField(label=label, required=False, widget=widget)


class OrderForm(forms.Form):
    """`person` chooses within the groups that his rights reach."""

    kind = forms.ChoiceField(label=_("Report"), choices=choices)
    name = forms.CharField(
        label=_("Name"), max_length=120, required=False,
        help_text=_("The subject of the mail. Empty: the report's own name."),
    )  # fmt: skip
    group_ids = _ids(_("Groups"), _("None ticked: all groups."))
    agent_ids = _ids(_("Agents"), _("None ticked: all agents."))
    repeats = forms.ChoiceField(label=_("How often"), choices=RepeatsChoice.choices)
    at = forms.TimeField(
        label=_("At"), initial="08:00",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("By the company's clock. Where clocks jump over this time, as much later."),
    )  # fmt: skip
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple,
        choices=[(day + 1, name) for day, name in WEEKDAYS.items()],
        help_text=_("For every week."),
    )  # fmt: skip
    month_day = forms.IntegerField(
        label=_("Day of the month"), min_value=1, max_value=31, initial=1, required=False,
        help_text=_("For every month. 31: always the last day."),
    )  # fmt: skip
    on_day = _day(_("Day"), _("For once. Empty: right away."))
    first_day = _day(_("From"), _("For once. Empty: the last whole day, week or month."))
    last_day = _day(_("To"))
    user_ids = _ids(_("To people"), _("Each gets it in the language of their own."))
    addresses = forms.CharField(
        label=_("To other addresses"), required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One a line; a language may follow: anna@example.com de"),
    )  # fmt: skip
    attaches_xlsx = _switch(_("Attach a workbook (XLSX)"))
    attaches_pdf = _switch(_("Attach a PDF"))

    def __init__(self, data: Any = None, *, person: Person, initial: Any = None) -> None:
        super().__init__(data, initial=initial)
        groups, agents = AgentGroup.objects.all(), Agent.objects.filter(is_active=True)
        if person.group_ids:
            groups = groups.filter(pk__in=person.group_ids)
            agents = agents.filter(memberships__group_id__in=person.group_ids).distinct()
            self.fields["group_ids"].required = True
            self.fields["group_ids"].help_text = ""
        self._choose("group_ids", list(groups.values_list("pk", "name")))
        self._choose("agent_ids", list(agents.order_by("name").values_list("pk", "name")))
        self._choose("user_ids", people_to_choose())
        self._sees_numbers = person.may(Right.CALLS_NUMBERS)

    def _choose(self, name: str, found: list[tuple[int, str]]) -> None:
        self.fields[name].choices = found  # type: ignore[attr-defined]

    def clean_addresses(self) -> tuple[tuple[str, str], ...]:
        known = dict(settings.LANGUAGES)
        found, wrong = [], []
        for line in (
            self.cleaned_data["addresses"].replace(",", "\n").replace(";", "\n").split("\n")
        ):
            address, _space, language = line.strip().partition(" ")
            if not address:
                continue
            try:
                address = normal_address(address)
            except Refusal as refusal:
                wrong.append(str(refusal))
            language = language.strip().lower()
            if language and language not in known:
                words = gettext("“%(word)s” is no language of ours; write one of %(known)s.")
                wrong.append(words % {"word": language, "known": ", ".join(known)})
            found.append((address, language))
        if wrong:
            raise ValidationError(wrong)
        return tuple(found)

    def order(self) -> Order:
        """Of a valid form."""
        values = self.cleaned_data
        is_once = values["repeats"] == RepeatsChoice.ONCE
        return Order(
            kind=values["kind"],
            name=values["name"],
            group_ids=tuple(values["group_ids"]),
            agent_ids=tuple(values["agent_ids"]),
            shows_numbers=self._sees_numbers,
            repeats=values["repeats"],
            at=values["at"],
            weekdays=tuple(values["weekdays"]),
            month_day=values["month_day"] or 1,
            on_day=values["on_day"] if is_once else None,
            first_day=values["first_day"] if is_once else None,
            last_day=values["last_day"] if is_once else None,
            user_ids=tuple(values["user_ids"]),
            addresses=values["addresses"],
            attaches_xlsx=values["attaches_xlsx"],
            attaches_pdf=values["attaches_pdf"],
        )


def first_choice(kind: str, user_id: int) -> Mapping[str, Any]:
    """A form that needs only one more look."""
    found = CATALOGUE.get(kind) or next(iter(CATALOGUE.values()))
    return {
        "kind": found.key,
        "repeats": _REPEATS_OF[found.span],
        "weekdays": [1],
        "user_ids": [user_id],
        "attaches_xlsx": True,
    }


def as_it_stands(schedule: ReportSchedule) -> Mapping[str, Any]:
    names = OrderForm.base_fields
    values = {name: getattr(schedule, name) for name in names}
    values["name"] = schedule.given_name
    values["addresses"] = "\n".join(" ".join(pair).strip() for pair in schedule.addresses)
    return values
