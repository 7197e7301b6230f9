"""API v1 of the statistics: the same figures, refused in words, true to its schema."""

from __future__ import annotations

import pytest

from callcenter.accounts.permissions import ApiScope
from reports.statistics.figures import FIGURES
from tests.api.test_api import client_with, key_for
from tests.cast import Company, make_company
from tests.reports.statistics.visits import AT, make_visit

pytestmark = pytest.mark.django_db
URL = "/api/v1/statistics/"
WEEK = "since=2026-11-16T00:00:00%2B02:00&until=2026-11-23T00:00:00%2B02:00&zone=Europe/Tallinn"
PATHS = ("", "definitions/", "visits/")


@pytest.mark.parametrize("path", PATHS)
def test_it_takes_a_key_with_the_scope(alice: Company, path: str) -> None:
    wrong = client_with(key_for(alice, ApiScope.CALLS_READ))
    right = client_with(key_for(alice, ApiScope.STATISTICS_READ))
    assert wrong.get(URL + path).status_code == 403
    assert right.get(URL + path).status_code == 200


def test_figures_by_group_lead_to_their_visits(alice: Company, history: None) -> None:
    client = client_with(key_for(alice))
    answer = client.get(f"{URL}?{WEEK}&by=group").json()
    assert answer["zone"] == "Europe/Tallinn"
    assert answer["since"] == "2026-11-16T00:00:00+02:00"
    rows = {row["name"]: row for row in answer["rows"]}
    sales = rows["Sales"]["figures"]
    assert (sales["offered"], sales["answered"], sales["abandoned"]) == (6, 3, 2)
    assert (sales["service_level"], sales["asa"]) == (33.3, 20.0)
    assert answer["total"]["figures"]["offered"] == 8
    tried = 0
    for row in answer["rows"]:
        for key, value in row["figures"].items():
            if FIGURES[key].kind == "count" and value:
                tried += 1
                listed = client.get(f"{row['visits']}&figure={key}").json()
                assert listed["count"] == len(listed["visits"]) == value, key
                assert listed["definition"] == str(FIGURES[key].definition)
    assert tried > 10


def test_no_calls_are_null(alice: Company) -> None:
    total = client_with(key_for(alice)).get(URL).json()["total"]["figures"]
    assert total["offered"] == 0
    assert total["service_level"] is None
    assert total["asa"] is None


def test_intervals_come_in_order_and_whole(alice: Company, history: None) -> None:
    client = client_with(key_for(alice))
    days = client.get(f"{URL}?{WEEK}&by=day&figures=offered&figures=fcr").json()["rows"]
    assert [row["key"] for row in days] == [f"2026-11-{day}" for day in range(16, 23)]
    assert [row["figures"]["offered"] for row in days] == [0, 0, 6, 1, 1, 0, 0]
    assert set(days[0]["figures"]) == {"offered", "fcr"}
    heat = client.get(f"{URL}?{WEEK}&by=weekday_hour&weekdays=3&from=09:00&to=11:00").json()
    assert [(row["key"], row["figures"]["offered"]) for row in heat["rows"]] == [
        ("3-9", 0),
        ("3-10", 6),
    ]


def test_visits_come_page_by_page(alice: Company, history: None) -> None:
    client = client_with(key_for(alice))
    url = f"{URL}visits/?{WEEK}&figure=offered&limit=5"
    first = client.get(url).json()
    second = client.get(f"{url}&cursor={first['older']}").json()
    assert (first["count"], len(first["visits"]), len(second["visits"])) == (8, 5, 3)
    assert second["older"] is None
    entered = [one["entered_at"] for one in first["visits"] + second["visits"]]
    assert entered == sorted(entered, reverse=True)
    assert client.get(f"/api/v1/calls/{first['visits'][0]['call_id']}/").status_code == 200


def test_another_companys_calls_are_nobodys(alice: Company, history: None) -> None:
    bob = make_company("bob", number="+3726001002")
    make_visit(bob, AT)
    client = client_with(key_for(bob))
    answer = client.get(f"{URL}?{WEEK}&groups={alice.group.pk}").json()
    assert answer["total"]["figures"]["offered"] == 0
    assert client.get(f"{URL}visits/?{WEEK}").json()["count"] == 1


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("by=moon", 400, "by:"),
        ("since=yesterday", 400, "since:"),
        ("groups=x", 400, "groups:"),
        ("weekdays=8", 400, "weekdays:"),
        ("from=25:00", 400, "from:"),
        ("figures=luck", 400, "figures:"),
        ("period=soon", 400, "period:"),
        ("zone=Mars/Olympus", 409, "There is no time zone"),
        ("since=2026-11-22&until=2026-11-21", 409, "The end must come after"),
        ("since=1999-01-01", 409, "Choose at most"),
        ("by=quarter_hour&period=this_year", 409, "shorter period"),
    ],
)
def test_nonsense_is_refused_in_words(
    alice: Company,
    query: str,
    status: int,
    words: str,
) -> None:
    answer = client_with(key_for(alice)).get(f"{URL}?{query}")
    assert answer.status_code == status
    assert words in answer.json()["detail"]
