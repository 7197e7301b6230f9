from __future__ import annotations

import hashlib

from django.db.models import QuerySet

from callcenter.dashboard.models import Wallboard
from callcenter.dashboard.selectors import groups_with_people
from callcenter.groups.models import AgentGroup
from callcenter.tenants.scope import system_scope


def groups_of_wallboard(board: Wallboard) -> QuerySet[AgentGroup]:
    groups = groups_with_people()
    return groups.filter(pk__in=board.group_ids) if board.group_ids else groups


def wallboards_with_groups() -> list[tuple[Wallboard, list[str]]]:
    """Those whose addresses work, each with the names of its groups; none: all groups."""
    names = dict(AgentGroup.objects.values_list("pk", "name"))
    return [
        (board, [names[pk] for pk in board.group_ids if pk in names])
        for board in Wallboard.objects.filter(revoked_at=None)
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
