"""Where a worker takes an order in hand."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from telephony.commands.executor import carry_out, claim, close_overdue, settle
from telephony.commands.toasts import tell_requester
from telephony.pbx.control import NOT_REACHED, BlockingControl
from telephony.pbx.port import Unreachable


@shared_task
def run_command(*, tenant_id: int, command_id: str) -> None:  # noqa: ARG001 - opens the scope
    """Carries a command out, unless somebody else did or it is too late; says so to its giver."""
    command = claim(UUID(command_id), timezone.now())
    if command is None:
        _close_overdue()
        return
    address = settings.PBXES.get(command.pbx)
    result, done = (
        carry_out(command, BlockingControl(address))
        if address is not None
        else (Unreachable(NOT_REACHED, f"{command.pbx} is not in HELIN_PBXES"), 0)
    )
    settle(command, result, done, timezone.now())
    tell_requester(command)


@shared_task(cross_tenant=True)
def expire_commands() -> None:
    """Closes what was never taken in hand, every few seconds from beat."""
    _close_overdue()


def _close_overdue() -> None:
    for command in close_overdue(timezone.now()):
        tell_requester(command)
