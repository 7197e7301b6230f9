"""Threads beside the ledger, on the PBX's host: look, wait, look again, whatever is away meanwhile."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime

from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone

from callcenter.tenants.scope import system_scope

log = logging.getLogger(__name__)
RETRY_SECONDS = 5.0


def take_turns(
    turn: Callable[[datetime], object],
    *,
    what: str,
    every: float,
    stop: threading.Event,
    reason: str,
    away: tuple[type[Exception], ...] = (),
) -> None:
    """Until `stop` is set. `what` waits on the PBX's disk while PostgreSQL, the disk, or what `away`
    tells of is away. `reason`: of the scope of all tenants; `every`: seconds."""
    known: tuple[type[Exception], ...] = (DatabaseError, InterfaceError, OSError, *away)
    while not stop.is_set():
        wait = every
        try:
            with system_scope(reason):
                turn(timezone.now())
        except known as error:
            log.warning("%s wait on the PBX's disk: %s", what, error)
            connection.close()
            wait = RETRY_SECONDS
        stop.wait(wait)
    connection.close()
