"""Taking turns: reports leave workers free for orders to the PBX, which cannot wait.

Making a report costs seconds of a processor, and a mail server that hangs holds whoever speaks to
it. So only some workers at once (HELIN_REPORT_WORKERS) do either. A turn is an advisory lock: it ends
with its worker, however that ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

LOCK_CLASS = 0x48454C52
_SILENT = "reports:mail_server_away"
_SILENT_SECONDS = 60


@contextmanager
def turn() -> Iterator[bool]:
    """False where enough workers are at it."""
    slot = next((one for one in range(settings.REPORT_WORKERS) if _locked(one)), None)
    try:
        yield slot is not None
    finally:
        if slot is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [LOCK_CLASS, slot])


def _locked(slot: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [LOCK_CLASS, slot])
        row = cursor.fetchone()
    return bool(row and row[0])


def note_mail_server_away() -> None:
    """No mail is tried for a minute: everybody's would wait for the same server."""
    try:
        cache.set(_SILENT, 1, _SILENT_SECONDS)
    except (RedisError, OSError):
        return


def is_mail_server_away() -> bool:
    try:
        return cache.get(_SILENT) is not None
    except (RedisError, OSError):
        return False
