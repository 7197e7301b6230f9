"""Which of a company's queues and agents an imported PBX's names mean.

What is decided is kept as facts, so that a rebuild gives the same: thresholds are those of the group
when its queue was first imported. A name that is nobody's is kept as an empty fact and stays a name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from callcenter.agents.models import Agent, Device
from callcenter.groups.models import Queue
from callcenter.tenants.models import Tenant
from callcenter.tenants.scope import tenant_scope
from telephony.calls.models import BuildProgress
from telephony.ledger.facts import ALWAYS
from telephony.ledger.models import CompanyFact
from telephony.ledger.owners import extension_of_member, import_pbx

LONGEST = 80  # of a fact's name
NOBODY = ("", "NONE")


class UnknownName(Exception):
    """A map names a queue or an agent that the company has not."""


class HistoryNames:
    """Of one company. `queues`: slugs by the other PBX's names; `agents`: extensions or names of
    agents by the other PBX's names. Raises UnknownName.
    """

    def __init__(
        self, tenant: Tenant, queues: Mapping[str, str] = {}, agents: Mapping[str, str] = {}
    ) -> None:
        self._tenant = tenant
        self._queue_map, self._agent_map = dict(queues), dict(agents)
        with tenant_scope(tenant.pk):
            self._queues = {one.slug: one for one in Queue.objects.select_related("group")}
            self._by_name, self._by_extension = _agents()
            facts = CompanyFact.objects.filter(kind__in=("oldqueue", "oldagent"))
            self._facts: dict[tuple[str, str], dict[str, Any]] = {
                (kind, name): known
                for kind, name, known in facts.values_list("kind", "name", "facts")
            }
        for slug in self._queue_map.values():
            if slug not in self._queues:
                raise UnknownName(f"{tenant.slug} has no queue {slug}.")
        for name in self._agent_map.values():
            if not self._agent_called(name):
                raise UnknownName(f"{tenant.slug} has no agent {name}.")
        self._done: set[tuple[str, str]] = set()
        self.keep(self._queue_map, self._agent_map)

    def keep(self, queues: Iterable[str], agents: Iterable[str]) -> None:
        """Decides about names that were not seen before. Where one means something else now than when
        its calls were built, these are marked to be built again (calls.history.begin_again)."""
        new = [("oldqueue", name) for name in queues] + [("oldagent", name) for name in agents]
        rows, is_changed = [], False
        for kind, name in new:
            key = kind, name[:LONGEST]
            if name in NOBODY or key in self._done:
                continue
            self._done.add(key)
            said = self._queue(name) if kind == "oldqueue" else self._agent(name)
            known = self._facts.get(key)
            if known is not None and not self._differs(kind, known, said):
                continue
            is_changed = is_changed or known is not None
            self._facts[key] = said
            rows.append(
                CompanyFact(tenant=self._tenant, kind=kind, name=key[1], since=ALWAYS, facts=said)
            )
        if not rows:
            return
        with transaction.atomic():
            CompanyFact.objects.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["tenant", "kind", "name", "since"],
                update_fields=["facts"],
            )
            if is_changed:
                progress = BuildProgress.objects.filter(pbx=import_pbx(self._tenant.slug))
                progress.update(must_begin_again=True)

    def queue_facts(self, name: str) -> dict[str, Any]:
        """Ids and thresholds, as decided; empty if the queue is nobody's."""
        return self._facts.get(("oldqueue", name[:LONGEST]), {})

    def agent_id(self, name: str) -> int | None:
        found = self._facts.get(("oldagent", name[:LONGEST]), {}).get("agent_id")
        return None if found is None else int(found)

    @property
    def unmapped_queues(self) -> list[str]:
        return sorted(name for (kind, name), said in self._facts.items()
                      if kind == "oldqueue" and not said)  # fmt: skip

    @property
    def unmapped_agents(self) -> list[str]:
        return sorted(name for (kind, name), said in self._facts.items()
                      if kind == "oldagent" and not said)  # fmt: skip

    def _differs(self, kind: str, known: dict[str, Any], said: dict[str, Any]) -> bool:
        """Once decided, only another queue or agent counts, not other thresholds."""
        word = "queue_id" if kind == "oldqueue" else "agent_id"
        return bool(said) and known.get(word) != said.get(word)

    def _queue(self, name: str) -> dict[str, Any]:
        slug = self._queue_map.get(name) or name.removeprefix(f"{self._tenant.slug}-")
        queue = self._queues.get(slug)
        if queue is None:
            return {}
        return {
            "queue_id": queue.pk,
            "group_id": queue.group_id,
            "short_abandon_seconds": queue.group.short_abandon_seconds,
            "answer_within_seconds": queue.group.answer_within_seconds,
            "service_level_mode": queue.group.service_level_mode,
        }

    def _agent(self, name: str) -> dict[str, Any]:
        agent_id = self._agent_called(self._agent_map.get(name, name))
        return {"agent_id": agent_id} if agent_id else {}

    def _agent_called(self, name: str) -> int | None:
        return self._by_name.get(name.casefold()) or self._by_extension.get(
            extension_of_member(name)
        )


def _agents() -> tuple[dict[str, int | None], dict[str, int]]:
    """By name, where only one has it, and by extension."""
    by_name: dict[str, int | None] = {}
    for pk, name in Agent.objects.values_list("pk", "name"):
        key = name.casefold()
        by_name[key] = None if key in by_name else pk
    devices = Device.objects.values_list("extension", "agent_id", "rings_for")
    return by_name, {
        extension: agent_id or rings_for
        for extension, agent_id, rings_for in devices
        if agent_id or rings_for
    }
