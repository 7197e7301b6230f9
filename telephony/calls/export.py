"""The call list as CSV, chunk by chunk: neither memory nor a long transaction grows with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import tzinfo

from asgiref.sync import sync_to_async
from django.db import connection
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from callcenter.formats.spreadsheets import BYTE_ORDER_MARK, csv_text
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from telephony.calls.models import Call
from telephony.calls.permissions import CallSight
from telephony.calls.selectors import CallFilter, Cursor, Names, names_for, page_of_calls
from telephony.calls.wording import call_row

ROWS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class CallExport:
    """What is asked for, by whom; the request's scope, zone and language end before the stream."""

    tenant: Tenant
    sight: CallSight
    wanted: CallFilter
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
                [
                    [
                        _("Started"), _("Direction"), _("Caller"), _("Name"), _("Dialled"),
                        _("Group"), _("Agents"), _("Outcome"), _("Reason"), _("Waited (s)"),
                        _("Talked (s)"), _("Ended"), _("Call ID"),
                    ]
                ]
            )  # fmt: skip

    def _chunk(self, cursor: Cursor | None) -> tuple[str, Cursor | None]:
        with (
            tenant_scope(self.tenant.pk),
            timezone.override(self.zone),
            translation.override(self.language),
        ):
            page = page_of_calls(self.sight, self.wanted, cursor, size=ROWS_AT_ONCE)
            names = names_for(page.calls)
            return csv_text([self._row(call, names) for call in page.calls]), page.older

    def _row(self, call: Call, names: Names) -> list[str]:
        row = call_row(call, names, self.sight, "")  # no country: numbers whole, for programs
        is_in = call.direction == "in"
        number = row.caller_sub or row.caller
        return [
            f"{timezone.localtime(call.started_at):%Y-%m-%d %H:%M:%S%z}",
            str(row.direction.word),
            (number if call.caller_number else "") if is_in else call.caller_number,
            row.caller if is_in and row.caller_sub else "" if is_in else call.caller_name,
            row.dialled,
            row.groups,
            row.agents,
            str(row.outcome.word),
            str(row.reason),
            "" if row.wait_seconds is None else f"{row.wait_seconds:.0f}",
            "" if row.talk_seconds is None else f"{row.talk_seconds:.0f}",
            f"{timezone.localtime(call.ended_at):%Y-%m-%d %H:%M:%S%z}" if call.ended_at else "",
            f"{call.pbx}/{call.linkedid}",
        ]


def _close_connection() -> None:
    """Of the thread that the chunks were read in, which may be another than the request's."""
    connection.close()
