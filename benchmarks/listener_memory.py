"""What the listener holds per 1,000 agents, each logged in and a third of them in a call.

    python benchmarks/listener_memory.py [--agents 1000]

The listener is a process of its own against a played PBX; private memory by /proc. The baseline in
the same run is the listener of a tenant with one agent.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.fake_pbx import Call, FakePbx
from benchmarks.stage import SLUG, Cast, data_stores, make_cast, start_listener, table


async def measure(folder: Path, cast: Cast, agents: int) -> tuple[int, int]:
    """Private bytes of the listener: after its start, and with calls going on."""
    pbx = FakePbx(
        (cast.queue, member, interface) for member, interface, _, _ in cast.agents[:agents]
    )
    await pbx.start()
    listener = start_listener(folder, pbx.port)
    try:
        await asyncio.wait_for(pbx.synced.wait(), 60)
        await asyncio.sleep(5)
        idle = listener.rss_bytes()
        for n, (member, interface, _, _) in enumerate(cast.agents[:agents]):
            if n % 3 == 0:
                call = Call(n, SLUG, cast.queue, (member, interface))
                pbx.say(call.arrive() + call.join() + call.ring() + call.answer())
        await asyncio.sleep(5)
        return idle, listener.rss_bytes()
    finally:
        listener.stop()
        await pbx.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agents", type=int, default=1000)
    agents = parser.parse_args().agents
    with data_stores() as folder:
        cast = make_cast(agents, sessions=0)
        few = asyncio.run(measure(folder, cast, 1))
        many = asyncio.run(measure(folder, cast, agents))
    # the tenant's company data is the same in both, only the PBX knows fewer in the first
    rows = [
        ("baseline: 1 agent logged in", f"{few[0] / 1e6:.1f} MB", f"{few[1] / 1e6:.1f} MB"),
        (f"{agents:,} agents logged in", f"{many[0] / 1e6:.1f} MB", f"{many[1] / 1e6:.1f} MB"),
        ("more, per 1,000 agents", *(
            f"{(now - before) / 1e6 / agents * 1000:.1f} MB"
            for now, before in zip(many, few, strict=True)
        )),
    ]  # fmt: skip
    print(table("The listener's memory", ("listener", "idle", "a third in a call"), rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
