"""Activities and time entries as CSV, chunk by chunk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from callcenter.formats.spreadsheets import BYTE_ORDER_MARK, csv_text
from callcenter.tenants.scope import tenant_scope
from phonebook.notes.models import Work
from phonebook.notes.selectors import Cursor, page_of_work

ROWS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class WorkExport:
    """`wanted`: as page_of_work takes it. The request's scope ends before the stream."""

    tenant_id: int
    wanted: dict[str, Any]
    zone: tzinfo
    language: str

    async def lines(self) -> AsyncIterator[str]:
        try:
            yield BYTE_ORDER_MARK + await sync_to_async(self._header)()
            cursor: Cursor | None = None
            while True:
                text, cursor = await sync_to_async(self._chunk)(cursor)
                if text:
                    yield text
                if cursor is None:
                    return
        finally:
            await sync_to_async(_close_connection)()

    def _header(self) -> str:
        with translation.override(self.language):
            return csv_text(
                [[_("Kind"), _("From"), _("To"), _("Seconds"), _("Who"), _("Project"),
                  _("Kind of work"), _("What"), _("Text"), _("Contact"), _("Number"), _("Call ID")]]
            )  # fmt: skip

    def _chunk(self, cursor: Cursor | None) -> tuple[str, Cursor | None]:
        with (
            tenant_scope(self.tenant_id),
            timezone.override(self.zone),
            translation.override(self.language),
        ):
            page = page_of_work(**self.wanted, cursor=cursor, size=ROWS_AT_ONCE)
            return csv_text([_row(one) for one in page.rows if isinstance(one, Work)]), page.older


def _row(work: Work) -> list[str]:
    return [
        str(work.get_kind_display()),
        _when(work.began_at),
        _when(work.ended_at) if work.ended_at else "",
        "" if work.seconds is None else f"{work.seconds:.0f}",
        work.by_name,
        str(work.project or ""),
        str(work.task_type or ""),
        work.subject,
        work.text,
        str(work.contact or ""),
        work.key,
        f"{work.call_pbx}/{work.call_linkedid}" if work.call_linkedid else "",
    ]


def _when(instant: Any) -> str:
    return f"{timezone.localtime(instant):%Y-%m-%d %H:%M:%S%z}"


def _close_connection() -> None:
    """Of the thread that the chunks were read in, which may be another than the request's."""
    connection.close()
