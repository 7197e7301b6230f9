"""What a page shows, as a file: the same report, rendered as CSV or XLSX."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from asgiref.sync import sync_to_async
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from callcenter.accounts.doors import actor_of, needs
from callcenter.accounts.middleware import TenantRequest
from callcenter.accounts.permissions import Right
from callcenter.audit.services import record
from callcenter.tenants.scope import tenant_scope
from reports.rendering.csv import document_lines, head_lines, row_lines, table_lines
from reports.rendering.document import Document, Row, Table
from reports.rendering.xlsx import CONTENT_TYPE, to_xlsx
from reports.statistics.behind import count_behind, visits_behind
from reports.statistics.selection import Selection
from reports.statistics.sums import Figure
from reports.statistics.views import DEFAULT_FIGURE, PAGES, form_of, setting_of
from reports.statistics.visits_listed import columns, figure_of, names_of, rows
from reports.statistics.wording import document_period
from telephony.calls.permissions import CallSight
from telephony.calls.permissions import sight_of as sight_of_calls
from telephony.calls.selectors import Cursor

ROWS_AT_ONCE = 2000
# a workbook is made as a whole; whoever needs more takes the CSV, which has no end
MOST_ROWS_OF_A_WORKBOOK = 50_000
CSV, XLSX = "csv", "xlsx"


@require_GET
@needs(Right.EXPORT)
def export(request: TenantRequest, slug: str) -> HttpResponseBase:
    """`page`: the name of a page, or calls; `format`: csv or xlsx; `table`: of a CSV, one alone."""
    if not request.person.may(Right.STATISTICS):
        raise PermissionDenied
    page, kind = request.GET.get("page", "statistics"), request.GET.get("format", CSV)
    form = form_of(request)
    if kind not in (CSV, XLSX) or page not in (*PAGES, "statistics_calls") or not form.is_valid():
        raise Http404
    record(action="statistics.exported", by=actor_of(request), about=request.tenant)
    name = f"{page.replace('_', '-')}-{slug}-{timezone.localdate()}.{kind}"
    # what is counted is counted in the selection's zone, and so it is written
    with timezone.override(form.cleaned_data["zone"]):
        if page == "statistics_calls":
            return _calls(request, slug, kind, name)
        setting = setting_of(request, slug, form, page)
        document = PAGES[page].make(setting, form.selection(), request)
        if kind == XLSX:
            return _file(to_xlsx(document), name)
        return _csv(_lines(document, request.GET.get("table", "")), name)


def _lines(document: Document, key: str) -> list[str]:
    """Made at once: the reader's language and zone end before the stream does."""
    if not key:
        return list(document_lines(document))
    table = next((one for one in document.tables if one.key == key), None)
    if table is None:
        raise Http404
    return list(table_lines(table))


def _calls(request: TenantRequest, slug: str, kind: str, name: str) -> HttpResponseBase:
    form = form_of(request)
    figure = figure_of(request.GET.get("figure") or DEFAULT_FIGURE)
    if not form.is_valid() or figure is None:
        raise Http404
    selection = form.selection()
    # the file ends when it was asked for, however long it takes
    so_far = replace(selection, until=max(selection.since, min(selection.until, form.now)))
    setting = setting_of(request, slug, form, "statistics_calls")
    listed = VisitList(
        so_far, figure, sight_of_calls(request.person), request.tenant.pk,
        translation.get_language() or "en",
    )  # fmt: skip
    if kind == CSV:
        return _csv(listed.lines(), name)
    document = Document(
        title=str(figure.title),
        company=setting.company,
        period=document_period(selection, setting.groups, setting.agents),
        zone=selection.zone,
        language=setting.language,
        made_at=setting.made_at,
        tables=(listed.table(),),
        badges=setting.badges,
        sentences=(str(figure.definition),),
        live_url=setting.live_url,
    )
    return _file(to_xlsx(document), name)


@dataclass(frozen=True, slots=True)
class VisitList:
    """The list behind a figure, page by page; the request's scope ends before the stream."""

    selection: Selection
    figure: Figure
    sight: CallSight
    tenant_id: int
    language: str

    async def lines(self) -> AsyncIterator[str]:
        try:
            yield await sync_to_async(self._head)()
            cursor: Cursor | None = None
            while True:
                text, cursor = await sync_to_async(self._chunk)(cursor)
                if text:
                    yield text
                if cursor is None:
                    return
        finally:
            await sync_to_async(_close_connection)()

    def _head(self) -> str:
        with translation.override(self.language):
            return "".join(head_lines(columns()))

    def _chunk(self, cursor: Cursor | None) -> tuple[str, Cursor | None]:
        with (
            tenant_scope(self.tenant_id),
            timezone.override(self.selection.zone),
            translation.override(self.language),
        ):
            found, cursor = self._page(cursor, ROWS_AT_ONCE)
            return "".join(row_lines(found)), cursor

    def _page(self, cursor: Cursor | None, size: int) -> tuple[list[Row], Cursor | None]:
        page = visits_behind(self.selection, self.figure.key, cursor=cursor, size=size)
        return rows(page.visits, names_of(page.visits), self.sight), page.older

    def table(self) -> Table:
        """At most MOST_ROWS_OF_A_WORKBOOK rows; says so where there are more."""
        found: list[Row] = []
        cursor: Cursor | None = None
        while len(found) < MOST_ROWS_OF_A_WORKBOOK:
            listed, cursor = self._page(cursor, ROWS_AT_ONCE)
            found.extend(listed)
            if cursor is None:
                return Table("calls", str(self.figure.title), columns(), tuple(found))
        note = _("The latest %(shown)d of %(count)d calls; the CSV file has all.") % {
            "shown": len(found),
            "count": count_behind(self.selection, self.figure.key),
        }
        return Table("calls", str(self.figure.title), columns(), tuple(found), note)


def _close_connection() -> None:
    """Of the thread that the chunks were read in, which may be another than the request's."""
    connection.close()


def _csv(lines: list[str] | AsyncIterator[str], name: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        lines, content_type="text/csv; charset=utf-8", headers=_as_file(name)
    )


def _file(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(content, content_type=CONTENT_TYPE, headers=_as_file(name))


def _as_file(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
