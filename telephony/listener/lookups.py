"""How the listener asks the phonebooks: in threads of its own, so that nothing else waits."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import close_old_connections

from callcenter.tenants.scope import tenant_scope
from phonebook.naming.asking import cached_name, look_up
from phonebook.naming.chain import Candidate, carried
from phonebook.naming.local import local_candidates
from phonebook.naming.selectors import Rules, rules_here
from phonebook.numbers.kinds import NumberKind, identify
from telephony.listener.names import Asked, Known

RULES_KEPT_SECONDS = 20.0
_KEYS_ASKED_OF_OTHERS = {NumberKind.TELEPHONE}
_Answer = TypeVar("_Answer")


class Lookups:
    """The two functions that a NameKeeper needs."""

    def __init__(self) -> None:
        self._local = ThreadPoolExecutor(2, "names")
        self._others = ThreadPoolExecutor(32, "directories")
        self._rules: dict[int, tuple[float, Rules]] = {}

    def forget(self, tenant_id: int) -> None:
        """The company's rules may have changed."""
        self._rules.pop(tenant_id, None)

    def close(self) -> None:
        for pool in (self._local, self._others):
            pool.shutdown(wait=False, cancel_futures=True)

    async def look_up(self, tenant_id: int, country: str, asked: Sequence[Asked]) -> list[Known]:
        return await self._in(
            self._local, tenant_id, lambda: self._known(tenant_id, country, asked)
        )

    async def ask_others(self, tenant_id: int, source: str, key: str) -> str:
        def ask() -> str:
            directory = self._rules_of(tenant_id).directories.get(source)
            return look_up(directory, key).name if directory is not None else ""

        return await self._in(self._others, tenant_id, ask)

    @staticmethod
    async def _in(pool: ThreadPoolExecutor, tenant_id: int, work: Callable[[], _Answer]) -> _Answer:
        def in_scope() -> _Answer:
            close_old_connections()
            with tenant_scope(tenant_id):
                return work()

        return await asyncio.get_running_loop().run_in_executor(pool, in_scope)

    def _rules_of(self, tenant_id: int) -> Rules:
        now = time.monotonic()
        kept_at, rules = self._rules.get(tenant_id, (0.0, None))
        if rules is None or now - kept_at > RULES_KEPT_SECONDS:
            rules = rules_here()
            self._rules[tenant_id] = (now, rules)
        return rules

    def _known(self, tenant_id: int, country: str, asked: Sequence[Asked]) -> list[Known]:
        """One statement for all of them."""
        rules = self._rules_of(tenant_id)
        identities = [identify(one.number, country) for one in asked]
        found = local_candidates(
            [one.key for one in identities],
            user_ids={user for one in asked for user in one.user_ids},
            group_ids={one.group_id for one in asked if one.group_id is not None},
        )
        answers = []
        for one, identity in zip(asked, identities, strict=True):
            candidates = list(found.get(identity.key, ()))
            if one.given:
                candidates.append(carried(one.given))
            outside = []
            is_asked = identity.kind in _KEYS_ASKED_OF_OTHERS
            for source in rules.outside() if is_asked else ():
                directory = rules.directories[source]
                name = cached_name(directory, identity.key)
                if name is None:
                    outside.append(source)
                elif name:
                    candidates.append(Candidate(source, name, where=directory.name))
            answers.append(
                Known(identity.key, rules.order, candidates, tuple(outside), rules.deadline_seconds)
            )
        return answers
