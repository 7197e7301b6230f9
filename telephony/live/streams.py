"""Which streams an entity goes to. A right is a set of streams; nothing is filtered on delivery.

`tenant`: everything. `group:<id>`: one group's queues, calls and agents. `user:<id>`: a person's
own. `wall` and `wall:<group id>`: the same without who calls. `legs`: kept for services, not sent.
"""

from __future__ import annotations

from collections.abc import Iterator

from telephony.live.directory import Directory
from telephony.live.state import Entity

TENANT = "tenant"
WALL = "wall"
LEGS = "legs"


def group_stream(group_id: int) -> str:
    return f"group:{group_id}"


def user_stream(user_id: int) -> str:
    return f"user:{user_id}"


def wall_stream(group_id: int | None = None) -> str:
    return WALL if group_id is None else f"{WALL}:{group_id}"


def is_redacted(stream: str) -> bool:
    return stream == WALL or stream.startswith(f"{WALL}:")


def is_personal(stream: str) -> bool:
    return stream.startswith("user:")


def user_of(stream: str) -> str:
    """Whose personal stream it is, as text; "" for other streams."""
    return stream.removeprefix("user:") if is_personal(stream) else ""


def channel_group(tenant_id: int, stream: str) -> str:
    """The name of the channel layer's group that carries a stream."""
    return f"live.{tenant_id}.{stream.replace(':', '.')}"


def beat_group(tenant_id: int) -> str:
    return f"live.{tenant_id}.beat"


def streams_of_tenant(directory: Directory) -> Iterator[str]:
    """Every stream that exists for the tenant, also those with nothing in them."""
    yield from (TENANT, WALL, LEGS)
    groups = {queue.group_id for queue in directory.queues.values()}
    groups.update(group for agent in directory.agents.values() for group in agent.group_ids)
    for group_id in sorted(groups):
        yield group_stream(group_id)
        yield wall_stream(group_id)
    for agent in directory.agents.values():
        yield user_stream(agent.user_id)


def stream_plan(directory: Directory) -> object:
    """Equal for two directories by which the same entities go to the same streams."""
    queues = {name: queue.group_id for name, queue in directory.queues.items()}
    agents = {key: (agent.user_id, agent.group_ids) for key, agent in directory.agents.items()}
    return queues, agents


def streams_of(key: str, entity: Entity, directory: Directory) -> list[str]:
    """The streams of one entity; `pbx` belongs to all and is not asked for here."""
    kind = key.partition(":")[0]
    if kind == "_legs":
        return [LEGS]
    groups: list[int] = []
    users: list[int] = []
    if kind == "queue":
        groups = [entity["group_id"]]
    elif kind == "call":
        if entity["group_id"] is not None:
            groups = [entity["group_id"]]
        parked = entity.get("parked")
        by = [parked["by"]] if parked and parked["by"] is not None else []
        users = _users([*entity["ringing"], *entity["agents"], *by], directory)
    elif kind == "agent":
        agent_id = int(key.partition(":")[2])
        entry = directory.agents.get(agent_id)
        groups = sorted({*entity["groups"], *(entry.group_ids if entry else ())})
        users = _users([agent_id], directory)
    else:
        return []
    found = [TENANT, WALL]
    for group_id in groups:
        found += (group_stream(group_id), wall_stream(group_id))
    found += (user_stream(user_id) for user_id in users)
    return found


def _users(agent_ids: list[int], directory: Directory) -> list[int]:
    return [directory.agents[agent].user_id for agent in agent_ids if agent in directory.agents]


def redacted(key: str, entity: Entity) -> Entity:
    """Without who calls or is called, for screens on walls and people who may not see numbers."""
    if not key.startswith("call:"):
        return entity
    dialled = entity["dialled"] if entity["direction"] == "in" else ""
    shown = {"caller": "", "dialled": "", "hidden": True}
    if dialled:
        shown["dialled"] = entity["shown"]["dialled"]
    return {**entity, "caller": {"number": "", "name": ""}, "dialled": dialled, "shown": shown,
            "name_source": ""}  # fmt: skip
