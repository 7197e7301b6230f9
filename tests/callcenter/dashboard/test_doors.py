"""The pages' first paint, and what the doors let through."""

from __future__ import annotations

import json
import time

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from redis import Redis

from callcenter.accounts.models import Membership
from callcenter.accounts.permissions import Right
from callcenter.audit.services import HELIN_ITSELF
from callcenter.dashboard.wallboards.services import make_wallboard, revoke_wallboard
from callcenter.groups.models import AgentGroup, GroupMember, Queue
from callcenter.tenants.scope import tenant_scope
from telephony.calls.models import Call
from telephony.commands.models import PbxCommand
from telephony.live.store import beat_key, stream_key
from telephony.live.streams import LEGS, TENANT, group_stream
from tests.callcenter.dashboard.live_state import forget_live, heard, put_live
from tests.cast import Company, limit_to, make_company

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_live() -> None:
    forget_live()


@pytest.fixture
def alices() -> Company:
    return make_company("alice", number="+3726001000")


@pytest.fixture
def bobs() -> Company:
    return make_company("bob", number="+3726002000", first_extension=101)


def signed_in(company: Company, role: str) -> Client:
    client = Client()
    client.force_login(company.people[role], "allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_the_desk_shows_the_agents_state_groups_and_ringing_caller(alices: Company) -> None:
    agent = alices.agents[0]
    now = timezone.now().timestamp()
    put_live(
        alices,
        {
            f"agent:{agent.pk}": {
                "name": "Agent",
                "state": "ringing",
                "since": now - 3,
                "groups": [alices.group.pk],
                "call": "call:1",
                "extension": "101",
            },
            "call:1": {
                "direction": "in",
                "state": "waiting",
                "queue": "alice-sales",
                "group_id": alices.group.pk,
                "caller": {"name": "<b>Charlie</b>", "number": "+37255512345"},
                "dialled": "+3726001000",
                "shown": {"caller": "5551 2345", "dialled": "600 1000"},
                "started_at": now - 40,
                "joined_at": now - 33,
                "ringing": [agent.pk],
            },
        },
    )
    client = signed_in(alices, "agent")
    with heard(alices):
        page = client.get("/t/alice/desk/").content.decode()
    assert "&lt;b&gt;Charlie&lt;/b&gt;" in page
    assert "<b>Charlie" not in page
    assert "5551 2345" in page
    assert 'data-state="ringing"' in page
    assert "0:30" in page  # waited before the phone rang
    assert 'class=""' in page  # not stale


def test_a_listener_that_is_silent_leaves_the_desk_stale(alices: Company) -> None:
    agent = alices.agents[0]
    put_live(alices, {f"agent:{agent.pk}": {"name": "Agent", "state": "available"}})
    with Redis.from_url(settings.VALKEY_URL) as client:
        client.set(beat_key(alices.tenant.pbx), repr(time.time() - 6))
    page = signed_in(alices, "agent").get("/t/alice/desk/").content.decode()
    assert 'class=" is-stale"' in page
    assert "Stale since" in page


def test_nothing_known_is_shown_as_unknown_and_stale(alices: Company) -> None:
    page = signed_in(alices, "agent").get("/t/alice/desk/").content.decode()
    assert "Unknown" in page
    assert 'class=" is-stale"' in page
    assert "Nothing has been heard of the phone system yet" in page


def test_live_and_group_pages_come_with_every_tile_and_agent(alices: Company) -> None:
    client = signed_in(alices, "supervisor")
    page = client.get("/t/alice/live/?show=open&sort=waiting").content.decode()
    assert "Sales" in page
    assert 'data-sort="waiting"' in page
    page = client.get(f"/t/alice/live/{alices.group.pk}/").content.decode()
    assert all(agent.name in page for agent in alices.agents)
    manage = f"/t/alice/manage/groups/{alices.group.pk}/"
    assert manage not in page
    page = signed_in(alices, "manager").get(f"/t/alice/live/{alices.group.pk}/").content.decode()
    assert manage in page


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("agent", "live/", 403),
        ("agent", "live/wallboards/", 403),
        ("supervisor", "live/wallboards/", 403),
        ("supervisor", "live/", 200),
        ("manager", "live/wallboards/", 200),
        ("manager", "desk/", 200),
        ("agent", "desk/recent/", 200),
        ("agent", "live/today/", 200),
    ],
)
def test_pages_open_by_right(alices: Company, role: str, path: str, status: int) -> None:
    assert signed_in(alices, role).get(f"/t/alice/{path}").status_code == status


@pytest.mark.parametrize(
    ("role", "path"),
    [("agent", "desk/"), ("supervisor", "live/"), ("supervisor", "live/{group}/")],
)
@pytest.mark.parametrize("limited", [False, True])
def test_who_may_not_see_numbers_finds_none_in_the_page(
    alices: Company, role: str, path: str, limited: bool
) -> None:
    agent, supervisor = alices.agents[:2]
    first = a_live_call(alices, "Otto", "+37255500001", ringing=[agent.pk])
    second = a_live_call(alices, "Olga", "+37255500002", agents=[supervisor.pk])
    waiting = a_live_call(alices, "Willi", "+37255500003", state="waiting")
    put_live(
        alices,
        {
            f"agent:{agent.pk}": {"state": "ringing", "call": "call:1", "groups": []},
            f"agent:{supervisor.pk}": {"state": "in_call", "call": "call:2", "groups": []},
            "call:1": first, "call:2": second, "call:3": waiting,
        },
    )  # fmt: skip
    with tenant_scope(alices.tenant.pk):
        mine = Membership.objects.filter(user=alices.people[role])
        mine.update(
            denied_rights=[Right.CALLS_NUMBERS.value],
            group_ids=[alices.group.pk] if limited else [],
        )
    url = f"/t/alice/{path.format(group=alices.group.pk)}"
    page = signed_in(alices, role).get(url).content.decode()
    hidden = {"Otto": "5500001", "Olga": "5500002", "Willi": "5500003"}
    hidden.pop("Otto" if role == "agent" else "Olga")
    for word in (*hidden, *hidden.values()):
        assert word not in page
    if path != "live/":
        assert ("Otto" if role == "agent" else "Olga") in page
    if path != "live/":
        assert "Number hidden" in page


def a_live_call(company: Company, name: str, number: str, **more: object) -> dict[str, object]:
    now = timezone.now().timestamp()
    return {
        "direction": "in", "state": "talking", "queue": "alice-sales", "group_id": company.group.pk,
        "caller": {"name": name, "number": number}, "dialled": "+3726001000",
        "shown": {"caller": number, "dialled": "600 1000"}, "started_at": now, "joined_at": now,
        "answered_at": None, "ringing": [], "agents": [], "priority": 0, **more,
    }  # fmt: skip


def test_another_companys_things_do_not_exist(alices: Company, bobs: Company) -> None:
    client = signed_in(alices, "supervisor")
    assert client.get("/t/bob/live/").status_code == 404
    assert client.get(f"/t/alice/live/{bobs.group.pk}/").status_code == 404
    strange = f"/t/alice/live/agents/{bobs.agents[0].pk}/pause/"
    assert client.post(strange, {"reason": "lunch"}).status_code == 404
    own = signed_in(alices, "agent")
    assert own.post("/t/alice/desk/log-in/", {"group": bobs.group.pk}).status_code == 404
    assert own.post("/t/alice/desk/log-in/", {"group": "x"}).status_code == 404


def toast_of(response: object) -> dict[str, str]:
    found: dict[str, str] = json.loads(response["HX-Trigger"])["toast"]  # type: ignore[index]
    return found


def test_an_order_is_written_down_and_answered_by_a_toast(alices: Company) -> None:
    client = signed_in(alices, "agent")
    answer = client.post("/t/alice/desk/log-in/", {"group": alices.group.pk})
    assert (answer.status_code, toast_of(answer)["level"]) == (204, "sent")
    with tenant_scope(alices.tenant.pk):
        command = PbxCommand.objects.get()
    assert (command.kind, command.agent_id) == ("log_in", alices.agents[0].pk)


def test_a_refusal_says_why(alices: Company) -> None:
    answer = signed_in(alices, "agent").post("/t/alice/desk/pause/", {"reason": "nonsense"})
    assert answer.status_code == 422
    assert toast_of(answer)["level"] == "refused"
    assert "reason" in toast_of(answer)["text"]


def test_a_supervisor_pauses_an_agent(alices: Company) -> None:
    agent = alices.agents[0]
    with tenant_scope(alices.tenant.pk):
        GroupMember.objects.update(logged_in=True)
    client = signed_in(alices, "supervisor")
    answer = client.post(f"/t/alice/live/agents/{agent.pk}/pause/", {"reason": "lunch"})
    assert answer.status_code == 204
    assert agent.name in toast_of(answer)["text"]
    assert client.post(f"/t/alice/live/agents/{agent.pk}/fire/").status_code == 404
    refused = signed_in(alices, "agent").post(f"/t/alice/live/agents/{agent.pk}/resume/")
    assert refused.status_code == 403


@pytest.fixture
def support(alices: Company) -> AgentGroup:
    """A second group, with the same agent."""
    with tenant_scope(alices.tenant.pk):
        group = AgentGroup.objects.create(slug="support", name="Support")
        Queue.objects.create(group=group, slug="support", name="Support")
        GroupMember.objects.create(group=group, agent=alices.agents[0])
    return group


@pytest.mark.parametrize("order", ["log-in", "log-out"])
def test_a_supervisor_orders_for_the_groups_that_his_rights_reach(
    alices: Company, support: AgentGroup, order: str
) -> None:
    limit_to(alices.people["supervisor"], alices.group)
    client, path = signed_in(alices, "supervisor"), f"/t/alice/live/agents/{alices.agents[0].pk}/"
    assert client.post(f"{path}{order}/", {"group": support.pk}).status_code == 404
    assert client.post(f"{path}{order}/").status_code == 204
    with tenant_scope(alices.tenant.pk):
        (command,) = PbxCommand.objects.all()
    assert [one["queue"] for one in command.orders] == ["alice-sales"]


def test_a_supervisor_ends_no_call_of_a_group_that_his_rights_do_not_reach(
    alices: Company, support: AgentGroup
) -> None:
    agent = alices.agents[0]
    legs = {"name": "PJSIP/alice-101-00000001", "agent": agent.pk}
    call = {"direction": "in", "state": "talking", "group_id": support.pk, "queue": "alice-support"}
    tenant = alices.tenant
    with Redis.from_url(settings.VALKEY_URL) as valkey:
        for stream, key, entity in (
            (LEGS, "_legs:1", {"legs": [legs]}),
            (TENANT, "call:1", call),
            (group_stream(support.pk), "call:1", call),
        ):
            valkey.hset(stream_key(tenant.pk, stream), key, json.dumps(entity))
    path = f"/t/alice/live/agents/{agent.pk}/hang-up/"
    limit_to(alices.people["supervisor"], alices.group)
    client = signed_in(alices, "supervisor")
    assert client.post(path, {"call": "call:1"}).status_code == 404
    limit_to(alices.people["supervisor"], alices.group, support)
    assert client.post(path, {"call": "call:1"}).status_code == 204


def test_a_nul_is_no_pause_reason(alices: Company) -> None:
    answer = signed_in(alices, "agent").post("/t/alice/desk/pause/", {"reason": "lun\0ch"})
    assert answer.status_code == 422


def test_wallboards_show_no_more_than_their_maker_may_see(
    alices: Company, support: AgentGroup
) -> None:
    with tenant_scope(alices.tenant.pk):
        board, _token = make_wallboard(name="Everything", group_ids=[], by=HELIN_ITSELF)
    limit_to(alices.people["manager"], support)
    client, path = signed_in(alices, "manager"), "/t/alice/live/wallboards/"
    page = client.get(path).content.decode()
    assert "Everything" not in page
    assert "Sales" not in page
    assert client.post(f"{path}{board.pk}/revoke/").status_code == 404
    for groups in ([], [alices.group.pk]):
        assert client.post(path, {"name": "Mine", "groups": groups}).status_code == 422
    page = client.post(path, {"name": "Mine", "groups": [support.pk]}).content.decode()
    assert "/wallboard/" in page
    assert "Mine" in client.get(path).content.decode()


def test_a_wallboard_opens_by_its_address_until_it_is_taken_back(alices: Company) -> None:
    with tenant_scope(alices.tenant.pk):
        board, token = make_wallboard(name="Floor", group_ids=[], by=HELIN_ITSELF)
    anybody = Client()
    page = anybody.get(f"/wallboard/{token}/")
    assert page.status_code == 200
    assert "Sales" in page.content.decode()
    assert anybody.get(f"/wallboard/{token}/today/").json()["groups"]
    assert anybody.get("/wallboard/guess/").status_code == 404
    assert token not in board.digest
    with tenant_scope(alices.tenant.pk):
        revoke_wallboard(board=board, by=HELIN_ITSELF)
    assert anybody.get(f"/wallboard/{token}/").status_code == 404


def test_a_new_wallboards_address_is_shown_once(alices: Company) -> None:
    client = signed_in(alices, "manager")
    page = client.post("/t/alice/live/wallboards/", {"name": "Floor"}).content.decode()
    assert "/wallboard/" in page
    again = client.get("/t/alice/live/wallboards/").content.decode()
    assert "http://testserver/wallboard/" not in again
    assert "Floor" in again


def test_the_box_finds_groups_and_agents_of_the_own_company_only(
    alices: Company, bobs: Company
) -> None:
    client = signed_in(alices, "supervisor")
    page = client.get("/t/alice/find/", {"q": "sal"}).content.decode()
    assert f"/t/alice/live/{alices.group.pk}/" in page
    assert f"/live/{bobs.group.pk}/" not in page
    assert "Agent" in client.get("/t/alice/find/", {"q": "age"}).content.decode()
    assert "live/" not in signed_in(alices, "agent").get("/t/alice/find/?q=sal").content.decode()


def test_the_last_calls_are_the_agents_own(alices: Company) -> None:
    agent, other = alices.agents
    with tenant_scope(alices.tenant.pk):
        now = timezone.now()
        for number, agent_ids, talked, ended_at in (
            ("+37255512345", [agent.pk], 75, now),
            ("+37255500000", [agent.pk], 0, now),
            ("+37255511111", [agent.pk], 0, None),
            ("+37255599999", [other.pk], 9, now),
        ):
            Call.objects.create(
                pbx="pbx1",
                linkedid=number,
                direction="in",
                caller_number=number,
                group=alices.group,
                agent_ids=agent_ids,
                started_at=now,
                answered_at=now if talked else None,
                ended_at=ended_at,
                talk_seconds=talked,
                outcome="answered" if talked else "abandoned",
            )
    page = signed_in(alices, "agent").get("/t/alice/desk/recent/").content.decode()
    assert "5551 2345" in page
    assert "1:15" in page
    assert page.count("Not answered") == 2  # its icon's label and title, once
    assert page.count("running") == 1
    assert "5559 9999" not in page


def test_an_own_internal_call_stands_under_who_was_called(alices: Company) -> None:
    caller, called = alices.agents
    with tenant_scope(alices.tenant.pk):
        now = timezone.now()
        Call.objects.create(
            pbx="pbx1",
            linkedid="1",
            direction="internal",
            caller_number="101",
            caller_name="Alice at 101",
            dialled="102",
            agent_ids=[caller.pk, called.pk],
            started_at=now,
            ended_at=now,
            outcome="no_answer",
        )
    mine = signed_in(alices, "agent").get("/t/alice/desk/recent/").content.decode()
    assert ">102<" in mine
    assert "Alice at 101" not in mine
    theirs = signed_in(alices, "supervisor").get("/t/alice/desk/recent/").content.decode()
    assert "Alice at 101" in theirs
    assert ">102<" not in theirs
