"""The company's rules of naming, and who a number is by them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import redis
from django.conf import settings
from django.db import connection

from callcenter.groups.models import AgentGroup
from callcenter.tenants.scope import current_tenant_id
from phonebook.naming.asking import cached_name, look_up
from phonebook.naming.chain import Candidate, carried, ranked
from phonebook.naming.local import local_candidates
from phonebook.naming.models import ExternalDirectory, NamingRules
from phonebook.naming.sources import (
    TARGAD_KONED,
    WORDS,
    directory_id,
    directory_source,
    known,
)


@dataclass(frozen=True, slots=True)
class Rules:
    """`order`: sources, best first; `directories` by source, those that are in the order."""

    order: tuple[str, ...] = TARGAD_KONED
    deadline_seconds: float = 1.0
    directories: dict[str, ExternalDirectory] = field(default_factory=dict)

    def outside(self) -> tuple[str, ...]:
        return tuple(source for source in self.order if source in self.directories)


def rules_here() -> Rules:
    """Of the company in scope: two queries."""
    rows = {directory_source(one.pk): one for one in ExternalDirectory.objects.all()}
    kept = NamingRules.objects.first()
    if kept is None:
        return Rules()
    ids = [one.pk for one in rows.values()]
    order = known(kept.sources, ids)
    used = {source: rows[source] for source in order if source in rows and rows[source].is_active}
    left_out = rows.keys() - used.keys()
    return Rules(
        tuple(source for source in order if source not in left_out), kept.deadline_ms / 1000, used
    )


def word_of(source: str, directories: dict[str, ExternalDirectory] | None = None) -> str:
    """A source as people know it; "" for one that is gone."""
    if source in WORDS:
        return str(WORDS[source])
    found = (directories or {}).get(source)
    if found is None and (pk := directory_id(source)) is not None:
        found = ExternalDirectory.objects.filter(pk=pk).first()
    return found.name if found else ""


def explain(
    key: str,
    rules: Rules,
    *,
    user_id: int | None,
    group_ids: Collection[int],
    given: str = "",
    asks: bool = False,
) -> list[Candidate]:
    """Everybody who has the number for this viewer, best first: the winner and the runners-up.

    `given`: the name that came with the call. `asks`: outside directories are asked one after the
    other where nothing of them is kept, which may take all their time.
    """
    users = [user_id] if user_id is not None else []
    found = local_candidates([key], user_ids=users, group_ids=group_ids).get(key, [])
    if given:
        found.append(carried(given))
    for source in rules.outside() if key else ():
        directory = rules.directories[source]
        name = look_up(directory, key).name if asks else cached_name(directory, key)
        if name:
            found.append(Candidate(source, name, where=directory.name))
    return ranked(found, rules.order, user_id=user_id, group_ids=group_ids)


def directories() -> Sequence[ExternalDirectory]:
    return list(ExternalDirectory.objects.all())


EXAMPLES = 8
_RECENT_NUMBERS = """
SELECT n.key FROM phonebook_contactnumber n
WHERE n.tenant_id = %s AND n.key <> '' ORDER BY n.id DESC LIMIT 300
"""


def example_keys() -> list[str]:
    """Numbers of this company's phonebooks to try an order on: those that several have first."""
    with connection.cursor() as cursor:
        cursor.execute(_RECENT_NUMBERS, [current_tenant_id()])
        counted = Counter(row[0] for row in cursor.fetchall())
    return [key for key, _count in counted.most_common(EXAMPLES)]


@dataclass(frozen=True, slots=True)
class Preview:
    """`places`: (name, source in words, book) best first."""

    key: str
    places: list[tuple[str, str, str]]


def preview(
    keys: Sequence[str], rules: Rules, *, user_id: int, group_ids: Collection[int]
) -> list[Preview]:
    """How the numbers would be named for this person; one statement and the cache."""
    groups = group_ids or list(AgentGroup.objects.values_list("pk", flat=True))
    found = local_candidates(keys, user_ids=[user_id], group_ids=groups)
    shown = []
    for key in keys:
        known_here = list(found.get(key, ()))
        for source, directory in rules.directories.items():
            name = cached_name(directory, key)
            if name:
                known_here.append(Candidate(source, name, where=directory.name))
        best = ranked(known_here, rules.order, user_id=user_id, group_ids=groups)
        shown.append(
            Preview(
                key,
                [(one.name, word_of(one.source, rules.directories), one.where) for one in best[:5]],
            )
        )
    return shown


DIRECTORY_HEALTH = "directory:health"


def directory_health() -> dict[str, Any] | None:
    """What the process that answers phones by LDAP counted as of `beat_at`; None: not known."""
    try:
        with redis.Redis.from_url(
            settings.VALKEY_URL, socket_timeout=2, socket_connect_timeout=2
        ) as client:
            text: Any = client.get(DIRECTORY_HEALTH)
    except redis.RedisError:
        return None
    found: dict[str, Any] | None = json.loads(text) if text else None
    return found
