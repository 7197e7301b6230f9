"""The statistics pages: whose figures, where they lead, what they cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.test import Client

from callcenter.accounts.models import Membership
from callcenter.groups.models import Queue
from callcenter.tenants.scope import tenant_scope
from reports.rendering.document import Document
from reports.statistics.documents import Setting, agents_document, groups_document
from reports.statistics.selection import Selection
from reports.statistics.tables import HEADLINE
from telephony.calls.models import QueueVisit
from tests.cast import Company, limit_to, make_company
from tests.reports.statistics.visits import AT, make_visit

pytestmark = pytest.mark.django_db
WEEK = "since=2026-11-16T00:00&until=2026-11-23T00:00&zone=Europe/Tallinn"
PAGES = ("", "agents/", "intervals/", "comparison/", "calls/")


def signed_in(company: Company, role: str = "manager") -> Client:
    client = Client()
    client.force_login(company.people[role])
    return client


def page(client: Client, path: str = "", query: str = WEEK, slug: str = "alice") -> str:
    answer = client.get(f"/t/{slug}/statistics/{path}?{query}")
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def links_of(html: str) -> list[tuple[str, str]]:
    """(address, what stands in it) of every figure that leads to calls."""
    found = re.findall(r'<a href="(/t/alice/statistics/calls/[^"]*)">([^<]*)</a>', html)
    return [(unescape(url), text) for url, text in found]


@pytest.mark.parametrize("path", PAGES)
def test_without_any_call_pages_say_so(alice: Company, path: str) -> None:
    html = page(signed_in(alice), path)
    assert links_of(html) == []
    if path == "":
        boxes = re.findall(r'class="stats-value">([^<]*)<', html)
        assert len(boxes) == len(HEADLINE)
        assert set(boxes) == {"0", "-"}


@pytest.mark.parametrize("make", [groups_document, agents_document])
def test_without_groups_and_agents_all_of_them_have_a_row(
    alice: Company, make: Callable[[Setting, Selection], Document]
) -> None:
    with tenant_scope(alice.tenant.pk):
        found = make(Setting("Alice", "en", AT), Selection(AT, AT + timedelta(days=1), "UTC"))
    for table in found.tables:
        assert table.rows, table.key
    (row,) = next(one for one in found.tables if one.key in ("groups", "agents")).rows
    assert row.is_total
    assert row.values[:3] == ("All", 0, 0)
    assert None in row.values


def test_before_anything_was_known_is_not_nothing(alice: Company) -> None:
    make_visit(alice, AT)

    def told(path: str) -> list[str]:
        html = page(signed_in(alice), path)
        rows = re.findall(r'<th scope="row">[^<]*before</th>(.*?)</tr>', html)
        return [
            re.sub("<[^>]*>", "", cell) for row in rows for cell in re.findall("<td.*?</td>", row)
        ]

    boxes = re.findall(r'class="stats-before">(.*?)</dd>', page(signed_in(alice)))
    assert {words.split("·")[-1].strip() for words in boxes} == {"before: -"}
    assert set(told("comparison/")) == {"-"}
    make_visit(alice, AT - timedelta(days=21))
    boxes = re.findall(r'class="stats-before">(.*?)</dd>', page(signed_in(alice)))
    assert "before: 0" in {words.split("·")[-1].strip() for words in boxes}
    assert "0" in told("comparison/")


def test_a_groups_figures(alice: Company, history: None) -> None:
    html = page(signed_in(alice))
    row = re.search(r'<tr><th scope="row">Sales</th>(.*?)</tr>', html)
    assert row is not None
    cells = [re.sub("<[^>]*>", "", cell) for cell in re.findall("<td[^>]*>(.*?)</td>", row[1])]
    assert cells[:6] == ["6", "3", "3", "2", "1", "33.3 %"]
    assert cells[8] == "0:20"  # average speed of answer
    assert cells[13:15] == ["1", "1"]


@pytest.mark.parametrize("path", PAGES[:4])
@pytest.mark.parametrize("filters", ["", "&weekdays=3,4&from=09:00&to=11:00", "&agents={agent}"])
def test_every_figure_leads_to_its_calls(
    alice: Company, history: None, path: str, filters: str
) -> None:
    client = signed_in(alice)
    filters = filters.format(agent=alice.agents[0].pk)
    found = links_of(page(client, path, WEEK + filters))
    assert found
    tried = 0
    for url, text in found:
        listed = client.get(url).content.decode()
        rows = len(re.findall(r"<tr(?: class=\"is-lost\")?>\s*<td>", listed))
        count = re.search(r"([0-9]+) calls?</h2>", listed)
        assert count is not None, url
        assert rows == int(count[1]) > 0, url
        if text.isdigit():
            tried += 1
            assert rows == int(text), url
    assert tried >= 2


def test_the_list_says_what_it_lists(alice: Company, history: None) -> None:
    query = f"{WEEK}&groups={alice.group.pk}&weekdays=3&from=09:00&to=12:00&figure=abandoned"
    html = page(signed_in(alice), "calls/", query)
    assert "Abandoned: 2 calls" in html
    assert "Offered calls that the caller gave up" in html
    for words in ("Groups: Sales", "Wednesday", "09:00–12:00", "Europe/Tallinn"):
        assert words in html
    assert "Number withheld" in html
    assert "10:03:00" in html  # where it was counted, not in UTC


def test_the_list_says_who_let_it_ring(alice: Company, history: None) -> None:
    first, second = alice.agents
    with tenant_scope(alice.tenant.pk):
        one = QueueVisit.objects.filter(outcome="abandoned").latest("pk")
        QueueVisit.objects.filter(pk=one.pk).update(left_by=[0, first.pk, second.pk])
    html = page(signed_in(alice), "calls/", f"{WEEK}&figure=left_ringing")
    assert "Left ringing: 1 call<" in html
    assert f"left ringing by an unknown agent, {first.name}, {second.name}" in html
    assert html.count("left ringing by") == 1
    of_second = page(signed_in(alice), "agents/", f"{WEEK}&agents={second.pk}")
    urls = {url for url, _ in links_of(of_second) if "figure=left_ringing" in url}
    assert urls
    for url in urls:
        assert "Left ringing: 1 call<" in signed_in(alice).get(url).content.decode()
    answer = signed_in(alice).get(
        f"/t/alice/statistics/export/?{WEEK}&page=statistics_calls&figure=left_ringing&format=csv"
    )
    text = b"".join(answer).decode()
    assert f'"an unknown agent, {first.name}, {second.name}"' in text


@pytest.mark.parametrize("path", ["", "agents/"])
def test_who_still_talks_lowers_no_average(alice: Company, path: str) -> None:
    def averages() -> list[str]:
        html = page(signed_in(alice), path, f"{WEEK}&agents={alice.agents[0].pk}")
        return re.findall(r"figure=(?:average_talk|aht)[^>]*>([^<]*)<", html)

    visit = make_visit(alice, AT)
    with tenant_scope(alice.tenant.pk):
        QueueVisit.objects.filter(pk=visit.pk).update(ended_at=None, talk_seconds=0)
    assert averages() == []
    make_visit(alice, AT, talk=80)
    assert set(averages()) == {"1:20"}
    url = next(url for url, _ in links_of(page(signed_in(alice), path)) if "average_talk" in url)
    assert "Average talk: 1 call<" in signed_in(alice).get(url).content.decode()


def test_how_long_they_talk_is_not_known_before_the_end(alice: Company) -> None:
    visit = make_visit(alice, AT)

    def talked() -> str:
        cell = re.search(r'data-label="Talked">([^<]*)<', page(signed_in(alice), "calls/"))
        return cell[1] if cell else ""

    assert talked() == "1:00"
    with tenant_scope(alice.tenant.pk):
        QueueVisit.objects.filter(pk=visit.pk).update(ended_at=None, talk_seconds=0)
    assert talked() == "–"


def test_numbers_are_masked_without_the_right(alice: Company, history: None) -> None:
    assert "5550 1234" in page(signed_in(alice, "supervisor"), "calls/").replace("\xa0", " ")
    with tenant_scope(alice.tenant.pk):
        Membership.objects.filter(user=alice.people["manager"]).update(
            denied_rights=["calls.see_numbers"]
        )
    html = page(signed_in(alice), "calls/")
    assert "1234" not in re.sub(r'href="[^"]*"|id="[^"]*"', "", html)


def test_a_person_limited_to_groups_sees_these_alone(
    alice: Company, support: Queue, history: None
) -> None:
    limit_to(alice.people["supervisor"], support.group)
    client = signed_in(alice, "supervisor")
    for path in PAGES:
        assert "Sales" not in page(client, path), path
    assert "Offered: 2 calls" in page(client, "calls/")
    refused = page(client, "calls/", f"{WEEK}&groups={alice.group.pk}")
    assert "You may not see this group" in refused
    assert "calls-table" not in refused
    assert ">2</a>" in page(client, "agents/")


def test_another_companys_calls_count_for_nobody_here(alice: Company, history: None) -> None:
    bob = make_company("bob", number="+3726001002")
    client = signed_in(bob)
    for path in PAGES:
        query = f"{WEEK}&groups={alice.group.pk}"
        html = page(client, path, query, slug="bob")
        assert "&amp;figure=" not in html.replace("page=statistics_calls", ""), path
        if path == "calls/":
            assert "Offered: 0 calls" in html
    assert Client().get("/t/alice/statistics/").status_code == 302
    assert client.get("/t/alice/statistics/").status_code == 404


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("since=2026-11-22T10:00&until=2026-11-22T09:00", "The end must come after"),
        ("since=yesterday", "Give a date and a time"),
        ("since=0001-01-01T00:00", "Choose at most"),
        ("zone=Mars/Olympus", "There is no time zone"),
        ("from=25:00", "Give a time of day"),
        ("weekdays=8", "Weekdays are 1"),
        ("groups=x", "Give ids"),
        ("period=soon", "soon"),
        ("within=8", "Give two times"),
        ("within=10:00-09:00", "Give two times"),
    ],
)
def test_nonsense_is_refused_in_words(alice: Company, query: str, words: str) -> None:
    client = signed_in(alice)
    for path in PAGES:
        assert words in page(client, path, query), path


def test_what_was_chosen_stays_beside_a_refusal(alice: Company, support: Queue) -> None:
    query = (
        f"since=2026-11-22T10:00&until=2026-11-22T09:00&groups={support.group_id}&weekdays=1,5"
        f"&agents={alice.agents[0].pk}&from=08:00&zone=UTC"
    )
    for path in PAGES:
        html = page(signed_in(alice), path, query)
        assert "The end must come after" in html
        for field in (
            'name="since" value="2026-11-22T10:00"',
            'name="until" value="2026-11-22T09:00"',
            'name="from" value="08:00"',
            f'name="groups" value="{support.group_id}" checked',
            f'name="agents" value="{alice.agents[0].pk}" checked',
            'name="weekdays" value="1" checked',
            'name="weekdays" value="5" checked',
            "<option selected>UTC</option>",
        ):
            assert field in html, (path, field)


def test_a_figure_that_does_not_exist_has_no_list(alice: Company) -> None:
    html = page(signed_in(alice), "calls/", "figure=nonsense")
    assert "There are no calls behind this figure" in html


@pytest.mark.parametrize("path", PAGES)
def test_queries_do_not_grow_with_rows(
    alice: Company, support: Queue, path: str, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(alice)
    make_visit(alice, AT)
    page(client, path)
    counts = []
    for _round in range(2):
        with django_assert_max_num_queries(40) as found:
            page(client, path)
        counts.append(len(found))
        for hour in range(12):
            make_visit(alice, AT + timedelta(hours=hour), queue=support, agent=hour % 2)
    assert counts[0] == counts[1]


def test_who_called_again_is_on_the_page_of_groups(alice: Company, support: Queue) -> None:
    for minutes, number in ((0, "+3725550001"), (30, "+3725550001"), (40, "+3725550002")):
        make_visit(alice, AT + timedelta(minutes=minutes), caller=number)
    client = signed_in(alice)
    html = page(client).partition("Calls that came again")[2]
    row = re.search(r'<tr><th scope="row">Sales</th>(.*?)</tr>', html)
    assert row is not None
    cells = [re.sub("<[^>]*>", "", cell) for cell in re.findall("<td[^>]*>(.*?)</td>", row[1])]
    assert cells == ["3", "1", "66.7 %"]
    again = next(url for url, _ in links_of(html) if "figure=repeated" in url)
    assert "1 call</h2>" in client.get(again).content.decode()
    assert "Calls that came again" not in page(client, query="period=this_year")
