"""The list of calls as a file: for whom, of what, and nothing that a spreadsheet would run."""

import asyncio
import csv
import io
from typing import Any

import pytest
from django.test import Client

from tests.cast import Company, make_company
from tests.telephony.calls.made import make_call, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Company:
    return make_company("alice", number="+3726001000")


@pytest.fixture
def bob() -> Company:
    return make_company("bob", number="+3726002000")


def test_export_needs_the_right(alice: Company) -> None:
    assert signed_in(alice, "supervisor").get("/t/alice/calls/export/").status_code == 403


def exported(client: Client, query: str = "") -> list[list[str]]:
    answer: Any = client.get(f"/t/alice/calls/export/{query}")
    stream = answer.streaming_content

    async def read() -> bytes:
        return b"".join([part async for part in stream])

    return list(csv.reader(io.StringIO(asyncio.run(read()).decode("utf-8-sig"))))


@pytest.mark.django_db(transaction=True)
def test_export_has_all_rows_of_the_filter_and_no_formula(alice: Company, bob: Company) -> None:
    make_call(bob)
    make_call(alice, caller_name='=HYPERLINK("http://evil")')
    make_call(alice, direction="out", dialled="+447700900123", caller_number="101")
    header, *rows = exported(signed_in(alice, "manager"))
    assert header[:5] == ["Started", "Direction", "Caller", "Name", "Dialled"]
    assert [row[1:5] for row in rows] == [
        ["Outgoing", "101", "Charlie", "+447700900123"],
        ["Incoming", "+37255512345", '\'=HYPERLINK("http://evil")', "+3726001000"],
    ]
    assert len(exported(signed_in(alice, "manager"), "?direction=out")) == 2
