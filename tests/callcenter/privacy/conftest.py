"""Alice's company with calls of one person, and another company with the same person's calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from telephony.recordings.storage.local import LocalStore
from telephony.recordings.storage.sealed import Keyring, SealedStore


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SealedStore:
    import base64

    key = base64.b64encode(b"k" * 32).decode()
    made = SealedStore(LocalStore(tmp_path / "store"), Keyring(f"k1:{key}"))
    for where in ("callcenter.privacy.tasks", "callcenter.privacy.views"):
        monkeypatch.setattr(f"{where}.recording_store", lambda: made)
    return made
