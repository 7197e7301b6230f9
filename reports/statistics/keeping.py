"""A thread of the ledger's process: sums the days that are over and whose calls changed."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable

from django.db import DatabaseError, connection
from django.utils import timezone

from reports.statistics.services import sum_days, sum_days_of_everybody

log = logging.getLogger(__name__)

PAUSE_SECONDS = 5.0  # visits answer meanwhile
ROUND_SECONDS = 60.0  # midnight passes, histories are imported, time zones change


class DaysKeeper(threading.Thread):
    def __init__(self, stop: threading.Event) -> None:
        super().__init__(name="days", daemon=True)
        self._stopping = stop
        self._lock = threading.Lock()
        self._touched: set[int] = set()

    def touch(self, tenant_ids: Iterable[int]) -> None:
        """These tenants' calls changed."""
        with self._lock:
            self._touched.update(tenant_ids)

    def run(self) -> None:
        next_round = 0.0
        try:
            while not self._stopping.is_set():
                with self._lock:
                    touched, self._touched = self._touched, set()
                if time.monotonic() >= next_round:
                    self._keep(None)
                    next_round = time.monotonic() + ROUND_SECONDS
                elif touched:
                    self._keep(touched)
                self._stopping.wait(PAUSE_SECONDS)
        finally:
            connection.close()

    def _keep(self, tenant_ids: Iterable[int] | None) -> None:
        """None: of everybody. What fails now is still marked, and summed in a later round."""
        try:
            at = timezone.now()
            if tenant_ids is None:
                sum_days_of_everybody(at=at)
                return
            for tenant_id in tenant_ids:
                sum_days(tenant_id=tenant_id, at=at)
        except DatabaseError as error:
            log.warning("Days were not summed: %s", error)
            connection.close()
