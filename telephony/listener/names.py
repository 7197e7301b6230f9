"""Finds out who is calling, beside the facts of the PBX and never in their way.

What the company itself knows goes out at once, asked for all calls of a moment in one statement.
Directories of others answer when they do: within the deadline an answer counts by the company's
order of sources, later only where there is no name (docs/decisions/0034-names-of-callers.md).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from typing import Any

from phonebook.naming.chain import Candidate, ranked, ripe
from telephony.listener.hooks import Perform
from telephony.listener.pipeline import LiveTenant, Pipeline, Touched
from telephony.live.state import Entity
from telephony.pbx.orders import NameCaller
from telephony.pbx.port import Done

log = logging.getLogger(__name__)

AT_ONCE_PER_TENANT = 8  # questions to others that are under way
LATEST_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Asked:
    """Who has this number, for the group called and for these people (user ids)?"""

    number: str
    given: str
    group_id: int | None
    user_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Known:
    """`outside`: sources that are to be asked over the network, with the key to ask for."""

    key: str
    order: tuple[str, ...]
    candidates: list[Candidate]
    outside: tuple[str, ...] = ()
    deadline_seconds: float = 1.0


LookUp = Callable[[int, str, Sequence[Asked]], Awaitable[list[Known]]]
"""(tenant id, country, questions) -> what the company knows, in the order of the questions."""
AskOthers = Callable[[int, str, str], Awaitable[str]]
"""(tenant id, source, key) -> the name, "" for none; blocks nobody, takes seconds."""


@dataclass(slots=True)
class _Tenant:
    pending: dict[str, Asked] = field(default_factory=dict)
    known: dict[str, Asked] = field(default_factory=dict)
    work: asyncio.Task[None] | None = None
    questions: int = 0


class NameKeeper:
    """`perform`: set by who has the link to the PBX, which is told what only directories of others
    know: for the phones that ring from then on, and for the record of the call."""

    perform: Perform | None = None

    def __init__(self, pipeline: Pipeline, *, look_up: LookUp, ask_others: AskOthers) -> None:
        self._pipeline = pipeline
        self._look_up = look_up
        self._ask_others = ask_others
        self._tenants: dict[str, _Tenant] = {}
        self._races: set[asyncio.Task[None]] = set()

    def look_at(self, touched: Touched) -> None:
        for slug, calls in touched.calls.items():
            tenant = self._pipeline.tenants.get(slug)
            if tenant is None:
                continue
            mine = self._tenants.setdefault(slug, _Tenant())
            for linkedid in calls:
                self._consider(tenant, mine, linkedid)
            if mine.pending and mine.work is None:
                mine.work = asyncio.create_task(self._work(slug, mine))

    def look_again(self, slugs: Sequence[str]) -> None:
        """Names may have changed: everybody on the phone is looked up anew."""
        touched = Touched()
        for slug in slugs:
            tenant = self._pipeline.tenants.get(slug)
            self._tenants.setdefault(slug, _Tenant()).known.clear()
            if tenant is not None:
                calls = (key for key in tenant.document if key.startswith("call:"))
                touched.calls[slug] = {key.removeprefix("call:"): None for key in calls}
        self.look_at(touched)

    async def stop(self) -> None:
        works = [one.work for one in self._tenants.values() if one.work is not None]
        for task in (*works, *self._races):
            task.cancel()
        await asyncio.gather(*works, *self._races, return_exceptions=True)
        self._tenants.clear()

    def _consider(self, tenant: LiveTenant, mine: _Tenant, linkedid: str) -> None:
        call = tenant.document.get(f"call:{linkedid}")
        notes = tenant.document.get(f"_call:{linkedid}")
        if call is None or notes is None:
            mine.known.pop(linkedid, None)
            mine.pending.pop(linkedid, None)
            return
        asked = _asked(tenant, call, notes)
        if asked is not None and mine.known.get(linkedid) != asked:
            mine.known[linkedid] = mine.pending[linkedid] = asked

    # --- what the company knows ----------------------------------------------------------------
    async def _work(self, slug: str, mine: _Tenant) -> None:
        try:
            while mine.pending:
                batch, mine.pending = mine.pending, {}
                await self._name(slug, mine, batch)
        finally:
            mine.work = None

    async def _name(self, slug: str, mine: _Tenant, batch: dict[str, Asked]) -> None:
        tenant = self._pipeline.tenants.get(slug)
        if tenant is None:
            return
        directory = tenant.directory
        try:
            found = await self._look_up(directory.tenant_id, directory.country, [*batch.values()])
        except Exception:
            # without the database calls go on, as the PBX names them
            log.warning("Callers of %s could not be looked up.", slug, exc_info=True)
            for linkedid in batch:
                mine.known.pop(linkedid, None)
            return
        answered = {
            linkedid: (asked, known)
            for (linkedid, asked), known in zip(batch.items(), found, strict=True)
            if mine.known.get(linkedid) == asked  # else it has moved on meanwhile
        }
        self._pipeline.name_calls(
            slug, {linkedid: note_of(*answer) for linkedid, answer in answered.items()}
        )
        for linkedid, (asked, known) in answered.items():
            if known.outside:
                self._start(self._race(slug, mine, linkedid, asked, known))

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._races.add(task)
        task.add_done_callback(self._races.discard)

    # --- what others know ----------------------------------------------------------------------
    async def _race(
        self, slug: str, mine: _Tenant, linkedid: str, asked: Asked, known: Known
    ) -> None:
        tenant = self._pipeline.tenants.get(slug)
        if tenant is None:
            return
        loop = asyncio.get_running_loop()
        begun = loop.time()
        best = _best(asked, known)
        local = best.source if best else ""
        tasks = {
            asyncio.create_task(
                self._ask(mine, tenant.directory.tenant_id, source, known.key)
            ): source
            for source in known.outside
        }
        answers: dict[str, str] = {}
        try:
            for is_late, until in ((False, known.deadline_seconds), (True, LATEST_SECONDS)):
                while tasks and (left := begun + until - loop.time()) > 0:
                    done, _ = await asyncio.wait(
                        tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED
                    )
                    answers |= {tasks.pop(task): task.result() for task in done}
                    source = ripe(known.order, answers, set(tasks.values()), local)
                    if source is not None:
                        self._take(slug, mine, linkedid, asked, known, source, answers[source])
                        return
                if not is_late and local:
                    return  # there is a name, and it stays
                if not is_late and (source := ripe(known.order, answers, (), local)) is not None:
                    # the time is over: the best of those that answered
                    self._take(slug, mine, linkedid, asked, known, source, answers[source])
                    return
        finally:
            for task in tasks:
                task.cancel()

    def _take(
        self,
        slug: str,
        mine: _Tenant,
        linkedid: str,
        asked: Asked,
        known: Known,
        source: str,
        name: str,
    ) -> None:
        if mine.known.get(linkedid) == asked:
            known.candidates.append(Candidate(source, name))
            self._pipeline.name_calls(slug, {linkedid: note_of(asked, known)})
            best = _best(asked, known)
            if best is not None and best.source == source:
                self._start(self._tell_pbx(slug, linkedid, name))

    async def _tell_pbx(self, slug: str, linkedid: str, name: str) -> None:
        tenant = self._pipeline.tenants.get(slug)
        if self.perform is None or tenant is None:
            return
        call = tenant.document.get(f"call:{linkedid}")
        notes = tenant.document.get(f"_call:{linkedid}")
        if call is None or notes is None or call["direction"] != "in":
            return
        leg = tenant.document.get(f"_channel:{notes['origin']}")
        if leg is not None:
            result = await self.perform(NameCaller(leg["name"], name))
            if not isinstance(result, Done):
                log.info("The name of the caller of %s was not taken: %s", linkedid, result)

    async def _ask(self, mine: _Tenant, tenant_id: int, source: str, key: str) -> str:
        """One company's slow directory takes no more than its share."""
        if mine.questions >= AT_ONCE_PER_TENANT:
            return ""
        mine.questions += 1
        try:
            return await self._ask_others(tenant_id, source, key)
        except Exception:
            log.warning("A directory of others could not be asked.", exc_info=True)
            return ""
        finally:
            mine.questions -= 1


def _asked(tenant: LiveTenant, call: Entity, notes: Entity) -> Asked | None:
    """None for calls within the company: their names are the directory's."""
    if call["direction"] == "internal":
        return None
    number = notes["dialled"] if call["direction"] == "out" else notes["caller"]["number"]
    if not number:
        return None
    agents = tenant.directory.agents
    seen_by = {*call["ringing"], *call["agents"]}
    group_id = call["group_id"]
    users = {agents[one].user_id for one in seen_by if one in agents}
    if group_id is not None:
        users |= tenant.directory.users_of_group(group_id)
    return Asked(number, notes.get("given", ""), group_id, frozenset(users))


def _best(asked: Asked, known: Known, user_id: int | None = None) -> Candidate | None:
    groups = () if asked.group_id is None else (asked.group_id,)
    return next(
        iter(ranked(known.candidates, known.order, user_id=user_id, group_ids=groups)), None
    )


def note_of(asked: Asked, known: Known) -> Entity:
    """For everybody, and for those whose own books say otherwise. Pure."""
    best = _best(asked, known)
    own = {one.viewer_id for one in known.candidates if one.viewer_id is not None}
    people = {}
    for user_id in sorted(own & asked.user_ids):
        mine = _best(asked, known, user_id)
        if mine is not None and mine != best:
            people[str(user_id)] = [mine.name, mine.source]
    return {
        "name": best.name if best else "",
        "source": best.source if best else "",
        "people": people,
    }
