"""A thread of the ledger's process: promises follow the calls that were just built."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable

from django.db import DatabaseError, connection

from telephony.callbacks.announcing import announce
from telephony.callbacks.keeping import keep_callbacks

log = logging.getLogger(__name__)

ROUND_SECONDS = 15.0  # imported calls are built by another process


class CallbackKeeper(threading.Thread):
    """Of its own: shipping lines never waits for this. What fails is still marked as touched."""

    def __init__(self, stop: threading.Event) -> None:
        super().__init__(name="callbacks", daemon=True)
        self._stopping = stop
        self._wake = threading.Event()

    def touch(self, tenant_ids: Iterable[int]) -> None:
        """These tenants' calls changed."""
        if any(True for _ in tenant_ids):
            self._wake.set()

    def run(self) -> None:
        try:
            while not self._stopping.is_set():
                if self._keep():
                    self._wake.wait(ROUND_SECONDS)
                    self._wake.clear()
                    self._stopping.wait(0.1)
        finally:
            connection.close()

    def _keep(self) -> bool:
        """Whether that was all."""
        try:
            kept = keep_callbacks()
        except DatabaseError as error:
            log.warning("Callbacks were not kept: %s", error)
            connection.close()
            return True
        for tenant_id, group_ids in kept.groups.items():
            announce(tenant_id=tenant_id, group_ids=group_ids, at=time.time())
        return kept.is_all
