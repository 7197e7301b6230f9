"""The live socket: who may hear what, snapshots and deltas, and that strangers learn nothing.

Against the real ASGI application, PostgreSQL and Valkey; the broadcaster is the product's own.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from callcenter.accounts.models import Membership
from callcenter.accounts.permissions import Right
from callcenter.dashboard.wallboards.services import make_wallboard, revoke_wallboard
from callcenter.groups.models import AgentGroup
from callcenter.tenants.scope import tenant_scope
from tests.callcenter.dashboard.sockets import (
    NOBODY,
    Socket,
    World,
    closing_code,
    socket_of,
)
from tests.cast import make_user

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_supervisor_hears_the_whole_tenant(world: World) -> None:
    supervisor = world.alice.people["supervisor"]
    socket = await socket_of(supervisor)
    assert await socket.open()
    found = await socket.snapshots(2)
    assert set(found) == {"tenant", f"user:{supervisor.pk}"}
    whole = found["tenant"]
    assert "queue:alice-sales" in whole["entities"]
    assert {f"agent:{agent.pk}" for agent in world.alice.agents} <= set(whole["entities"])
    assert whole["at"] == 1000.5  # when the listener was last heard, not when it was asked
    assert whole["now"] > 1_700_000_000
    await world.say(world.call())
    frame = await socket.frame()
    assert (frame["type"], frame["version"]) == ("delta", whole["version"] + 1)
    assert frame["set"]["call:1"]["caller"]["name"] == "Erika"
    await socket.close()


async def test_an_agent_hears_the_own_groups_and_calls(world: World) -> None:
    user, agent = world.alice.people["agent"], world.alice.agents[0]
    socket = await socket_of(user)
    await socket.open()
    found = await socket.snapshots(2)
    assert set(found) == {f"user:{user.pk}", f"group:{world.alice.group.pk}"}
    assert set(found[f"user:{user.pk}"]["entities"]) == {f"agent:{agent.pk}"}
    await world.say(world.call(ringing=[agent.pk]))
    frames = [await socket.frame(), await socket.frame()]
    assert {frame["stream"] for frame in frames} == set(found)
    await socket.close()


async def test_an_agent_of_another_group_hears_nothing_of_it(world: World) -> None:
    with tenant_scope(world.alice.tenant.pk):
        other = await sync_to_async(AgentGroup.objects.create)(slug="legal", name="Legal")
    socket = await socket_of(world.alice.people["agent"])
    await socket.open()
    await socket.snapshots(2)
    await world.say(world.call(group_id=other.pk, queue="alice-legal"))
    assert await socket.is_silent()
    await socket.close()


async def test_a_supervisor_of_one_group_hears_that_group_only(world: World) -> None:
    supervisor = world.alice.people["supervisor"]
    with tenant_scope(world.alice.tenant.pk):
        limited = Membership.objects.filter(user=supervisor)
        await sync_to_async(limited.update)(group_ids=[world.alice.group.pk])
    socket = await socket_of(supervisor)
    await socket.open()
    found = await socket.snapshots(2)
    assert set(found) == {f"user:{supervisor.pk}", f"group:{world.alice.group.pk}"}
    await socket.close()


@pytest.mark.parametrize(
    ("role", "limit"), [("supervisor", False), ("supervisor", True), ("agent", False)]
)
async def test_who_may_not_see_numbers_hears_them_of_own_calls_only(
    world: World, role: str, limit: bool
) -> None:
    group_ids = [world.alice.group.pk] if limit else []
    user, agent = world.alice.people[role], world.alice.agents[0]
    with tenant_scope(world.alice.tenant.pk):
        rows = Membership.objects.filter(user=user)
        await sync_to_async(rows.update)(
            denied_rights=[Right.CALLS_NUMBERS.value], group_ids=group_ids
        )
    socket = await socket_of(user)
    await socket.open()
    whole = "wall" if role == "supervisor" and not limit else f"wall:{world.alice.group.pk}"
    assert set(await socket.snapshots(2)) == {f"user:{user.pk}", whole}
    await world.say(world.call())
    frame = await socket.frame()
    assert frame["stream"] == whole
    assert not {"Erika", "+3725"} & set(json.dumps(frame).split('"'))
    if role == "agent":
        await world.say(world.call(ringing=[agent.pk]))
        found = {frame["stream"]: frame for frame in (await socket.frame(), await socket.frame())}
        assert found[f"user:{user.pk}"]["set"]["call:1"]["caller"]["name"] == "Erika"
        assert "Erika" not in json.dumps(found[whole])
    await socket.close()


async def test_strangers_learn_nothing(world: World) -> None:
    bobs = world.bob.people["admin"]
    assert await closing_code(await socket_of(bobs)) == 4404
    assert await closing_code(await socket_of(bobs, slug="nosuchtenant")) == 4404
    assert await closing_code(Socket("/ws/t/alice/live/")) == 4404
    assert await closing_code(Socket("/ws/t/alice/live/", "no-such-session")) == 4404


async def test_an_operator_may_look(world: World) -> None:
    operator = await sync_to_async(make_user)("staff@helin.example", operator=True)
    socket = await socket_of(operator)
    await socket.open()
    assert "tenant" in await socket.snapshots(2)
    await socket.close()


async def test_a_page_of_another_site_is_refused(world: World) -> None:
    supervisor = world.alice.people["supervisor"]
    foreign = await socket_of(supervisor, origin="http://evil.example")
    assert await closing_code(foreign) == 4404
    program = await socket_of(supervisor, origin="")
    assert await program.open()
    assert "tenant" in await program.snapshots(2)
    await program.close()


async def test_an_address_that_is_no_socket_is_refused(world: World) -> None:
    assert not await Socket("/ws/somewhere/").open()


async def test_a_wallboard_by_its_token(world: World) -> None:
    def make(group_ids: list[int]) -> tuple[Any, str]:
        with tenant_scope(world.alice.tenant.pk):
            return make_wallboard(name="Hall", group_ids=group_ids, by=NOBODY)

    board, token = await sync_to_async(make)([])
    await world.say(world.call())
    socket = Socket(f"/ws/wallboard/{token}/")
    await socket.open()
    wall = (await socket.snapshots(1))["wall"]
    assert wall["entities"]["call:1"]["caller"] == {"number": "", "name": ""}
    assert "Erika" not in json.dumps(wall)
    await socket.close()

    _, of_group = await sync_to_async(make)([world.alice.group.pk])
    socket = Socket(f"/ws/wallboard/{of_group}/")
    await socket.open()
    assert set(await socket.snapshots(1)) == {f"wall:{world.alice.group.pk}"}
    await socket.close()

    def revoke() -> None:
        with tenant_scope(world.alice.tenant.pk):
            revoke_wallboard(board=board, by=NOBODY)

    await sync_to_async(revoke)()
    assert await closing_code(Socket(f"/ws/wallboard/{token}/")) == 4404
    assert await closing_code(Socket("/ws/wallboard/guess/")) == 4404
