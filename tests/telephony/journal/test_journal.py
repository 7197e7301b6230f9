"""The journal: one's own calls, numbers as they are read here, people who are known in blue."""

import re
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from playwright.sync_api import Page, expect

from callcenter.audit.services import HELIN_ITSELF
from callcenter.tenants.scope import tenant_scope
from phonebook.contacts.drafts import ContactDraft, NumberDraft
from phonebook.contacts.services import company_book, create_contact
from phonebook.notes.models import Project
from telephony.journal import rows as journal_rows
from tests.callcenter.dashboard.test_screens import open_as
from tests.cast import Company, make_company
from tests.telephony.calls.made import make_call

URL = "/t/alice/journal/"


@pytest.fixture
def alice(transactional_db: None) -> Company:
    return make_company("alice", number="+3726001000")


def agent_of(company: Company) -> Client:
    client = Client()
    client.force_login(company.people["agent"])
    return client


def entries(company: Company, query: str = "") -> list[journal_rows.Entry]:
    answer = agent_of(company).get(f"{URL}{query}")
    assert answer.status_code == 200
    return list(answer.context["entries"])


def know(company: Company, entered: str) -> None:
    draft = ContactDraft(
        name="Mari Tamm", address="Pikk 1, Tallinn", numbers=(NumberDraft(entered),)
    )
    with tenant_scope(company.tenant.pk):
        create_contact(book=company_book(), draft=draft, by=HELIN_ITSELF)


def test_numbers_by_the_rules_and_people_by_name(alice: Company) -> None:
    know(alice, "55 51 23-45")
    make_call(alice)
    make_call(alice, caller_number="+37255500000", party_digits="37255500000", caller_name="")
    make_call(
        alice, direction="out", dialled="+4930123456", party_digits="4930123456",
        caller_number="101", caller_name="",
    )  # fmt: skip
    make_call(alice, agent_ids=[alice.agents[1].pk])
    out, unknown, known = entries(alice)
    assert (known.contact, known.number) == ("Mari Tamm", "55 51 23-45"), "as it was entered"
    assert "Pikk 1, Tallinn" in known.address
    assert (unknown.contact_id, unknown.number) == (None, "5550 0000"), "without our own code"
    assert (out.number, out.heard.direction) == ("+49 30 123456", "out")
    about = parse_qs(known.about)
    assert about["contact"] == [str(known.contact_id)]
    assert float(about["to"][0]) - float(about["from"][0]) == 30


def test_a_withheld_number_is_called_so_in_every_list(alice: Company) -> None:
    call = make_call(
        alice, caller_number="anonymous", party_digits="", caller_name="Anonymous"
    )  # fmt: skip
    assert [entry.number for entry in entries(alice)] == ["Number withheld"]
    client = agent_of(alice)
    for path in ("calls/", f"calls/{call.pk}/"):
        page = re.sub("<[^>]*>", "", client.get(f"/t/alice/{path}").content.decode())
        assert "Number withheld" in page, path
        assert "nonymous" not in page, path


def test_a_session_is_a_filter(alice: Company) -> None:
    make_call(alice, at=timezone.now() - timedelta(hours=3))
    new = make_call(alice)
    since = (timezone.now() - timedelta(hours=1)).timestamp()
    assert [one.heard.call_id for one in entries(alice, f"?since={since}")] == [new.pk]
    assert len(entries(alice)) == 2
    assert len(entries(alice, "?since=nonsense")) == 2


def test_what_rings_and_runs_stands_first(alice: Company) -> None:
    me = alice.agents[0].pk
    caller = {"number": "+37255512345", "name": ""}
    document: dict[str, Any] = {
        "call:a": {"direction": "in", "caller": caller, "ringing": [me], "agents": [],
                   "started_at": 10.0, "answered_at": None},
        "call:b": {"direction": "out", "caller": {"number": "101"}, "dialled": "+3725551",
                   "ringing": [], "agents": [me], "started_at": 20.0, "answered_at": 22.0},
        "call:c": {"direction": "in", "caller": caller, "ringing": [me + 1], "agents": [],
                   "started_at": 30.0, "answered_at": None},
    }  # fmt: skip
    found = journal_rows.running(document, me, frozenset({"101"}), "pbx1")
    assert [(one.linkedid, one.number, one.look) for one in found] == [
        ("b", "+3725551", journal_rows.TALKING),
        ("a", "+37255512345", journal_rows.RINGING),
    ]


def test_as_many_queries_for_many_calls(alice: Company) -> None:
    client = agent_of(alice)

    def queries() -> int:
        with CaptureQueriesContext(connection) as counted:
            client.get(URL)
        return len(counted)

    know(alice, "5551 2345")
    make_call(alice)
    queries()
    few = queries()
    for _ in range(10):
        make_call(alice)
    assert queries() == few


def test_the_nearest_corner(node: str) -> None:
    module = Path(__file__).parents[3] / "static/js/journal/place.js"
    script = f"""
import {{ kept, middle, nearestCorner, placed }} from "{module.as_uri()}";
const view = {{ width: 1000, height: 800 }};
const at = (left, top) => nearestCorner(middle({{ left, top, width: 300, height: 300 }}, view));
console.log([at(0, 0), at(600, 10), at(10, 500), at(400, 300)].join());
const there = placed("bottom right", {{ width: 300, height: 300 }}, view, 48);
console.log([there.left, there.top, placed("top left", {{ width: 9e3, height: 9e3 }}, view, 48).width].join());
console.log(kept({{ left: -50, top: 9000, width: 300, height: 300 }}, view).top);
"""
    done = subprocess.run(
        [node, "--input-type=module", "-e", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [
        "top", "left,top", "right,bottom", "left,bottom", "right", "688,488,976", "752",
    ]  # fmt: skip


def test_the_place_is_the_persons_own(alice: Company) -> None:
    client, url = agent_of(alice), f"{URL}place/"
    assert client.get(url).json() == {}
    place = {"x": 900, "y": 120, "width": 410, "height": 300}
    assert client.post(url, place).status_code == 204
    assert client.post(url, {**place, "x": 12}).status_code == 204
    assert agent_of(alice).get(url).json() == {**place, "x": 12}, "on another computer too"
    assert client.post(url, {**place, "x": 1001}).status_code == 422
    assert client.post(url, {"x": 1}).status_code == 422
    others = Client()
    others.force_login(alice.people["supervisor"])
    assert others.get(url).json() == {}


def missed_by(company: Company, **fields: Any) -> Any:
    return make_call(company, **{
        "answered_at": None, "outcome": "abandoned", "agent_id": None, "talk_seconds": 0,
        "at": timezone.now() - timedelta(minutes=5), **fields,
    })  # fmt: skip


def counted(client: Client) -> str:
    text = client.get(f"{URL}missed/").content.decode()
    return text.split('aria-hidden="true">')[1].split("<")[0] if "bell-count" in text else ""


def test_missed_calls_are_counted_until_they_are_seen(alice: Company) -> None:
    client = agent_of(alice)
    assert counted(client) == ""
    make_call(alice)  # answered
    missed_by(alice, agent_ids=[alice.agents[1].pk])  # a colleague's
    missed_by(alice, at=timezone.now() - timedelta(days=2))  # before anybody counted
    missed_by(alice, direction="out", outcome="no_answer")
    missed_by(alice, direction="internal", outcome="no_answer", caller_number="101")  # my own
    assert counted(client) == ""
    missed_by(alice)
    missed_by(alice, direction="internal", outcome="no_answer", caller_number="102")
    assert counted(client) == "2"
    assert client.get(URL).content.decode().count("journal-new") == 2
    answer = client.post(f"{URL}seen/")
    assert "bell-count" not in answer.content.decode()
    assert "missed-seen" in answer.headers["HX-Trigger"]
    assert counted(client) == ""
    assert "journal-new" not in client.get(URL).content.decode()
    missed_by(alice, at=timezone.now() + timedelta(seconds=1))
    assert counted(client) == "1"


def test_many_missed_are_not_counted_out(alice: Company) -> None:
    for _ in range(101):
        missed_by(alice)
    client = agent_of(alice)
    client.get(f"{URL}missed/")
    with CaptureQueriesContext(connection) as queries:
        assert counted(client) == "99+"
    assert len(queries) < 16


def test_an_activity_for_a_project_by_the_arrow(alice: Company) -> None:
    client = agent_of(alice)
    make_call(alice)
    assert "journal-arrow" not in client.get(URL).content.decode()
    with tenant_scope(alice.tenant.pk):
        oak = Project.objects.create(name="Oak")
        Project.objects.create(name="Gone", is_active=False)
    page = client.get(URL).content.decode()
    assert page.count("journal-arrow") == 2  # an activity, and time
    about = "number=%2B37255512345&from=1000&to=1060"
    menu = client.get(f"/t/alice/notes/work/projects/?what=time&{about}").content.decode()
    assert "Oak" in menu
    assert "Gone" not in menu
    way = menu.split('href="')[1].split('"')[0].replace("&amp;", "&")
    assert way.startswith("/t/alice/notes/work/time/?")
    form = client.get(way).context["form"]
    assert str(form.initial["project"]) == str(oak.pk)
    assert (form.initial["ended_at"] - form.initial["began_at"]).total_seconds() == 60


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 360])
def test_the_window_stays_and_remembers(
    page: Page, web_url: str, alice: Company, width: int
) -> None:
    from tests.telephony.callbacks.test_in_browser import picture

    page.set_viewport_size({"width": width, "height": 800})
    know(alice, "5551 2345")
    make_call(alice, at=timezone.now() - timedelta(minutes=6))
    missed_by(alice, caller_number="+37255500000",
              party_digits="37255500000", caller_name="")  # fmt: skip
    with tenant_scope(alice.tenant.pk):
        Project.objects.create(name="Oak")
    began = (timezone.now() - timedelta(hours=1)).timestamp()
    mine = f"journal-alice-{alice.people['agent'].pk}-began"
    page.add_init_script(f"sessionStorage.setItem('{mine}', {began:.0f})")
    complaints = open_as(page, web_url, alice, "agent", "/t/alice/calls/")
    panel = page.locator("#journal")
    expect(panel).not_to_be_visible()
    counter = page.locator("#journal-missed .bell-count")
    expect(counter).to_have_text("1")
    page.keyboard.press("y")
    expect(panel).to_be_visible()
    contact = panel.get_by_role("link", name="Mari Tamm")
    contact.hover()
    expect(page.locator(".detail")).to_contain_text("Pikk 1, Tallinn")
    expect(contact).to_have_accessible_description("Mari Tamm Pikk 1, Tallinn")
    page.keyboard.press("Escape")
    expect(page.locator(".detail")).not_to_be_visible()
    expect(panel.locator("[data-dial]")).to_have_count(2)
    expect(panel.locator(".journal-new")).to_have_count(1)
    panel.locator(".journal-arrow").first.click()
    expect(panel.get_by_role("link", name="Oak")).to_be_visible()
    place = panel.bounding_box()
    assert place is not None
    assert place["x"] >= 8
    assert place["x"] + place["width"] <= width - 8
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(300)
        picture(page, f"journal-{width}-{scheme}")
    page.keyboard.press("Escape")
    panel.get_by_role("button", name="Mark all missed calls as seen").click()
    expect(counter).to_have_count(0)
    expect(panel.locator(".journal-new")).to_have_count(0)
    if width == 1440:
        box = panel.bounding_box()
        assert box is not None
        assert box["x"] > 720
        head = page.locator("#journal-title").bounding_box()
        assert head is not None
        page.mouse.move(head["x"] + 5, head["y"] + 5)
        page.mouse.down()
        page.mouse.move(100, 700, steps=5)
        with page.expect_response(lambda told: told.request.method == "POST"):
            page.mouse.up()
        # another computer knows it
        page.evaluate("sessionStorage.clear()")
        page.reload()
        expect(panel).not_to_be_visible()
        page.keyboard.press("y")
        expect(panel).to_be_visible()
        moved = panel.bounding_box()
        assert moved is not None
        assert moved["x"] == 12, "the corner nearest to where it was left"
        assert moved["y"] + moved["height"] == 800 - 12
        page.goto(f"{web_url}/t/alice/callbacks/")
        expect(panel).to_be_visible()
        expect(panel).to_contain_text("Mari Tamm")
    panel.get_by_role("button", name="Close the journal").click()
    expect(panel).not_to_be_visible()
    assert complaints == []
