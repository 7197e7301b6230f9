"""Deliveries a second of one courier process, with one receiver that hangs and without.

PostgreSQL, the courier and the receivers are processes of their own. Beside it, in the same run,
what a task queue often does: one worker that takes the deliveries one after the other, opens a
connection for each and writes each down; with one hanging receiver among them, too.
`python -m benchmarks.webhooks [webhooks] [events]`
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.stage import ROOT, data_stores

HANGS_SECONDS = 10.0
RECEIVER = """
import asyncio, sys
async def serve(reader, writer):
    try:
        while True:
            head = await reader.readuntil(b"\\r\\n\\r\\n")
            low = head.lower()
            size = int(low.split(b"content-length:")[1].split(b"\\r\\n")[0])
            await reader.readexactly(size)
            if b" /hang " in head:
                await asyncio.sleep(60)
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.sleep(3600)
asyncio.run(main())
"""


@contextmanager
def receiver() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-c", RECEIVER], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.kill()


@contextmanager
def courier() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([sys.executable, "manage.py", "run_webhooks"], cwd=ROOT)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(15)


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main(hooks: int, events: int) -> None:
    os.environ["HELIN_OUTBOUND_ALLOWED"] = "127.0.0.0/8"
    with data_stores(), receiver() as port:
        from callcenter.audit.services import Actor
        from callcenter.tenants.models import Tenant
        from callcenter.tenants.scope import tenant_scope
        from telephony.subscriptions import services
        from telephony.subscriptions.models import Webhook, WebhookDelivery
        from telephony.subscriptions.vocabulary import OutEvent
        from telephony.subscriptions.writing import Waiting, write_events

        tenant = Tenant.objects.create(slug="bench", name="Bench")
        by = Actor(name="bench")

        def make(name: str, path: str) -> Webhook:
            url = f"http://127.0.0.1:{port}/{path}"
            return services.make_webhook(name=name, url=url, by=by)[0]

        def write(count: int) -> None:
            data = {"call": {"id": "1.1", "caller": {"number": "+3725550001", "name": "E"}}}
            facts = [OutEvent("call.ringing", time.time(), data) for _ in range(count)]
            write_events([Waiting(uuid.uuid4().hex, tenant.pk, one) for one in facts])

        def delivered() -> int:
            return WebhookDelivery.objects.filter(is_delivered=True).count()

        def measure(title: str, process: subprocess.Popen[bytes]) -> float:
            before, burnt = delivered(), cpu_seconds(process.pid)
            begun = time.monotonic()
            write(events)
            while delivered() - before < hooks * events:
                time.sleep(0.05)
            seconds = time.monotonic() - begun
            rate = hooks * events / seconds
            spent = (cpu_seconds(process.pid) - burnt) / (hooks * events)
            print(f"{title}: {rate:.0f} deliveries/s, {spent * 1e3:.2f} ms of CPU each")
            return rate

        with tenant_scope(tenant.pk):
            for n in range(hooks):
                make(f"hook {n}", "well")
            with courier() as process:
                write(5)
                while delivered() < hooks * 5:
                    time.sleep(0.1)
                alone = measure("one courier", process)
                make("hangs", "hang")
                with_slow = measure("one courier, one more receiver hangs", process)
            baseline = one_after_the_other(port, hooks, with_hang=False)
            slowed = one_after_the_other(port, hooks, with_hang=True)
        print(f"one after the other: {baseline:.0f}/s; one of {hooks + 1} hangs: {slowed:.1f}/s")
        print(f"ratio: {alone / baseline:.1f}; with a hanging receiver {with_slow / slowed:.0f}")
        print(f"cost of the hanging receiver for the others: {1 - with_slow / alone:+.0%}")


def one_after_the_other(port: int, hooks: int, *, with_hang: bool) -> float:
    """Deliveries a second to those that are well."""
    import httpx2

    from telephony.subscriptions import signing
    from telephony.subscriptions.models import Webhook, WebhookDelivery

    hook = Webhook.objects.first()
    assert hook is not None
    rounds, done = (1 if with_hang else 5), 0
    begun = time.monotonic()
    for _ in range(rounds):
        for n in range(hooks + with_hang):
            body = b'{"type": "call.ringing", "at": "2026-11-22T09:14:03.512Z"}'
            headers = {signing.SIGNATURE: signing.signature("x", int(time.time()), body)}
            path = "hang" if n == hooks else "well"
            status: Any = None
            try:
                status = httpx2.post(
                    f"http://127.0.0.1:{port}/{path}", content=body, headers=headers,
                    timeout=HANGS_SECONDS,
                ).status_code  # fmt: skip
                done += 1
            except httpx2.TimeoutException:
                pass
            WebhookDelivery.objects.create(
                webhook=hook, event=1, type="x", at="2026-11-22T00:00Z", status=status
            )
    return done / (time.monotonic() - begun)


if __name__ == "__main__":
    main(*(int(word) for word in (*sys.argv[1:], *("20", "100")[len(sys.argv) - 1 :])))
