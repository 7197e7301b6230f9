"""A company with a storage of its own, for the tests of recordings' pages."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.cast import Company, make_company
from tests.telephony.recordings.visiting import signed_in


@pytest.fixture
def stored_here(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from telephony.recordings.tasks import make_export

    settings.RECORDING_STORAGE = str(tmp_path)
    monkeypatch.setattr(make_export, "delay", lambda **_: None)


@pytest.fixture
def acme() -> Company:
    return make_company("acme", number="+3726001001")


@pytest.fixture
def manager(acme: Company) -> Client:
    return signed_in(acme.people["manager"])


@pytest.fixture
def plain_streams(monkeypatch: pytest.MonkeyPatch) -> None:
    """Django's test client is no event loop: the same pieces, read plainly."""
    # every view, before it is exchanged: one imported meanwhile would keep it
    import callcenter.urls  # noqa: F401
    from telephony.recordings import media
    from telephony.recordings.views import exports as export_views

    def plainly(first: bytes, rest: Any) -> Any:
        yield first
        yield from rest

    monkeypatch.setattr(media, "in_pieces", plainly)
    monkeypatch.setattr(export_views, "in_pieces", plainly)
