"""The statistics pages: doors only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from callcenter.accounts.doors import needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from reports.rendering.document import Document
from reports.statistics import pages
from reports.statistics.behind import Side, visits_behind
from reports.statistics.documents import (
    Setting,
    agents_document,
    comparison_document,
    groups_document,
    intervals_document,
)
from reports.statistics.figures import FIGURES
from reports.statistics.forms import StatisticsForm, period_fields
from reports.statistics.periods import DATES, DEFAULT_PERIOD, PERIODS
from reports.statistics.permissions import sight_of
from reports.statistics.selection import Selection
from reports.statistics.selectors import total_of
from reports.statistics.tables import HEADLINE, HEAT_FIGURES, Behind
from reports.statistics.visits_listed import figure_of, names_of, visit_line
from reports.statistics.wholeness import badges_of
from reports.statistics.wording import filter_words, period_words
from telephony.calls.permissions import sight_of as sight_of_calls
from telephony.calls.selectors import Cursor

DEFAULT_FIGURE = "offered"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the statistics: its address, its name on the tab, how its report is made."""

    name: str
    word: str | Promise
    make: Callable[[Setting, Selection, HttpRequest], Document]
    folded: tuple[str, ...] = ()


def _heat(request: HttpRequest) -> str:
    asked = request.GET.get("heat", "")
    return asked if asked in HEAT_FIGURES else HEAT_FIGURES[0]


PAGES = {
    page.name: page
    for page in (
        Page("statistics", _("Groups"), lambda setting, selection, _request: groups_document(
            setting, selection), ("time", "waits")),
        Page("statistics_agents", _("Agents"), lambda setting, selection, _request:
             agents_document(setting, selection), ("time",)),
        Page("statistics_intervals", _("Time of day"), lambda setting, selection, request:
             intervals_document(setting, selection, _heat(request)), ("hours", "weekdays")),
        Page("statistics_comparison", _("Comparison"), lambda setting, selection, _request:
             comparison_document(setting, selection), ("time",)),
    )
}  # fmt: skip


@require_GET
@needs(Right.STATISTICS)
def groups(request: TenantRequest, slug: str) -> HttpResponse:
    return _page(request, slug, "statistics")


@require_GET
@needs(Right.STATISTICS)
def agents(request: TenantRequest, slug: str) -> HttpResponse:
    return _page(request, slug, "statistics_agents")


@require_GET
@needs(Right.STATISTICS)
def intervals(request: TenantRequest, slug: str) -> HttpResponse:
    return _page(request, slug, "statistics_intervals")


@require_GET
@needs(Right.STATISTICS)
def comparison(request: TenantRequest, slug: str) -> HttpResponse:
    return _page(request, slug, "statistics_comparison")


def _page(request: TenantRequest, slug: str, name: str) -> HttpResponse:
    page, form = PAGES[name], form_of(request)
    context = {**frame_of(request, slug, form, name), "page_name": name}
    if form.is_valid():
        selection = form.selection()
        document = page.make(setting_of(request, slug, form, name), selection, request)
        context |= {
            "document": document,
            "boxes": pages.boxes_of(document, HEADLINE) if name == "statistics" else (),
            "cards": pages.cards_of(document, page.folded),
            "definitions": pages.definitions_of(document),
            "heats": _heats(request) if name == "statistics_intervals" else (),
        }
    return render(request, "reports/statistics/page.html", context)


def form_of(request: TenantRequest) -> StatisticsForm:
    return StatisticsForm(
        request.GET,
        zone=request.tenant.time_zone,
        now=timezone.now(),
        sight=sight_of(request.person),
    )


def setting_of(request: TenantRequest, slug: str, form: StatisticsForm, name: str) -> Setting:
    """Links lead to the list of calls; the list keeps the person's groups anew."""
    here = reverse(name, args=[slug])
    words = {n: v for n, v in request.GET.lists() if n not in (*_PLACE_WORDS, *_FILE_WORDS)}
    return Setting(
        company=request.tenant.name,
        language=translation.get_language() or "en",
        made_at=form.now,
        groups=form.group_names,
        agents=form.agent_names,
        behind=Behind(reverse("statistics_calls", args=[slug])),
        agents_url=reverse("statistics_agents", args=[slug]),
        badges=badges_of(request.tenant, form.selection(), form.now),
        live_url=request.build_absolute_uri(here + _query(words)),
    )


def frame_of(request: TenantRequest, slug: str, form: StatisticsForm, here: str) -> dict[str, Any]:
    """The picker, the tabs, and the selection in words."""
    groups, agents = form.group_names, form.agent_names
    kept = {name: value for name, value in request.GET.lists() if name not in _PERIOD_WORDS}
    frame: dict[str, Any] = {
        "form": form,
        "here": here,
        "tabs": [(one.word, reverse(one.name, args=[slug]), one.name) for one in PAGES.values()],
        "presets": [
            (word, _query({**kept, "period": [name]}), name == form.period_shown)
            for name, word in PERIODS
            if name != DATES
        ],
        "is_dates": form.period_shown == DATES,
        "query": _query({n: v for n, v in request.GET.lists() if n not in _PLACE_WORDS}),
        "period": form.data.get("period") or "",
    }
    # of a form that is refused too: what was chosen stays, to be put right
    is_valid = form.is_valid()
    fields = period_fields(form.selection()) if is_valid else form.typed
    frame |= {
        "fields": fields,
        "group_choices": _choices(groups, form.chosen("groups")),
        "agent_choices": _choices(agents, form.chosen("agents")),
        "weekday_choices": form.weekday_choices(),
        "zone": form.cleaned_data.get("zone", form.home_zone),
        "zones": form.zone_choices(timezone.get_current_timezone_name()),
        "is_narrowed": form.period_shown != DEFAULT_PERIOD or len(kept) > bool(kept.get("figure")),
        "has_hours": bool(fields["from"] or fields["to"] or form.chosen("weekdays")),
    }
    if not is_valid:
        return frame
    selection = form.selection()
    said = (period_words(selection), *filter_words(selection, groups, agents))
    return {**frame, "selection": selection, "said": said}


# the period, and the place within a list: what a link to another period drops
_PLACE_WORDS = ("older", "newer")
_FILE_WORDS = ("page", "format", "table")
_PERIOD_WORDS = ("period", "since", "until", *_PLACE_WORDS)


def _query(words: dict[str, Any]) -> str:
    return f"?{urlencode(words, doseq=True)}"


def _choices(names: dict[int, str], chosen: tuple[int, ...]) -> list[tuple[int, str, bool]]:
    """What is chosen stays in the form, though nobody knows its name any more."""
    known = [(one, name, one in chosen) for one, name in names.items()]
    return known + [(one, f"#{one}", True) for one in chosen if one not in names]


def _heats(request: HttpRequest) -> list[tuple[str, str, bool]]:
    shown = _heat(request)
    kept = dict(request.GET.lists())
    return [
        (str(FIGURES[key].title), _query({**kept, "heat": [key]}), key == shown)
        for key in HEAT_FIGURES
    ]


@require_GET
@needs(Right.STATISTICS)
def calls(request: TenantRequest, slug: str) -> HttpResponse:
    """Which calls? As many rows as the figure says."""
    form = form_of(request)
    key = request.GET.get("figure") or DEFAULT_FIGURE
    figure = figure_of(key)
    context: dict[str, Any] = {
        **frame_of(request, slug, form, "statistics_calls"),
        "figure": figure,
        "figure_key": key,
    }
    if form.is_valid() and figure is not None:
        selection = form.selection()
        cursor, side = _place(request)
        page = visits_behind(selection, key, cursor=cursor, side=side)
        names = names_of(page.visits)
        sight, country = sight_of_calls(request.person), request.tenant.country
        context |= {
            "page": page,
            # as every page counts it, so that no list differs from its figure
            "count": figure.counted(total_of(selection, wanted=(key,))),
            "rows": [visit_line(one, names, sight, country) for one in page.visits],
            "badges": badges_of(request.tenant, selection, form.now),
        }
    # a call stands at the hour that it was counted in
    with timezone.override(context["selection"].tz if "selection" in context else None):
        return render(request, "reports/statistics/calls.html", context)


def _place(request: HttpRequest) -> tuple[Cursor | None, Side]:
    if older := request.GET.get("older"):
        return Cursor.read(older), "older"
    newer = request.GET.get("newer")
    if newer == "oldest":
        return None, "newer"
    return (Cursor.read(newer), "newer") if newer else (None, "older")
