"""Rows of the API as CSV, chunk by chunk: programs read these, so the columns are the JSON's names."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import StreamingHttpResponse
from rest_framework.renderers import BaseRenderer, JSONRenderer

from callcenter.tenants.scope import tenant_scope
from telephony.calls.selectors import Cursor

ROWS_AT_ONCE = 1000
Chunk = tuple[Sequence[Mapping[str, Any]], Cursor | None]


class CsvRenderer(BaseRenderer):
    """Chosen by `Accept: text/csv` or `?format=csv`; rows are streamed, errors stay JSON."""

    media_type = "text/csv"
    format = "csv"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        _accepted: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        """Of a refusal; rows never come here."""
        if renderer_context is not None:
            renderer_context["response"]["Content-Type"] = "application/json"
        return JSONRenderer().render(data, "application/json", renderer_context)


@dataclass(frozen=True, slots=True)
class CsvStream:
    """`chunk(cursor)` gives rows and where the next ones begin, None at the end."""

    tenant_id: int
    columns: Sequence[str]
    chunk: Callable[[Cursor | None], Chunk]
    begin: Cursor | None = None

    def response(self, name: str) -> StreamingHttpResponse:
        return StreamingHttpResponse(
            self.lines(),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )

    async def lines(self) -> AsyncIterator[str]:
        try:
            yield _written([list(self.columns)])
            cursor = self.begin
            while True:
                text, cursor = await sync_to_async(self._text)(cursor)
                if text:
                    yield text
                if cursor is None:
                    return
        finally:
            await sync_to_async(_close_connection)()

    def _text(self, cursor: Cursor | None) -> tuple[str, Cursor | None]:
        with tenant_scope(self.tenant_id):
            rows, after = self.chunk(cursor)
        return _written([[_cell(row[name]) for name in self.columns] for row in rows]), after


def _close_connection() -> None:
    """Of the thread that the chunks were read in, which may be another than the request's; a
    transaction that somebody holds there is his to end."""
    if not connection.in_atomic_block:
        connection.close()


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return " ".join(map(str, value))
    text = str(value)
    # a caller's name must not become a formula of a spreadsheet; a number with its plus is none
    is_number = text[1:].replace(" ", "").replace(".", "", 1).isdigit()
    return (
        f"'{text}" if text.startswith(("=", "-", "@", "\t", "\r", "+")) and not is_number else text
    )


def _written(rows: list[list[str]]) -> str:
    target = StringIO()
    csv.writer(target).writerows(rows)
    return target.getvalue()
