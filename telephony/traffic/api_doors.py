"""The agents' own doors, used as any program outside would: Helin's REST API."""

from __future__ import annotations

import asyncio
import json
import urllib.error
import urllib.request
from typing import Any

_SECONDS = 10.0


class DoorClosed(Exception):
    """The API refused or is not there; the words say which."""


class ApiDoors:
    """One tenant's API. Blocking HTTP in threads: a handful of requests a minute."""

    def __init__(self, address: str, api_key: str) -> None:
        self._address = f"{address}/api/v1"
        self._api_key = api_key

    async def log_in(self, agent_id: int) -> None:
        """Into all groups of the agent; the same for out. All raise DoorClosed."""
        await self._ask("POST", f"/agents/{agent_id}/login/", {})

    async def log_out(self, agent_id: int) -> None:
        await self._ask("POST", f"/agents/{agent_id}/logout/", {})

    async def pause(self, agent_id: int, reason: str) -> None:
        await self._ask("POST", f"/agents/{agent_id}/pause/", {"reason": reason})

    async def resume(self, agent_id: int) -> None:
        await self._ask("POST", f"/agents/{agent_id}/resume/", {})

    async def talking_numbers(self) -> frozenset[str]:
        """Numbers of the callers who are talking to an agent now."""
        live = await self._ask("GET", "/live/", None)
        return frozenset(
            str(call["caller"]["number"])
            for call in live["calls"]
            if call["state"] in ("talking", "on_hold", "parked")
        )

    async def _ask(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        return await asyncio.to_thread(self._ask_now, method, path, body)

    def _ask_now(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - the address comes from our own settings
            self._address + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self._api_key}",
                "Content-Type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
                text = answer.read()
        except urllib.error.HTTPError as refusal:
            words = refusal.read(300).decode("utf-8", "replace")
            raise DoorClosed(f"{method} {path}: {refusal.code} {words}") from refusal
        except OSError as problem:
            raise DoorClosed(f"{method} {path}: {problem}") from problem
        try:
            return json.loads(text) if text else None
        except ValueError as problem:
            raise DoorClosed(f"{method} {path}: no JSON") from problem
