"""Clearing 100,000 expired recordings, while people look at the list and listen.

Beside the purge one thread asks for a page of the list, another does what a listener's request
writes to a recording that is about to go. The measure beside it, in the same run: the same rows by
one DELETE in one transaction, which is how it is often done. `python -m benchmarks.purge [count]`
"""

from __future__ import annotations

import statistics
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks.stage import data_stores

ALIVE = 50_000
ROWS = """
INSERT INTO telephony_recording (tenant_id, pbx, name, uniqueid, linkedid, secret, state, problem,
  direction, agent_ids, party_number, party_digits, own_number, started_at, seconds, talk_seconds,
  peaks, original_bytes, original_sha256, has_original, media_bytes, media_sha256, encrypted_with,
  keep_reason, kept_by)
SELECT %(tenant)s, 'pbx1', %(mark)s || n, %(mark)s || n, '', md5(%(mark)s || n), 'ready', '', 'in',
  ARRAY[n %% 50], '+4915112345', '49151' || n, '', %(at)s::timestamptz - n * interval '1 second',
  120, 120, decode(repeat('7f', 2400), 'hex'), 0, '', false, 1000, '', '', '', ''
FROM generate_series(1, %(count)s) n
"""


def main(count: int) -> None:
    with data_stores() as folder:
        from django.db import connection
        from django.utils import timezone

        from callcenter.tenants.models import Tenant
        from callcenter.tenants.scope import tenant_scope

        tenant = Tenant.objects.create(slug="bench", name="Bench")
        at = timezone.now()
        stored = folder / "recordings"

        def fill(mark: str) -> None:
            with tenant_scope(tenant.pk), connection.cursor() as cursor:
                expired: dict[str, Any] = {
                    "at": at - timedelta(days=31),
                    "count": count,
                    "mark": mark,
                }
                cursor.execute(ROWS, {"tenant": tenant.pk, **expired})
                cursor.execute(
                    "SELECT secret FROM telephony_recording WHERE name LIKE %s", [f"{mark}%"]
                )
                secrets = [row[0] for row in cursor.fetchall()]
            _write_files(stored, tenant.pk, secrets)
            with tenant_scope(tenant.pk), connection.cursor() as cursor:
                cursor.execute("ANALYZE telephony_recording")

        with tenant_scope(tenant.pk), connection.cursor() as cursor:
            alive: dict[str, Any] = {"at": at, "count": ALIVE, "mark": "alive"}
            cursor.execute(ROWS, {"tenant": tenant.pk, **alive})
            cursor.execute("ANALYZE telephony_recording")
        idle = _beside(tenant.pk, lambda: time.sleep(3))
        print(f"nothing else going on      {idle}")
        fill("one")
        one = _beside(tenant.pk, lambda: _one_delete(tenant, at, stored))
        print(f"one DELETE                 {one}")
        fill("batch")
        ours = _beside(tenant.pk, lambda: _ours(tenant, at, stored))
        print(f"ours, in batches           {ours}")
        print(
            f"longest wait of a listener: {one.writes_worst / ours.writes_worst:.0f} times shorter; "
            f"99 % of list pages: {ours.reads_p99 / idle.reads_p99:.1f} times as when idle; "
            f"{count / ours.seconds:,.0f} recordings/s with their files "
            f"({ours.seconds / one.seconds:.1f} times the time of one DELETE)"
        )


def _write_files(folder: Path, tenant_id: int, secrets: list[str]) -> None:
    from telephony.recordings.storage.port import key_of

    for secret in secrets:
        path = folder / key_of(tenant_id, secret, "opus")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 1000)


def _store(folder: Path) -> Any:
    from telephony.recordings.storage.local import LocalStore
    from telephony.recordings.storage.sealed import Keyring, SealedStore

    return SealedStore(LocalStore(folder), Keyring(""))


def _ours(tenant: Any, at: Any, folder: Path) -> None:
    from callcenter.tenants.scope import tenant_scope
    from telephony.recordings.services import removal

    with tenant_scope(tenant.pk):
        removal.purge_tenant(tenant=tenant, at=at, store=_store(folder))


def _one_delete(tenant: Any, at: Any, folder: Path) -> None:
    """Rows first, so that nobody hears what is half gone; then the files; then the commit."""
    from django.db import connection, transaction

    from callcenter.tenants.scope import tenant_scope
    from telephony.recordings.storage.port import key_of

    with tenant_scope(tenant.pk), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM telephony_recording WHERE started_at < %s RETURNING secret",
            [at - timedelta(days=30)],
        )
        secrets = [row[0] for row in cursor.fetchall()]
        store = _store(folder)
        endings = ("opus", "wav", "raw")
        store.remove(key_of(tenant.pk, one, ending) for one in secrets for ending in endings)


class Waits:
    def __init__(self, seconds: float, reads: list[float], writes: list[float]) -> None:
        self.seconds = seconds
        self.reads_p50 = statistics.median(reads)
        self.reads_p99 = sorted(reads)[int(len(reads) * 0.99)]
        self.writes_worst = max(writes)
        self.writes_p50 = statistics.median(writes)

    def __str__(self) -> str:
        return (
            f"{self.seconds:6.1f} s; list page {self.reads_p50 * 1000:6.1f} ms, "
            f"99 % {self.reads_p99 * 1000:7.1f} ms; listener {self.writes_p50 * 1000:5.1f} ms, "
            f"longest {self.writes_worst * 1000:8.1f} ms"
        )


def _beside(tenant_id: int, work: Callable[[], object]) -> Waits:
    """How long a page and a listener wait while `work` is done."""
    from django.db import connection
    from django.utils import timezone

    from callcenter.tenants.scope import tenant_scope
    from telephony.recordings.models import Recording
    from telephony.recordings.permissions import EVERYTHING
    from telephony.recordings.selectors import RecordingFilter, page_of_recordings

    over = threading.Event()
    reads: list[float] = []
    writes: list[float] = []

    def again(into: list[float], act: Callable[[], object]) -> None:
        with tenant_scope(tenant_id):
            while not over.is_set() or not into:
                began = time.perf_counter()
                act()
                into.append(time.perf_counter() - began)
                time.sleep(0.02)
        connection.close()

    def listen() -> None:
        """The youngest of the expired: the purge comes to it last."""
        old = timezone.now() - timedelta(days=31)
        found = Recording.objects.filter(going_at=None, started_at__lt=old)
        pk = found.order_by("-started_at", "-pk").values_list("pk", flat=True).first()
        if pk is not None:
            Recording.objects.filter(pk=pk, going_at=None).update(listened_until=old)

    threads = [
        threading.Thread(
            target=again,
            args=(reads, lambda: page_of_recordings(EVERYTHING, RecordingFilter())),
        ),
        threading.Thread(target=again, args=(writes, listen)),
    ]
    for thread in threads:
        thread.start()
    began = time.perf_counter()
    work()
    seconds = time.perf_counter() - began
    over.set()
    for thread in threads:
        thread.join()
    return Waits(seconds, reads, writes)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
