"""Calls that ring the agent, told to his pages, and pictures of what these show."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.callcenter.dashboard.test_screens import a_call, an_agent, tell
from tests.cast import Company

PICTURES = os.environ.get("HELIN_TEST_PICTURES", "")


def agents(company: Company, **mine: Any) -> dict[str, Any]:
    first, second = (agent.pk for agent in company.agents)
    return {
        f"agent:{first}": an_agent(company, 0, "available", **mine),
        f"agent:{second}": an_agent(company, 1, "available"),
    }


def ringing(company: Company, name: str = "Mari Tamm", **more: Any) -> dict[str, Any]:
    number = more.pop("number", "+37255512345")
    return a_call(
        company,
        "waiting",
        ringing=[company.agents[0].pk],
        caller={"name": name, "number": number},
        name_source="company",
        shown={"caller": number, "dialled": "600 1000"},
        **more,
    )


def rings(company: Company, version: int, key: str, call: dict[str, Any]) -> None:
    mine = agents(company, call=key)
    first = f"agent:{company.agents[0].pk}"
    rung = {**mine[first], "state": "ringing", "since": time.time()}
    tell(company, version, {key: call, first: rung})


def picture(page: Page, name: str) -> None:
    if PICTURES:
        page.wait_for_timeout(300)  # colours change over by and by
        page.screenshot(path=str(Path(PICTURES) / f"{name}.png"))


def listens(page: Page) -> None:
    """The socket is open and what this person wants is known."""
    expect(page.locator("#link[data-link=live]")).to_be_attached()
    # asked again and again from here: the page's policy lets no text be run within it
    known = ("() => [...Array(sessionStorage.length).keys()].some("
             "n => sessionStorage.key(n).startsWith('popup-choice'))")  # fmt: skip
    for _ in range(300):
        if page.evaluate(known):
            return
        page.wait_for_timeout(100)
    pytest.fail("what this person wants of the popup is not known after 30 s")


def talks(company: Company, version: int, key: str, call: dict[str, Any]) -> None:
    """Who is rung answers."""
    mine = agents(company, call=key)
    first = company.agents[0].pk
    answered = {**call, "ringing": [], "state": "talking", "agents": [first],
                "answered_at": time.time()}  # fmt: skip
    agent = {**mine[f"agent:{first}"], "state": "in_call"}
    tell(company, version, {key: answered, f"agent:{first}": agent})
