"""The screens in a real browser, on a real web process: what the server painted first and what the
scripts paint from the socket is the same, and deltas change only what they should."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.test import Client
from playwright.sync_api import Page, expect

from callcenter.audit.services import HELIN_ITSELF
from callcenter.dashboard.wallboards.services import make_wallboard
from callcenter.tenants.scope import tenant_scope
from telephony.live.frames import delta_frame, to_text
from telephony.live.streams import beat_group, channel_group
from tests.callcenter.dashboard.live_state import forget_live, heard, put_live, streams_of_cast
from tests.cast import Company, make_company

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
HOSTILE = "<img src=x onerror=document.title='owned'>‮ Charlie"


@pytest.fixture
def unheard() -> Company:
    forget_live()
    return make_company("alice", number="+3726001000")


@pytest.fixture
def alices(unheard: Company) -> Iterator[Company]:
    with heard(unheard):
        yield unheard


def a_call(company: Company, state: str = "waiting", **more: Any) -> dict[str, Any]:
    now = time.time()
    return {
        "direction": "in",
        "state": state,
        "queue": "alice-sales",
        "group_id": company.group.pk,
        "caller": {"name": HOSTILE, "number": "+37255512345"},
        "dialled": "+3726001000",
        "shown": {"caller": "5551 2345", "dialled": "600 1000"},
        "started_at": now - 70,
        "joined_at": now - 65,
        "answered_at": None,
        "ringing": [],
        "agents": [],
        "priority": 0,
        **more,
    }


def an_agent(company: Company, at: int, state: str, **more: Any) -> dict[str, Any]:
    return {
        "name": company.agents[at].name,
        "state": state,
        "since": time.time() - 3700,
        "reason": None,
        "wrap_until": None,
        "pause_after_call": None,
        "reachable": True,
        "extension": str(101 + at),
        "queues": {"alice-sales": {"penalty": 0, "paused": False}},
        "groups": [company.group.pk],
        "call": None,
        **more,
    }


def entities(company: Company) -> dict[str, dict[str, Any]]:
    first, second = (agent.pk for agent in company.agents)
    return {
        "queue:alice-sales": {
            "queue_id": company.queue.pk,
            "group_id": company.group.pk,
            "name": "Sales",
        },
        f"agent:{first}": an_agent(company, 0, "paused", reason="lunch"),
        f"agent:{second}": an_agent(company, 1, "in_call", call="call:2"),
        "call:1": a_call(company),
        "call:2": a_call(
            company, "talking", answered_at=time.time() - 45, agents=[second], caller={}
        ),
        "call:3": a_call(
            company,
            "parked",
            parked={"place": "71", "by": first, "by_name": "Agent", "since": time.time() - 20},
        ),
    }


def send(group: str, message: dict[str, Any]) -> None:
    """From a thread of its own: playwright's has an event loop already."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(async_to_sync(get_channel_layer().group_send), group, message).result()


def tell(
    company: Company,
    version: int,
    put: Mapping[str, Mapping[str, Any]],
    dropped: tuple[str, ...] = (),
) -> None:
    """What the listener sends when something has changed."""
    texts = {key: to_text(entity) for key, entity in put.items()}
    for stream in streams_of_cast(company):
        frame = delta_frame(stream, version, time.time(), texts, dropped)
        send(channel_group(company.tenant.pk, stream), {"type": "live.frame", "frame": frame})


def beat(company: Company) -> None:
    send(beat_group(company.tenant.pk), {"type": "live.beat", "at": time.time(), "versions": {}})


def open_as(page: Page, web_url: str, company: Company, role: str, path: str) -> list[str]:
    """Signs in and opens the page. Returns what the browser complains of, also later."""
    client = Client()
    client.force_login(company.people[role], "allauth.account.auth_backends.AuthenticationBackend")
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": web_url}])
    return visit(page, web_url + path)


def visit(page: Page, url: str) -> list[str]:
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(url)
    return complaints


# digits tick, and the last calls come by HTMX
PAINTED = """() => {
  // what is asked for only after the page is there
  for (const id of ['recent', 'due-list']) document.getElementById(id)?.remove();
  return [...document.querySelectorAll('main')].map(
    (part) => part.innerText.replace(/[0-9:]+/g, '0').replace(/\\s+/g, ' '));
}"""


@pytest.mark.parametrize(
    ("role", "path"),
    [("agent", "desk/"), ("supervisor", "live/"), ("supervisor", "live/{group}/"), ("wall", "")],
)
def test_the_scripts_paint_what_the_server_painted(
    page: Page, web_url: str, alices: Company, role: str, path: str
) -> None:
    put_live(alices, entities(alices))
    page.route("**/js/**", lambda route: route.abort())  # the server's paint alone
    if role == "wall":
        with tenant_scope(alices.tenant.pk):
            _, token = make_wallboard(name="Floor", group_ids=[], by=HELIN_ITSELF)
        visit(page, f"{web_url}/wallboard/{token}/")
    else:
        open_as(page, web_url, alices, role, f"/t/alice/{path.format(group=alices.group.pk)}")
    by_server = page.evaluate(PAINTED)
    assert any("0" in text for text in by_server)
    page.unroute("**/js/**")
    complaints = visit(page, page.url)
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    page.wait_for_timeout(300)
    assert page.evaluate(PAINTED) == by_server
    assert complaints == []


def test_a_ringing_call_shows_before_it_is_answered_and_then_ticks(
    page: Page, web_url: str, alices: Company
) -> None:
    agent = alices.agents[0]
    known = entities(alices) | {f"agent:{agent.pk}": an_agent(alices, 0, "available")}
    put_live(alices, known)
    complaints = open_as(page, web_url, alices, "agent", "/t/alice/desk/")
    expect(page.locator("#me")).to_contain_text("Available")
    expect(page.locator("#call")).to_contain_text("No call")
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    ringing = an_agent(alices, 0, "ringing", call="call:1", since=time.time())
    tell(alices, 2, {f"agent:{agent.pk}": ringing, "call:1": a_call(alices, ringing=[agent.pk])})
    card = page.locator("#call")
    expect(card).to_have_attribute("data-state", "ringing")
    expect(card.locator('[data-slot="title"]')).to_have_text(HOSTILE.strip())
    expect(card).to_contain_text("5551 2345")
    expect(card).to_contain_text("Sales")
    expect(page).to_have_title("Ringing: " + HOSTILE)
    clock = card.locator('[data-slot="since"]')
    expect(clock).to_have_text("0:02", timeout=4000)
    talking = an_agent(alices, 0, "in_call", call="call:1", since=time.time())
    call = a_call(alices, "talking", agents=[agent.pk], answered_at=time.time())
    tell(alices, 3, {f"agent:{agent.pk}": talking, "call:1": call})
    expect(card).to_have_attribute("data-state", "talking")
    expect(card.locator('[data-slot="hang-up"]')).to_be_visible()
    wrapping = an_agent(
        alices, 0, "wrapping_up", since=time.time(), wrap_until=time.time() + 30, reason="wrap-up"
    )
    tell(alices, 4, {f"agent:{agent.pk}": wrapping}, ("call:1",))
    expect(card).to_contain_text("Wrap-up")
    expect(card.locator('[data-slot="wrap-until"]')).to_have_text("0:28", timeout=4000)
    assert complaints == []


def test_who_parks_a_caller_is_told_the_place(page: Page, web_url: str, alices: Company) -> None:
    first = alices.agents[0].pk
    known = {f"agent:{first}": an_agent(alices, 0, "available")}
    put_live(alices, known)
    open_as(page, web_url, alices, "agent", "/t/alice/desk/")
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    expect(page.locator("#parked")).to_be_hidden()
    parked = {"place": "73", "by": first, "by_name": "Agent", "since": time.time()}
    tell(alices, 2, {"call:9": a_call(alices, "parked", parked=parked)})
    expect(page.locator("#toasts")).to_contain_text("Parked at 73. Dial 73 on any phone")
    row = page.locator("#parked-list .waiting-row")
    expect(row.locator('[data-slot="place"]')).to_have_text("73")
    expect(row.locator('[data-slot="since"]')).to_have_text("0:02", timeout=4000)
    tell(alices, 3, {}, ("call:9",))
    expect(page.locator("#parked")).to_be_hidden()


@pytest.mark.parametrize("direction", ["out", "internal"])
def test_an_own_call_shows_whom_it_is_to(
    page: Page, web_url: str, alices: Company, direction: str
) -> None:
    agent = alices.agents[0]
    own = a_call(
        alices,
        "ringing",
        direction=direction,
        caller={"number": "101", "name": "Alice"},
        dialled="102",
        shown={"caller": "101", "dialled": "102"},
        queue=None,
    )
    calling = {f"agent:{agent.pk}": an_agent(alices, 0, "in_call", call="call:1"), "call:1": own}
    put_live(alices, entities(alices) | calling)
    card = page.locator("#call")
    for scripts in (False, True):
        if not scripts:
            page.route("**/js/**", lambda route: route.abort())
        open_as(page, web_url, alices, "agent", "/t/alice/desk/")
        if scripts:
            expect(page.locator("#link")).to_have_attribute("data-link", "live")
        page.unroute("**/js/**")
        expect(card.locator('[data-slot="title"]')).to_have_text("102")
        expect(card).to_have_attribute("data-state", "calling")
        expect(card.locator('[data-slot="hang-up"]')).to_be_visible()
        expect(card.get_by_text("Answer on your phone")).to_be_hidden()
        if scripts:
            handset = card.locator('[data-slot="dial"]')
            expect(handset).to_have_attribute("data-dial", "102")
            expect(handset).to_have_attribute("title", "Call 102")


def test_the_supervisors_tile_follows_and_a_gap_is_healed(
    page: Page, web_url: str, alices: Company
) -> None:
    put_live(alices, entities(alices))
    open_as(page, web_url, alices, "supervisor", "/t/alice/live/")
    # what is sent before the socket is in its groups is lost, as Channels loses messages
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    waiting = page.locator('.tile [data-slot="waiting"]')
    expect(waiting).to_have_text("1")
    tell(alices, 2, {"call:9": a_call(alices)})
    expect(waiting).to_have_text("2")
    # version 3 never comes: the page asks for a snapshot by itself
    put_live(alices, {}, version=5)
    tell(alices, 5, {})
    expect(waiting).to_have_text("0")


def test_todays_figures_follow(page: Page, web_url: str, alices: Company) -> None:
    put_live(alices, entities(alices))
    open_as(page, web_url, alices, "supervisor", "/t/alice/live/")
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    tile = page.locator(".tile")
    expect(tile.locator('[data-figure="service_level"]')).to_have_text("-")
    queue = {"offered": 5, "answered": 3, "abandoned": 2, "service_level": 60.0}
    frame = {"type": "figures", "at": time.time(), "queues": {"alice-sales": queue}}
    group = channel_group(alices.tenant.pk, "tenant")
    send(group, {"type": "live.frame", "frame": to_text(frame)})
    expect(tile.locator('[data-figure="offered"]')).to_have_text("5")
    expect(tile.locator('[data-figure="service_level"]')).to_have_text("60 %")
    expect(tile.locator('[data-figure-box="abandoned"]')).to_have_class("tone-bad")


def test_silence_is_said_loudly_and_forgotten_when_frames_come_again(
    page: Page, web_url: str, unheard: Company
) -> None:
    put_live(unheard, entities(unheard))
    with heard(unheard):
        open_as(page, web_url, unheard, "supervisor", "/t/alice/live/")
        expect(page.locator("#link")).to_have_attribute("data-link", "live")
        expect(page.locator("#stale")).to_be_hidden()
    expect(page.locator("#stale")).to_be_visible(timeout=9000)
    expect(page.locator("#stale")).to_contain_text("Stale since")
    put_live(unheard, entities(unheard))
    deadline = time.monotonic() + 10
    while page.locator("#stale").is_visible() and time.monotonic() < deadline:
        beat(unheard)
        page.wait_for_timeout(300)
    expect(page.locator("#stale")).to_be_hidden()


def test_keys_order_and_the_map_lists_them(page: Page, web_url: str, alices: Company) -> None:
    put_live(alices, {f"agent:{alices.agents[0].pk}": an_agent(alices, 0, "available")})
    complaints = open_as(page, web_url, alices, "agent", "/t/alice/desk/")
    expect(page.locator("#link")).to_have_attribute("data-link", "live")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    expect(page.locator("#keymap")).to_contain_text("Log in to all groups")
    page.keyboard.press("Escape")
    with page.expect_response("**/desk/log-in/") as answered:
        page.keyboard.press("a")
    assert answered.value.status == 204
    expect(page.locator("#toasts")).to_contain_text("Logging in")
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Lunch")).to_be_focused()
    with page.expect_response("**/desk/pause/") as answered:
        page.keyboard.press("Enter")
    assert answered.value.status == 204
    assert complaints == []


def test_what_was_never_heard_of_is_not_stale_since_midnight(
    page: Page, web_url: str, unheard: Company
) -> None:
    open_as(page, web_url, unheard, "agent", "/t/alice/desk/")
    expect(page.locator("#link")).to_have_attribute("data-link", "stale")
    expect(page.locator("#link")).to_contain_text("No news yet")
    expect(page.locator("#stale")).not_to_contain_text("00:00")


def test_own_state_and_a_silent_link_fit_on_a_telephone(
    page: Page, web_url: str, unheard: Company
) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    put_live(unheard, entities(unheard) | {
        f"agent:{unheard.agents[0].pk}": an_agent(unheard, 0, "wrapping_up", wrap_until=time.time())
    })  # fmt: skip
    open_as(page, web_url, unheard, "agent", "/t/alice/calls/")
    expect(page.locator("#my-state")).to_be_visible()
    expect(page.locator("#link")).to_have_attribute("data-link", "stale", timeout=15_000)
    expect(page.locator("#stale")).to_contain_text("Stale since")
    ends = page.evaluate(
        "[...document.querySelectorAll('.topbar, .topbar-end, .topbar-end > *, .topbar-box')]"
        ".filter((part) => part.offsetParent).map((part) => part.getBoundingClientRect().right)"
    )
    assert max(ends) <= 360
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
