"""The Calls page: who sees which calls and numbers, filters, paging, export."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from callcenter.accounts.models import Membership
from callcenter.accounts.permissions import Right
from callcenter.groups.models import AgentGroup, GroupMember
from callcenter.tenants.scope import tenant_scope
from telephony.calls.models import Call, CallLeg, CallOutcome, QueueVisit
from telephony.calls.wording import OUTCOMES
from telephony.ledger.models import CompanyFact
from tests.cast import Company, make_company
from tests.telephony.calls.made import make_call, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice() -> Company:
    return make_company("alice", number="+3726001000")


@pytest.fixture
def bob() -> Company:
    return make_company("bob", number="+3726002000")


def shown(client: Client, query: str = "") -> list[int]:
    """Ids of the calls on the page, from the top."""
    answer = client.get(f"/t/alice/calls/{query}")
    assert answer.status_code == 200, answer
    return [row.id for row in answer.context["rows"]]


def test_a_call_with_its_legs_and_visits(alice: Company) -> None:
    call = make_call(alice)
    with tenant_scope(alice.tenant.pk):
        CallLeg.objects.create(
            call=call, position=0, uniqueid="a", channel="PJSIP/carrier-00000001", is_caller=True,
            number="+37255512345", started_at=call.started_at, ended_at=call.ended_at,
        )  # fmt: skip
        CallLeg.objects.create(
            call=call, position=1, uniqueid="b", channel="PJSIP/alice-101-00000002",
            extension="101", agent=alice.agents[0], started_at=call.started_at,
            ended_at=call.ended_at, ring_seconds=5, end="no_answer",
        )  # fmt: skip
        QueueVisit.objects.create(
            pbx="pbx1", callid="a", stay=1, call=call, queue_name="alice-sales",
            group=alice.group, entered_at=call.started_at, wait_seconds=4, outcome="answered",
            short_abandon_seconds=5, answer_within_seconds=20,
            service_level_mode="abandons_negative", left_by=[0, alice.agents[1].pk],
        )  # fmt: skip
    client = signed_in(alice, "supervisor")
    list_page = client.get("/t/alice/calls/").content.decode()
    assert "Charlie" in list_page
    assert "5551 2345" in list_page
    drawer = client.get(f"/t/alice/calls/{call.pk}/", headers={"HX-Request": "true"})
    text = drawer.content.decode()
    assert "<html" not in text
    for word in (
        "no answer", "rang 0:05", "Sales", "within the 20 s aimed at",
        f"left ringing by an unknown agent, {alice.agents[1].name}",
    ):  # fmt: skip
        assert word in text, word
    whole = client.get(f"/t/alice/calls/{call.pk}/").content.decode()
    assert "<html" in whole


def test_a_call_between_colleagues_is_called_back_on_the_other_side(alice: Company) -> None:
    first, second = (agent.pk for agent in alice.agents)
    made = make_call(
        alice, direction="internal", caller_number="101", caller_name="Agent", dialled="102",
        party_digits="102", group_ids=[], group_id=None, agent_ids=[first, second],
        agent_id=second,
    )  # fmt: skip
    for role, other in (("agent", "102"), ("supervisor", "101"), ("admin", "102")):
        client = signed_in(alice, role)
        for address in ("/t/alice/calls/", f"/t/alice/calls/{made.pk}/"):
            page = client.get(address).content.decode()
            assert f'data-dial="{other}"' in page, (role, address)
            assert page.count("data-dial=") == 1, (role, address)
        assert f"number={other}&" in client.get(address).context["notes_query"]


def transferred_out(company: Company, to: int | None, extension: str) -> Call:
    """Agent 101 sent a caller to an outside number, which the PBX gave the agent's name."""
    told = {"kind": "transferred", "at": timezone.now().isoformat(), "by": 1, "to": to,
            "exten": extension}  # fmt: skip
    call = make_call(company, moments=[told])
    rest = {"call": call, "started_at": call.started_at, "ended_at": call.ended_at}
    with tenant_scope(company.tenant.pk):
        CallLeg.objects.create(
            position=0, uniqueid="a", channel="PJSIP/carrier-1", is_caller=True, name="Charlie",
            number="+37255512345", **rest,
        )  # fmt: skip
        CallLeg.objects.create(
            position=1, uniqueid="b", channel="PJSIP/alice-101-2", extension="101",
            agent=company.agents[0], name="Anna Tamm", **rest,
        )  # fmt: skip
        CallLeg.objects.create(
            position=2, uniqueid="c", channel="PJSIP/carrier-3", name="Anna Tamm",
            number="+37253330009", **rest,
        )  # fmt: skip
    return call


def test_an_outside_line_does_not_bear_the_name_of_who_transferred_to_it(alice: Company) -> None:
    call = transferred_out(alice, 2, "")
    steps = signed_in(alice, "admin").get(f"/t/alice/calls/{call.pk}/").context["steps"]
    assert [step.moment.words for step in steps if step.moment] == [
        f"{alice.agents[0].name} transferred the call to 5333 0009"
    ]
    assert [step.leg.title for step in steps if step.leg][-1] == "5333 0009"


def test_a_transfer_to_a_phone_that_did_not_ring_names_its_owner(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        CompanyFact.objects.create(
            kind="phone", name="102", since=timezone.now() - timedelta(days=1),
            facts={"agent_id": alice.agents[1].pk},
        )  # fmt: skip
    call = transferred_out(alice, None, "102")
    steps = signed_in(alice, "admin").get(f"/t/alice/calls/{call.pk}/").context["steps"]
    first, second = (agent.name for agent in alice.agents)
    assert [step.moment.words for step in steps if step.moment] == [
        f"{first} transferred the call to {second}"
    ]


def test_a_strangers_call_does_not_exist(alice: Company, bob: Company) -> None:
    mine, theirs = make_call(alice), make_call(bob)
    client = signed_in(alice, "admin")
    assert shown(client) == [mine.pk]
    assert client.get(f"/t/alice/calls/{theirs.pk}/").status_code == 404
    assert client.get(f"/t/alice/calls/log/{bob.group.pk}/").status_code == 404
    assert signed_in(bob, "admin").get("/t/alice/calls/").status_code == 404
    assert signed_in(bob, "admin").get(f"/t/alice/calls/{mine.pk}/").status_code == 404


def test_agents_see_their_groups_and_their_own(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        other = AgentGroup.objects.create(slug="other", name="Other")
        agent = alice.agents[0]
    colleague = alice.agents[1].pk
    in_group = make_call(alice, agent_ids=[colleague], agent_id=colleague)
    elsewhere = make_call(alice, group_ids=[other.pk], agent_ids=[colleague], agent_id=colleague)
    own = make_call(alice, group_ids=[], agent_ids=[agent.pk], direction="internal")
    client = signed_in(alice, "agent")
    assert set(shown(client)) == {in_group.pk, own.pk}
    assert client.get(f"/t/alice/calls/{elsewhere.pk}/").status_code == 404
    assert client.get(f"/t/alice/calls/log/{other.pk}/").status_code == 404
    with tenant_scope(alice.tenant.pk):
        GroupMember.objects.filter(agent=agent).delete()
    assert shown(client) == [own.pk]


def test_a_supervisor_limited_to_a_group_sees_that_group(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        other = AgentGroup.objects.create(slug="other", name="Other")
        Membership.objects.filter(user=alice.people["supervisor"]).update(group_ids=[other.pk])
    make_call(alice)
    make_call(alice, group_ids=[])
    theirs = make_call(alice, group_ids=[alice.group.pk, other.pk])
    client = signed_in(alice, "supervisor")
    assert shown(client) == [theirs.pk]
    assert client.get(f"/t/alice/calls/log/{alice.group.pk}/").status_code == 404


def test_numbers_of_others_calls_are_masked_without_the_right(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        Membership.objects.filter(user=alice.people["agent"]).update(
            denied_rights=[Right.CALLS_NUMBERS.value]
        )
    own = make_call(alice, caller_name="", at=timezone.now())
    others = make_call(
        alice, caller_name="+37255598765", caller_number="+37255598765",
        party_digits="37255598765", agent_ids=[alice.agents[1].pk],
    )  # fmt: skip
    client = signed_in(alice, "agent")
    text = client.get("/t/alice/calls/").content.decode()
    assert "5551 2345" in text
    assert "8765" not in text
    assert "8765" not in client.get(f"/t/alice/calls/{others.pk}/").content.decode()
    # nor can it be found out by asking for it
    assert shown(client, "?number=98765") == []
    assert shown(client, "?number=12345") == [own.pk]


FILTERS: Iterable[tuple[str, str]] = [
    ("?direction=out", "out"),
    ("?outcome=abandoned", "lost"),
    ("?outcome=unanswered", "lost"),
    ("?number=%2B44%207700%20900123", "out"),
    ("?number=900123", "out"),
    ("?period=all&direction=internal", "old"),
    ("?since=2020-01-01&until=2020-01-02", "old"),
    ("?period=dates&since=2020-01-01&until=2020-01-01", "old"),
]


@pytest.mark.parametrize(("query", "found"), FILTERS)
def test_filters(alice: Company, query: str, found: str) -> None:
    calls = {
        "in": make_call(alice),
        "out": make_call(
            alice, direction="out", dialled="+447700900123", party_digits="447700900123"
        ),
        "lost": make_call(alice, outcome="abandoned", agent_ids=[], agent_id=None),
        "old": make_call(alice, direction="internal", at=datetime(2020, 1, 1, 12, tzinfo=UTC)),
    }
    assert shown(signed_in(alice, "admin"), query) == [calls[found].pk]


def test_an_outcome_has_one_word_as_badge_and_as_filter(alice: Company) -> None:
    make_call(alice)
    choices = dict(
        signed_in(alice, "admin").get("/t/alice/calls/").context["form"].fields["outcome"].choices
    )
    words = {value: str(choices[value]) for value in CallOutcome.values}
    assert words == {value: str(OUTCOMES[value].word) for value in CallOutcome.values}
    assert choices["unanswered"] not in words.values()
    assert len(set(words.values())) == len(words)


def test_filters_by_group_and_agent(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        other = AgentGroup.objects.create(slug="other", name="Other")
    first, second = alice.agents[0].pk, alice.agents[1].pk
    mine = make_call(alice)
    theirs = make_call(alice, group_ids=[other.pk], agent_ids=[second])
    client = signed_in(alice, "admin")
    assert shown(client, f"?group={other.pk}") == [theirs.pk]
    assert shown(client, f"?agent={first}") == [mine.pk]
    assert shown(client, f"?agent={first}&group={other.pk}") == []


@pytest.mark.parametrize(
    "query",
    [
        "?group=999999", "?group=x", "?since=yesterday", "?outcome=nice", "?direction=up",
        "?since=2020-02-01&until=2020-01-01", "?period=soon", "?number=" + "9" * 500,
        "?older=x", "?newer=99999999999999999999-1", "?older=999999999999999999-1",
    ],
)  # fmt: skip
def test_nonsense_in_the_address_does_no_harm(alice: Company, query: str) -> None:
    make_call(alice)
    assert signed_in(alice, "admin").get(f"/t/alice/calls/{query}").status_code == 200


def test_pages_hold_each_call_once_there_and_back(alice: Company) -> None:
    at = timezone.now() - timedelta(hours=1)
    made = [make_call(alice, at=at + timedelta(seconds=n // 3)).pk for n in range(120)]
    client = signed_in(alice, "admin")
    down, query = [], "?period=all"
    while query:
        page = client.get(f"/t/alice/calls/{query}").context["page"]
        down += [call.pk for call in page.calls]
        query = f"?period=all&older={page.older}" if page.older else ""
    assert down == made[::-1]
    page = client.get("/t/alice/calls/?newer=oldest").context["page"]
    assert [call.pk for call in page.calls] == made[:50][::-1]
    assert page.older is None
    up = [call.pk for call in page.calls]
    while page.newer:
        page = client.get(f"/t/alice/calls/?newer={page.newer}").context["page"]
        up = [call.pk for call in page.calls] + up
    assert up == made[::-1]


def visited(company: Company, call: Call, *groups: AgentGroup) -> None:
    with tenant_scope(company.tenant.pk):
        for stay, group in enumerate(groups):
            QueueVisit.objects.create(
                pbx="pbx1", callid=call.linkedid, stay=stay, call=call, queue_name=group.slug,
                group=group, entered_at=call.started_at + timedelta(seconds=stay),
                wait_seconds=1, outcome="overflowed", short_abandon_seconds=5,
                answer_within_seconds=20, service_level_mode="abandons_negative",
            )  # fmt: skip


def test_groups_stand_in_the_order_of_the_path(alice: Company) -> None:
    with tenant_scope(alice.tenant.pk):
        support, night = (
            AgentGroup.objects.create(slug=name.lower(), name=name) for name in ("Support", "Night")
        )
    every = [alice.group.pk, support.pk, night.pk]
    call = make_call(alice, group_ids=every)
    visited(alice, call, support, alice.group, support)
    client = signed_in(alice, "admin")
    told = "Support, Sales, Night"
    assert [row.groups for row in client.get("/t/alice/calls/").context["rows"]] == [told]
    assert client.get(f"/t/alice/calls/{call.pk}/").context["row"].groups == told
    recent = signed_in(alice, "agent").get("/t/alice/desk/recent/").context["recent"]
    assert [one.groups for one in recent] == [told]


def test_queries_do_not_grow_with_calls(alice: Company) -> None:
    client = signed_in(alice, "admin")
    with tenant_scope(alice.tenant.pk):
        other = AgentGroup.objects.create(slug="other", name="Other")
    both = [alice.group.pk, other.pk]
    visited(alice, make_call(alice, group_ids=both), other, alice.group)
    client.get("/t/alice/calls/")
    with CaptureQueriesContext(connection) as few:
        client.get("/t/alice/calls/")
    for _ in range(40):
        visited(alice, make_call(alice, group_ids=both), other, alice.group)
    with CaptureQueriesContext(connection) as many:
        client.get("/t/alice/calls/")
    assert len(many) == len(few)
    assert len(many) < 25


def test_new_calls_are_hinted_at(alice: Company) -> None:
    client = signed_in(alice, "admin")
    make_call(alice)
    since = client.get("/t/alice/calls/").context["newest"]
    assert client.get(f"/t/alice/calls/news/?after={since}").content.strip() == b""
    make_call(alice, at=timezone.now())
    make_call(alice, at=timezone.now(), direction="internal")
    assert b"2 new calls" in client.get(f"/t/alice/calls/news/?after={since}").content
    assert b"1 new call" in client.get(f"/t/alice/calls/news/?after={since}&direction=in").content


def test_the_log_of_a_group_has_its_last_99_with_the_unanswered_marked(alice: Company) -> None:
    at = timezone.now() - timedelta(days=40)
    made = [make_call(alice, at=at + timedelta(minutes=n)).pk for n in range(102)]
    lost = make_call(alice, outcome="abandoned", agent_ids=[], at=at + timedelta(days=1))
    make_call(alice, group_ids=[])
    answer = signed_in(alice, "agent").get(f"/t/alice/calls/log/{alice.group.pk}/")
    rows = answer.context["rows"]
    assert [row.id for row in rows] == [lost.pk, *made[:3:-1]]
    assert [row.id for row in rows if row.is_lost] == [lost.pk]
    assert "1 not answered" in answer.content.decode()


def test_hostile_names_are_shown_as_text(alice: Company) -> None:
    make_call(alice, caller_name="<script>alert(1)</script>")
    text = signed_in(alice, "admin").get("/t/alice/calls/").content.decode()
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert(1)" not in text
