"""Carrying one command out, at most once, before its deadline."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_noop

from callcenter.agents.models import Agent
from callcenter.groups.models import GroupMember
from telephony.commands.models import CommandStatus, PbxCommand
from telephony.pbx.orders import from_json
from telephony.pbx.port import AnswerLost, Done, PbxControl, Refused, Result, Unreachable

log = logging.getLogger(__name__)

WORKER_GONE_AFTER = timedelta(minutes=1)


def claim(command_id: UUID, at: datetime) -> PbxCommand | None:
    """QUEUED -> RUNNING by compare-and-set: of two workers with the same message one gets it.

    None when there is nothing to do; one past its deadline is left to `close_overdue`.
    """
    rows = PbxCommand.objects.filter(pk=command_id, status=CommandStatus.QUEUED)
    if rows.filter(deadline_at__gt=at).update(status=CommandStatus.RUNNING, started_at=at):
        return PbxCommand.objects.get(pk=command_id)
    return None


def carry_out(command: PbxCommand, control: PbxControl) -> tuple[Result, int]:
    """Its orders one after the other; stops at the first that is not done. (what, how many are)"""
    for done, values in enumerate(command.orders):
        result = control.perform(from_json(values))
        if not isinstance(result, Done):
            return result, done
    return Done(), len(command.orders)


_STATUS: dict[type, CommandStatus] = {
    Done: CommandStatus.DONE,
    Refused: CommandStatus.REFUSED,
    Unreachable: CommandStatus.UNREACHABLE,
    AnswerLost: CommandStatus.UNKNOWN,
}


@transaction.atomic
def settle(command: PbxCommand, result: Result, done: int, at: datetime) -> None:
    """What became of it, and what Helin's own rows become by the `done` first of its orders.

    Whoever got into two of three queues is in them: otherwise the next comparison with the PBX
    would quietly take it back.
    """
    command.status = _STATUS[type(result)]
    command.words = "" if isinstance(result, Done) else result.words
    command.finished_at = at
    command.save(update_fields=["status", "words", "finished_at"])
    if not isinstance(result, Done):
        log.warning("%s %s: %s %s", command.kind, command.pk, result.words, result.detail)
    effect = command.effect
    places: list[int] = effect.get("places", [])
    # a place with several queues counts when all of them are done
    whole = set(places) if isinstance(result, Done) else set(places[:done]) - set(places[done:])
    rows = GroupMember.objects.filter(pk__in=whole)
    if effect.get("logged_in") is True:
        rows.filter(logged_in=False).update(logged_in=True, logged_in_at=at)
    elif effect.get("logged_in") is False:
        rows.update(logged_in=False)
    if isinstance(result, Done) and (agent_id := effect.get("forget_wishes")):
        Agent.objects.filter(pk=agent_id).update(pause_after_call=None, wrap_up_until=None)


def close_overdue(at: datetime) -> list[PbxCommand]:
    """Those that no worker took in time, and those whose worker died with them in hand."""
    expired = _close(
        Q(status=CommandStatus.QUEUED, deadline_at__lte=at),
        at,
        status=CommandStatus.EXPIRED,
        words=gettext_noop("It could not be sent in time and was not carried out."),
    )
    # a worker talks to the PBX for seconds at most; after a minute it is not there any more
    lost = _close(
        Q(status=CommandStatus.RUNNING, started_at__lte=at - WORKER_GONE_AFTER),
        at,
        status=CommandStatus.UNKNOWN,
        words=gettext_noop("It may or may not have been carried out. Look before you repeat it."),
    )
    return expired + lost


def _close(which: Q, at: datetime, **outcome: str) -> list[PbxCommand]:
    """Each by one only: of two that look at once, the other finds it closed."""
    with transaction.atomic():
        found = list(PbxCommand.objects.filter(which).select_for_update(skip_locked=True))
        for command in found:
            command.finished_at = at
            for name, value in outcome.items():
                setattr(command, name, value)
        PbxCommand.objects.bulk_update(found, ["finished_at", *outcome])
    return found
