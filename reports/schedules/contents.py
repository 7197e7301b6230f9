"""What a report says. Tables and figures are the statistics' own, so that mail and page agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from callcenter.agents.models import Agent
from callcenter.groups.models import AgentGroup
from callcenter.tenants.models import Tenant
from phonebook.numbers.e164 import masked
from reports.rendering.document import Column, Document, Kind, Row, Table
from reports.schedules import catalogue
from reports.schedules.catalogue import CATALOGUE, Subject
from reports.schedules.models import ReportRun
from reports.schedules.unusual import unusual_sentences
from reports.statistics.behind import count_behind, visits_behind
from reports.statistics.documents import Setting, agents_document, groups_document
from reports.statistics.selection import Selection
from reports.statistics.selectors import total_of
from reports.statistics.tables import Behind
from reports.statistics.visits_listed import columns, names_of, rows
from reports.statistics.wholeness import badges_of
from reports.statistics.wording import document_period
from telephony.calls.permissions import CallSight
from telephony.recordings.selectors import expires_at, expiring

LINES_MOST = 1000  # of a list of calls: the rest is a click away
_SETS = {Subject.UNANSWERED: "unanswered", Subject.BREACHES: "out_of_service_level"}
_PAGES = {Subject.GROUPS: "statistics", Subject.AGENTS: "statistics_agents"}


def document_of(run: ReportRun, tenant: Tenant, language: str, now: datetime) -> Document:
    """In the active language and zone. Reads everything anew."""
    kind = CATALOGUE[run.kind]
    setting = _setting(tenant, language, now)
    selection = Selection(
        since=run.since,
        until=run.until,
        zone=tenant.time_zone,
        group_ids=tuple(run.group_ids) or None,
        agent_ids=tuple(run.agent_ids) or None,
    )
    if kind.subject is Subject.EXPIRING:
        document = _expiring(run, tenant, setting, selection)
    else:
        setting = replace(setting, badges=badges_of(tenant, selection, now))
        document = _of_calls(kind, run, tenant, setting, selection)
    return replace(document, title=run.title, live_url=_live_url(kind, tenant, selection))


def _of_calls(
    kind: catalogue.Kind, run: ReportRun, tenant: Tenant, setting: Setting, selection: Selection
) -> Document:
    if kind.subject is Subject.GROUPS:
        document = groups_document(setting, selection)
    elif kind.subject is Subject.AGENTS:
        document = agents_document(setting, selection)
    else:
        document = _listed(kind, run, tenant, setting, selection)
    if not total_of(selection).visits.offered:
        nothing = _("No calls came in this time.")
        return replace(document, tables=document.tables[:2], charts=(), sentences=(nothing,))
    said = unusual_sentences(selection, kind.span)
    return replace(document, sentences=(*said, *document.sentences))


def _setting(tenant: Tenant, language: str, now: datetime) -> Setting:
    base = f"{settings.PUBLIC_URL}{reverse('statistics_calls', args=[tenant.slug])}"
    return Setting(
        company=tenant.name,
        language=language,
        made_at=now,
        groups=dict(AgentGroup.objects.values_list("pk", "name")),
        agents=dict(Agent.objects.values_list("pk", "name")),
        behind=Behind(base),
    )


def _listed(
    kind: catalogue.Kind, run: ReportRun, tenant: Tenant, setting: Setting, selection: Selection
) -> Document:
    """The calls themselves, one a row."""
    name = _SETS[kind.subject]
    count = count_behind(selection, name)
    visits = visits_behind(selection, name, size=LINES_MOST).visits
    sight = CallSight(group_ids=None, agent_id=None, sees_numbers=run.shows_numbers)
    lines = rows(visits, names_of(visits), sight, tenant.country)
    if kind.subject is Subject.BREACHES:
        lines.sort(key=_waited, reverse=True)
    note = ""
    if count > len(lines):
        note = _("%(count)d more are on the page.") % {"count": count - len(lines)}
    said = ngettext("%(count)d call", "%(count)d calls", count) % {"count": count}
    if not count:
        said = {
            Subject.UNANSWERED: _("Every call was answered."),
            Subject.BREACHES: _("Every call was answered in time."),
        }[kind.subject]
    table = Table("calls", str(catalogue.SUBJECTS[kind.subject]), columns(), tuple(lines), note)
    return _plain(setting, selection, table, said)


def _waited(row: Row) -> float:
    place = [column.key for column in columns()].index("waited")
    value = row.values[place]
    return value if isinstance(value, int | float) else 0.0


def _expiring(run: ReportRun, tenant: Tenant, setting: Setting, selection: Selection) -> Document:
    found = expiring(run.until, tenant)
    if run.group_ids:
        found = found.filter(group_id__in=run.group_ids)
    if run.agent_ids:
        found = found.filter(agent_ids__overlap=run.agent_ids)
    count = found.count()
    sight = CallSight(group_ids=None, agent_id=None, sees_numbers=run.shows_numbers)
    lines = tuple(
        Row(
            (
                expires_at(one, tenant.recording_days),
                one.started_at,
                _number(one.party_number, sight),
                setting.groups.get(one.group_id or 0, ""),
                ", ".join(_names(one.agent_ids, setting.agents)),
                int(one.seconds),
            )
        )
        for one in found[:LINES_MOST]
    )
    table = Table(
        "recordings",
        _("Recordings about to expire"),
        (
            Column("expires", _("Deleted"), Kind.INSTANT),
            Column("started", _("Recorded"), Kind.INSTANT),
            Column("party", _("Number")),
            Column("group", _("Group")),
            Column("agents", _("Agents")),
            Column("length", _("Length"), Kind.SECONDS),
        ),
        lines,
        _("%(count)d more are on the page.") % {"count": count - len(lines)}
        if count > len(lines)
        else "",
    )
    said = (
        ngettext(
            "%(count)d recording will be deleted unless somebody keeps it.",
            "%(count)d recordings will be deleted unless somebody keeps them.",
            count,
        )
        % {"count": count}
        if count
        else _("No recording will be deleted in this time.")
    )
    return _plain(setting, selection, table, said)


def _number(number: str, sight: CallSight) -> str:
    return number if sight.sees_numbers else masked(number)


def _names(ids: list[int], names: Mapping[int, str]) -> list[str]:
    return [names.get(one, _("(removed)")) for one in ids]


def _plain(setting: Setting, selection: Selection, table: Table, said: str) -> Document:
    return Document(
        title=table.title,
        company=setting.company,
        period=document_period(selection, setting.groups, setting.agents),
        zone=selection.zone,
        language=setting.language,
        made_at=setting.made_at,
        tables=(table,),
        badges=setting.badges,
        sentences=(said,),
    )


def _live_url(kind: catalogue.Kind, tenant: Tenant, selection: Selection) -> str:
    """The page that makes the same anew, behind sign-in."""
    if kind.subject is Subject.EXPIRING:
        return f"{settings.PUBLIC_URL}/t/{tenant.slug}/recordings/"
    query = selection.as_query()
    if kind.subject in _SETS:
        path = reverse("statistics_calls", args=[tenant.slug])
        query["figure"] = _SETS[kind.subject]
    else:
        path = reverse(_PAGES[kind.subject], args=[tenant.slug])
    return f"{settings.PUBLIC_URL}{path}?{urlencode(query, safe=':,')}"
