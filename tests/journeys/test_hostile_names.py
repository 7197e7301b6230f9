"""Callers whose names are attacks: shown as what they are, and no harm done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from playwright.async_api import Page

from .pages import BrowserOf, sign_in
from .people import Cast, Screen

pytestmark = [pytest.mark.stack, pytest.mark.asterisk, pytest.mark.browser]

NAMES = {
    "script": "<script>window.hurt=1</script>",
    "image": '"><img src=x onerror="window.hurt=1">',
    "line breaks": "Mallory\r\nX-Evil: 1\r\nAction: Hangup\r\nChannel: /.*/",
    "right to left": "‮אליס 3726001001‬",
    "emoji": "Ülle 👩🏽‍🚀🔥",
    "template": "{{ 7*7 }}${7*7}%(x)s`id`",
    "dialplan": "${SHELL(touch /tmp/hurt)},1,Hangup()",
    "long": "L" * 10_000,
    "nothing": "",
    "control letters": "a\x00b\x1b[31mc\x7f",
}


async def test_every_name_arrives_and_harms_nothing(cast: Cast, browser_of: BrowserOf) -> None:
    acme = cast.acme
    api = await cast.api(acme)
    phone = await cast.phone(acme, 0)
    agent_id = await api.log_in(0)
    carrier = await cast.carrier()
    supervisor = await cast.visitor(acme.login("supervisor"))
    desk = await sign_in(browser_of, cast, acme, "agent", "desk/")
    live = await sign_in(browser_of, cast, acme, "supervisor", f"live/{acme.group('sales')['id']}/")
    dialogs: list[str] = []
    for page in (desk, live):
        page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    number = acme.group("sales")["numbers"][0]
    async with supervisor.screen("acme") as screen:
        for place, (kind, name) in enumerate(NAMES.items()):
            caller = f"+37255510{place:03d}"
            call = await carrier.ring_number(number, caller_number=caller, caller_name=name)
            ringing = await phone.next_call(within=15)
            await screen.until(_shows(caller), what=f"the call of {kind}")
            shown = screen.calls()[0]["caller"]["name"]
            assert set("\r\n").isdisjoint(shown), kind
            assert len(shown) < 400, f"{kind}: {len(shown)} letters reach every screen"
            await _shows_text(desk, "#call [data-slot=title]", shown or caller[-8:], kind)
            assert await desk.evaluate("window.hurt") is None, kind
            assert await live.evaluate("window.hurt") is None, kind
            ringing.reject()
            await call.hang_up()
            await screen.until(lambda seen: not seen.calls(), what="the end of the call")
            await api.agent_is(agent_id, "available")
    assert dialogs == []


def _shows(number: str) -> Callable[[Screen], bool]:
    return lambda seen: seen.calls()[0]["caller"]["number"].lstrip("+") == number.lstrip("+")


async def _shows_text(page: Page, selector: str, part: str, kind: str) -> None:
    """The page's own text holds the name, letter by letter, up to where it cuts it off."""
    wanted = _without_spaces(part)[:40]
    found = ""
    try:
        async with asyncio.timeout(5):
            while wanted not in _without_spaces(found):
                found = (await page.locator(selector).text_content()) or ""
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"{kind}: the page shows {found!r}, not {part!r}") from None


def _without_spaces(text: str) -> str:
    """A number is shown in groups of digits."""
    return "".join(text.split())
