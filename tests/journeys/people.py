"""Everybody who plays in a journey: people at phones and at web pages, and the world outside."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import websockets

from telephony.traffic.carrier import Carrier
from telephony.traffic.sip_call import Call
from telephony.traffic.sip_phone import Phone
from telephony.traffic.sound import in_frames, tone, tones_in

CALLER_HZ = 800.0
AGENT_HZ = (400.0, 500.0, 600.0, 700.0, 900.0, 1000.0)
GREETING_HZ = (523.25, 659.25, 783.99)
CLOSED_HZ = (783.99, 622.25, 466.16, 392.0)


class Tenant:
    """A demo company as `describe_demo` tells it."""

    def __init__(self, described: dict[str, Any]) -> None:
        self.slug: str = described["slug"]
        self.groups: list[dict[str, Any]] = described["groups"]
        self.phones: list[dict[str, Any]] = [
            phone for phone in described["phones"] if phone["agent_id"] is not None
        ]
        self.logins: list[dict[str, Any]] = described["logins"]
        self.api_key: str = described["api_key"]

    def group(self, slug: str) -> dict[str, Any]:
        return next(group for group in self.groups if group["slug"] == slug)

    def login(self, role: str, place: int = 0) -> dict[str, Any]:
        return [login for login in self.logins if login["role"] == role][place]

    def member_places(self, slug: str) -> list[int]:
        """Which phones (by place) are members' of a group."""
        members = self.group(slug)["agents"]
        return [at for at, phone in enumerate(self.phones) if phone["agent_id"] in members]


class Cast:
    """Opens phones and pages, and closes them all when the scene is over."""

    def __init__(self, url: str, described: dict[str, Any], stack: AsyncExitStack) -> None:
        self.url = url
        self.acme, self.globex = (Tenant(tenant) for tenant in described["tenants"][:2])
        self._described = described
        self._stack = stack
        self._phones: list[Phone] = []

    async def phone(self, tenant: Tenant, place: int, *, registered: bool = True) -> Phone:
        """The phone of the tenant's agent at that place; its sound is AGENT_HZ[place]."""
        told = tenant.phones[place]
        phone = Phone(
            told["username"],
            password=told["password"],
            server=(told["server"], told["port"]),
            frames=in_frames(tone(AGENT_HZ[place])),
        )
        await self._stack.enter_async_context(phone)
        self._phones.append(phone)
        if registered:
            await phone.register()
        return phone

    async def carrier(self) -> Carrier:
        """On whatever port is free: the PBX knows the carrier by its address."""
        told = self._described["carrier"]
        carrier = Carrier(
            listen=(told["bind"], 0),
            server=(told["server"], told["server_port"]),
            frames=in_frames(tone(CALLER_HZ)),
        )
        await self._stack.enter_async_context(carrier)
        self._phones.append(carrier)
        return carrier

    async def hang_up_all(self) -> None:
        calls = [call for phone in self._phones for call in tuple(phone.calls.values())]
        await asyncio.gather(*(call.hang_up() for call in calls))

    async def api(self, tenant: Tenant) -> Api:
        client = httpx.AsyncClient(
            base_url=f"{self.url}/api/v1",
            headers={"Authorization": f"Bearer {tenant.api_key}"},
            timeout=10,
        )
        await self._stack.enter_async_context(client)
        api = Api(client, tenant)
        self._stack.push_async_callback(api.log_out_all)
        return api

    async def visitor(self, login: dict[str, Any]) -> Visitor:
        client = httpx.AsyncClient(base_url=self.url, follow_redirects=True, timeout=10)
        await self._stack.enter_async_context(client)
        visitor = Visitor(client)
        await visitor.sign_in(login["email"], login["password"])
        return visitor


class Api:
    """One tenant's REST API."""

    def __init__(self, client: httpx.AsyncClient, tenant: Tenant) -> None:
        self.client = client
        self.tenant = tenant
        self._began = datetime.now(UTC)
        self.at_work: set[int] = set()
        """Who is to be logged out when the scene is over."""

    async def log_in(self, place: int, *, wait: bool = True) -> int:
        """Logs the agent in to all groups; returns the agent's id once it is available."""
        agent_id: int = self.tenant.phones[place]["agent_id"]
        self.at_work.add(agent_id)
        answer = await self.client.post(f"/agents/{agent_id}/login/", json={})
        assert answer.status_code == 202, answer.text
        if wait:
            await self.is_done(answer.json()["id"])
            await self.agent_is(agent_id, "available")
        return agent_id

    async def is_done(self, command_id: str, *, within: float = 10.0) -> None:
        """The screen may show what an order did some milliseconds before its own row says done."""
        async with asyncio.timeout(within):
            while True:
                command = (await self.client.get(f"/commands/{command_id}/")).json()
                if command["status"] == "done":
                    return
                assert command["status"] in ("queued", "running"), command
                await asyncio.sleep(0.1)

    async def log_out_all(self) -> None:
        """So that the next scene begins with nobody at work."""
        for agent_id in self.at_work:
            await self.client.post(f"/agents/{agent_id}/logout/", json={})
            await self.agent_is(agent_id, "logged_out")

    async def end_wrap_up(self, agent_id: int) -> None:
        await self.agent_is(agent_id, "wrapping_up")
        answer = await self.client.post(f"/agents/{agent_id}/resume/", json={})
        assert answer.status_code == 202, answer.text

    async def live(self) -> dict[str, Any]:
        answer = await self.client.get("/live/")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def state_of(self, agent_id: int) -> str:
        agents = (await self.live())["agents"]
        return str(next(agent["state"] for agent in agents if agent["id"] == agent_id))

    async def agent_is(self, agent_id: int, state: str, *, within: float = 10.0) -> None:
        seen: list[str] = []
        try:
            async with asyncio.timeout(within):
                while (found := await self.state_of(agent_id)) != state:
                    seen.append(found)
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"agent {agent_id} never became {state}: {seen[-3:]}") from None

    async def calls(self) -> list[dict[str, Any]]:
        """The call list since this scene began, latest first."""
        found: list[dict[str, Any]] = []
        query = {"since": self._began.isoformat(), "limit": "200"}
        while True:
            answer = await self.client.get("/calls/", params=query)
            if answer.status_code >= 500:
                return []  # the database is not back yet
            page = answer.json()
            found += page["calls"]
            if page["older"] is None:
                return found
            query["cursor"] = page["older"]


class Visitor:
    """Somebody with a browser's cookies, without a browser."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def sign_in(self, email: str, password: str) -> None:
        await self.client.get("/accounts/login/")
        answer = await self.client.post(
            "/accounts/login/",
            data={
                "login": email,
                "password": password,
                "csrfmiddlewaretoken": self.client.cookies["csrftoken"],
            },
            headers={"Referer": str(self.client.base_url)},
        )
        assert "/accounts/login" not in str(answer.url), f"{email} cannot sign in"

    @asynccontextmanager
    async def screen(self, slug: str) -> AsyncIterator[Screen]:
        """The live socket, opened again whenever it breaks, as the page does."""
        screen = Screen(
            str(self.client.base_url).rstrip("/"),
            slug,
            "; ".join(f"{name}={value}" for name, value in self.client.cookies.items()),
        )
        listening = asyncio.create_task(screen.listen())
        try:
            await screen.until(lambda seen: seen.opened > 0, what="the first snapshot")
            yield screen
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


class Screen:
    """Keeps the live documents as the browser does: snapshots, deltas, a resync after a gap."""

    def __init__(self, url: str, slug: str, cookies: str) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.frames: list[tuple[float, dict[str, Any]]] = []
        self.opened = 0
        self.last_beat = 0.0
        self._versions: dict[str, int] = {}
        self._address = url.replace("http", "ws", 1) + f"/ws/t/{slug}/live/"
        self._headers = {"Cookie": cookies, "Origin": url}
        self._news = asyncio.Condition()

    @property
    def entities(self) -> dict[str, Any]:
        """Of all streams together."""
        return {key: one for document in self.documents.values() for key, one in document.items()}

    def calls(self) -> list[dict[str, Any]]:
        return [one for key, one in self.entities.items() if key.startswith("call:")]

    def agent(self, agent_id: int) -> dict[str, Any]:
        found: dict[str, Any] = self.entities[f"agent:{agent_id}"]
        return found

    async def until(
        self, question: Callable[[Screen], object], *, what: str, within: float = 10.0
    ) -> float:
        """Returns the instant (time.time) at which it came true, or when it already was."""
        try:
            async with asyncio.timeout(within), self._news:
                while not self._is_so(question):
                    await self._news.wait()
        except TimeoutError:
            shown = json.dumps(self.entities, ensure_ascii=False)[:3000]
            raise AssertionError(f"the screen never showed {what}; it shows {shown}") from None
        return time.time()

    def _is_so(self, question: Callable[[Screen], object]) -> bool:
        try:
            return bool(question(self))
        except (KeyError, IndexError):
            return False  # not there yet

    async def listen(self) -> None:
        while True:
            try:
                async with websockets.connect(
                    self._address, additional_headers=self._headers, open_timeout=3
                ) as socket:
                    async for text in socket:
                        await self._take(json.loads(text), socket)
            except (OSError, websockets.WebSocketException, TimeoutError):
                await asyncio.sleep(0.3)

    async def _take(self, frame: dict[str, Any], socket: websockets.ClientConnection) -> None:
        self.frames.append((time.time(), frame))
        stream = frame.get("stream", "")
        if frame["type"] == "snapshot":
            self.documents[stream] = frame["entities"]
            self._versions[stream] = frame["version"]
            self.opened += 1
        elif frame["type"] == "delta":
            if frame["version"] == self._versions.get(stream, -2) + 1:
                self.documents[stream].update(frame["set"])
                for key in frame["del"]:
                    self.documents[stream].pop(key, None)
                self._versions[stream] = frame["version"]
            elif frame["version"] > self._versions.get(stream, -2):
                await socket.send(json.dumps({"type": "resync", "stream": stream}))
        elif frame["type"] == "beat":
            self.last_beat = time.time()
        async with self._news:
            self._news.notify_all()


async def talk(caller: Call, agent: Call) -> None:
    """Both are connected, and each hears the other's voice."""
    await asyncio.gather(
        caller.sound.wait_for_sound(packets=3), agent.sound.wait_for_sound(packets=3)
    )


async def hears(call: Call, *, seconds: float = 0.6) -> list[float]:
    """Which of the cast's voices reach this end of the call now."""
    heard = await call.sound.listen(seconds=seconds)
    return list(tones_in(heard, (CALLER_HZ, *AGENT_HZ), floor=1500))


async def comes_to_hear(call: Call, hertz: float, *, within: float = 5.0) -> None:
    """This voice and no other, once prompts and music are over."""
    heard: list[float] = []
    try:
        async with asyncio.timeout(within):
            while heard != [hertz]:
                heard = await hears(call)
    except TimeoutError:
        raise AssertionError(f"heard {heard} and never {hertz} Hz alone") from None


async def both_hear(caller: Call, agent: Call) -> tuple[list[float], list[float]]:
    heard = await asyncio.gather(hears(caller), hears(agent))
    return heard[0], heard[1]


async def list_after(api: Api, numbers: list[str], *, within: float = 15.0) -> list[dict[str, Any]]:
    """The call list's rows of these callers, once each has one and none is running any more.

    Raises AssertionError for a caller who is missing or stands there twice.
    """
    rows: list[dict[str, Any]] = []
    try:
        async with asyncio.timeout(within):
            while True:
                rows = [row for row in await api.calls() if row["caller_number"] in numbers]
                found = sorted(row["caller_number"] for row in rows)
                if found == sorted(numbers) and all(row["ended_at"] for row in rows):
                    return rows
                await asyncio.sleep(0.3)
    except TimeoutError:
        told = [(row["caller_number"], row["outcome"]) for row in rows]
        raise AssertionError(f"the call list has {told}, not once each of {numbers}") from None
