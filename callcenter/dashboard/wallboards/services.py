"""Wallboards: addresses that show the live screen without a login."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from callcenter.audit.services import Actor, record
from callcenter.dashboard.models import Wallboard
from callcenter.dashboard.wallboards.selectors import digest_of
from callcenter.groups.models import AgentGroup
from callcenter.tenants.refusals import Refusal

_TOKEN_BYTES = 24


class UnknownGroup(Refusal):
    def __init__(self) -> None:
        super().__init__(_("One of these groups does not exist any more."), "groups")


@transaction.atomic
def make_wallboard(*, name: str, group_ids: Sequence[int], by: Actor) -> tuple[Wallboard, str]:
    """The wallboard and its token, which is kept nowhere: show it now. No groups: all of them."""
    known = set(AgentGroup.objects.filter(pk__in=group_ids).values_list("pk", flat=True))
    if known != set(group_ids):
        raise UnknownGroup
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    board = Wallboard.objects.create(name=name, digest=digest_of(token), group_ids=sorted(known))
    record(action="wallboard.made", by=by, about=board, after={"group_ids": board.group_ids})
    return board, token


@transaction.atomic
def revoke_wallboard(*, board: Wallboard, by: Actor) -> None:
    """Its address shows nothing from now on. Doing it twice changes nothing."""
    changed = Wallboard.objects.filter(pk=board.pk, revoked_at=None).update(
        revoked_at=timezone.now()
    )
    if changed:
        record(action="wallboard.revoked", by=by, about=board)
