"""One tenant, many dashboards: what a delivery costs, and how late the last one is.

    python benchmarks/fan_out.py [--sockets 500] [--seconds 10]

500 sockets through Daphne with session, rights and tenancy; 5 deltas of about 1 kB a second are
handed to the channel layer as the listener does. The baseline in the same run is a consumer that
renders a template of 30 agents for every connection. Exits with 1 when a bound is missed: p99 under
150 ms, web under half a core, a delivery at most an eighth of the baseline's.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.dashboards import open_dashboards
from benchmarks.stage import (
    SLUG,
    Cast,
    data_stores,
    make_cast,
    percentile,
    start_web,
    table,
    wait_for_port,
)

PER_SECOND = 5
HEADER = ("consumer", "sockets", "deliveries", "p50", "p99", "web", "CPU per delivery", "lost")


async def measure(
    folder: Path, cast: Cast, application: str, sockets: int, seconds: float
) -> tuple[list[float], float, int, int]:
    """Latencies, CPU seconds of web, deliveries, lost ones."""
    from channels.layers import get_channel_layer

    from telephony.live.frames import delta_frame, pack, to_text
    from telephony.live.streams import channel_group

    web, port = start_web(folder, application)
    await wait_for_port(port)
    dashboards = await open_dashboards(port, f"/ws/t/{SLUG}/live/", [cast.supervisor] * sockets)
    await asyncio.sleep(3)
    for dashboard in dashboards:
        dashboard.forget()
    layer = get_channel_layer()
    assert layer is not None
    agent = {
        "name": "Agent 12", "state": "in_call", "since": 1.0, "reason": None, "wrap_until": None,
        "pause_after_call": None, "reachable": True, "extension": "1012",
        "queues": {"bench-sales": {"penalty": 0, "paused": False}}, "groups": [1], "call": "call:x",
    }  # fmt: skip
    texts = {f"agent:{n}": to_text(agent) for n in range(4)}
    before = web.cpu_seconds()
    said: list[float] = []
    start = time.monotonic()
    for number in range(int(seconds * PER_SECOND)):
        await asyncio.sleep(max(0.0, start + number / PER_SECOND - time.monotonic()))
        frame = pack(delta_frame("tenant", number + 1, time.time(), texts, ()))
        said.append(time.monotonic())
        await layer.group_send(
            channel_group(cast.tenant_id, "tenant"), {"type": "live.frame", "frame": frame}
        )
    await asyncio.sleep(2)
    spent = web.cpu_seconds() - before
    latencies = [
        arrival - at
        for dashboard in dashboards
        for at, arrival in zip(said, dashboard.arrivals, strict=False)
    ]
    for dashboard in dashboards:
        dashboard.close()
    await asyncio.sleep(0.5)
    web.stop()
    return latencies, spent, len(latencies), sockets * len(said) - len(latencies)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sockets", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    rows: list[tuple[str, ...]] = []
    costs: list[float] = []
    met = True
    with data_stores() as folder:
        cast = make_cast(1)
        for name, application, sockets in (
            ("Helin: forwards", "callcenter.asgi:application", arguments.sockets),
            ("baseline: renders", "benchmarks.rendering_app:application", arguments.sockets // 5),
        ):
            latencies, spent, deliveries, lost = asyncio.run(
                measure(folder, cast, application, sockets, arguments.seconds)
            )
            costs.append(spent / max(1, deliveries))
            p50, p99 = (percentile(latencies, share) * 1000 for share in (0.5, 0.99))
            share = spent / (arguments.seconds + 2)
            rows.append(
                (name, str(sockets), str(deliveries), f"{p50:.1f} ms", f"{p99:.1f} ms",
                 f"{share:.0%}", f"{costs[-1] * 1e6:.0f} us", str(lost))
            )  # fmt: skip
            if application.startswith("callcenter"):
                met = p99 < 150 and share < 0.5 and not lost
    print(table("Fan-out to one tenant's dashboards", HEADER, rows))
    ratio = costs[1] / costs[0]
    met = met and ratio >= 8
    print(f"\nA delivery costs 1/{ratio:.1f} of one that renders (bound: 1/8).")
    print("All bounds are met." if met else "A bound is missed.")
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
