from __future__ import annotations

import hashlib

from django.db.models import QuerySet

from callcenter.accounts.permissions import Person
from callcenter.dashboard.models import Wallboard
from callcenter.dashboard.selectors import groups_with_people
from callcenter.groups.models import AgentGroup
from callcenter.tenants.scope import system_scope


def groups_of_wallboard(board: Wallboard) -> QuerySet[AgentGroup]:
    groups = groups_with_people()
    return groups.filter(pk__in=board.group_ids) if board.group_ids else groups


def wallboards_led_by(person: Person) -> QuerySet[Wallboard]:
    """Those whose addresses work and that show nothing which the person's rights do not reach."""
    boards = Wallboard.objects.filter(revoked_at=None)
    if not person.group_ids:
        return boards
    return boards.filter(group_ids__contained_by=sorted(person.group_ids)).exclude(group_ids=[])


def wallboards_with_groups(person: Person) -> list[tuple[Wallboard, list[str]]]:
    """Each with the names of its groups; none: all groups."""
    names = dict(AgentGroup.objects.values_list("pk", "name"))
    return [
        (board, [names[pk] for pk in board.group_ids if pk in names])
        for board in wallboards_led_by(person)
    ]


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def wallboard_by_token(token: str) -> Wallboard | None:
    """The wallboard behind an address that needs no login; None for a revoked or unknown token."""
    with system_scope("a wallboard's token says which tenant it belongs to"):
        return (
            Wallboard.objects.select_related("tenant")
            .filter(digest=digest_of(token), revoked_at=None, tenant__is_active=True)
            .first()
        )
