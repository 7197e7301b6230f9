"""Who a line means, and whose a queue was, as the company's data said at the time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from callcenter.tenants.models import Tenant
from telephony.activity.selectors import agents_known
from telephony.activity.timeline import GroupOfQueue
from telephony.ledger.models import MEMBER_EVENTS, NO_MEMBER_EVENTS, CompanyFact
from telephony.ledger.owners import agent_of_member, extension_of_member, prefix_of

NOBODY = ("", "NONE")
# distinct names by skipping along the index of these lines
_NAMES = """
WITH RECURSIVE known AS (
  (SELECT agent FROM telephony_queuelogline
   WHERE pbx = %(pbx)s AND tenant_id = %(tenant)s AND {events} ORDER BY agent LIMIT 1)
  UNION ALL
  SELECT (SELECT line.agent FROM telephony_queuelogline line
          WHERE pbx = %(pbx)s AND tenant_id = %(tenant)s AND {events}
            AND line.agent > known.agent ORDER BY line.agent LIMIT 1)
  FROM known WHERE known.agent IS NOT NULL
)
SELECT agent FROM known WHERE agent IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Who:
    """An agent, or the name of somebody whom another PBX alone knew."""

    tenant_id: int
    agent_id: int | None
    member: str


def events_sql() -> str:
    """Which lines tell of a member; the conditions of the index `queue_log_of_member` among them."""
    words, others = (
        ", ".join(f"'{event}'" for event in events) for events in (MEMBER_EVENTS, NO_MEMBER_EVENTS)
    )
    return f"event IN ({words}) AND agent <> 'NONE' AND event NOT IN ({others})"


class Facts:
    """The kept facts of these tenants: one query, and one for the names in each one's lines."""

    def __init__(self, tenant_ids: Iterable[int]) -> None:
        self._said: dict[tuple[int, str, str], list[tuple[datetime, dict[str, Any]]]] = {}
        self._names: dict[tuple[str, int], list[str]] = {}
        self._slugs = dict(Tenant.objects.filter(pk__in=list(tenant_ids)).values_list("pk", "slug"))
        rows = CompanyFact.objects.filter(
            tenant_id__in=list(tenant_ids), kind__in=("phone", "queue", "oldqueue", "oldagent")
        )
        for tenant_id, kind, name, since, facts in rows.order_by("since").values_list(
            "tenant_id", "kind", "name", "since", "facts"
        ):
            self._said.setdefault((tenant_id, kind, name), []).append((since, facts))

    def _at(self, tenant_id: int, kind: str, name: str, at: datetime, word: str) -> int | None:
        value = None
        for since, facts in self._said.get((tenant_id, kind, name[:80]), ()):
            if since <= at:
                value = facts.get(word)
        return value

    def group_of_queue(self, tenant_id: int, queue: str, at: datetime) -> int | None:
        return self._at(tenant_id, "queue", queue, at, "group_id") or self._at(
            tenant_id, "oldqueue", queue, at, "group_id"
        )

    def groups_of(self, who: Who) -> GroupOfQueue:
        return lambda queue, at: self.group_of_queue(who.tenant_id, queue, at)

    def agent_of(self, tenant_id: int, member: str, at: datetime) -> int | None:
        """By our own name for members, as an import decided about the name, or else by the phone."""
        own = self._own(tenant_id, member)
        if own is not None:
            return own
        if (tenant_id, "oldagent", member[:80]) in self._said:
            return self._at(tenant_id, "oldagent", member, at, "agent_id")
        extension = extension_of_member(member)
        return self._at(tenant_id, "phone", extension, at, "agent_id") if extension else None

    def _own(self, tenant_id: int, member: str) -> int | None:
        is_ours = prefix_of(member) == self._slugs.get(tenant_id)
        return agent_of_member(member) if is_ours else None

    def who(self, tenant_id: int, member: str, at: datetime) -> Who | None:
        if member in NOBODY:
            return None
        agent_id = self.agent_of(tenant_id, member, at)
        return Who(tenant_id, agent_id, "" if agent_id is not None else member)

    def members_of(self, pbx: str, wanted: Iterable[Who]) -> dict[Who, list[str]]:
        """The names under which lines may speak of each."""
        found: dict[Who, list[str]] = {who: [] for who in wanted}
        for tenant_id in {who.tenant_id for who in found}:
            for name in self._names_in(pbx, tenant_id):
                for who in self._ever(tenant_id, name):
                    if who in found:
                        found[who].append(name)
        return found

    def everybody(self, pbx: str, tenant_id: int) -> set[Who]:
        """Of whom lines or phones of the company ever told."""
        named = (self._ever(tenant_id, name) for name in self._names_in(pbx, tenant_id))
        by_phone = {Who(tenant_id, agent_id, "") for agent_id in agents_known(tenant_id)}
        return by_phone.union(*named)

    def _ever(self, tenant_id: int, name: str) -> set[Who]:
        """Whomever the name meant at any time."""
        agents = {self._own(tenant_id, name)}
        for kind, key in (("oldagent", name), ("phone", extension_of_member(name))):
            agents |= {
                facts.get("agent_id")
                for _, facts in self._said.get((tenant_id, kind, key[:80]), ())
            }
        known = {Who(tenant_id, agent_id, "") for agent_id in agents if agent_id is not None}
        return known | {Who(tenant_id, None, name)}

    def _names_in(self, pbx: str, tenant_id: int) -> list[str]:
        key = (pbx, tenant_id)
        if key not in self._names:
            with connection.cursor() as cursor:
                cursor.execute(
                    _NAMES.format(events=events_sql()), {"pbx": pbx, "tenant": tenant_id}
                )
                self._names[key] = [row[0] for row in cursor.fetchall()]
        return self._names[key]
