"""Telling the person who gave an order what became of it."""

from __future__ import annotations

import logging

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.utils import translation
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from telephony.commands.models import CommandStatus, PbxCommand
from telephony.live.frames import to_text
from telephony.live.streams import channel_group, user_stream

log = logging.getLogger(__name__)

_LEVEL = {CommandStatus.DONE: "done", CommandStatus.REFUSED: "refused"}


def tell_requester(command: PbxCommand) -> None:
    """A toast to every tab of the requester; lost if there is none, the command's row stays."""
    if command.requested_by_id is None:
        return
    with translation.override(_language_of(command)):
        words = str(_words(command))
    text = to_text(
        {
            "type": "toast",
            "level": _LEVEL.get(CommandStatus(command.status), "error"),
            "text": words,
            "command": str(command.pk),
            "kind": command.kind,
            "agent": command.agent_id,
        }
    )
    layer = get_channel_layer()
    group = channel_group(command.tenant.pk, user_stream(command.requested_by_id))
    try:
        async_to_sync(layer.group_send)(group, {"type": "live.frame", "frame": text})
    except (RedisError, OSError) as error:
        log.warning("Nobody was told of %s: %s", command.pk, error)


def _language_of(command: PbxCommand) -> str:
    """As on the requester's pages: the person's own, else the company's."""
    reader = command.requested_by
    return (reader.language if reader else "") or command.tenant.language


def _words(command: PbxCommand) -> str:
    done = {
        "log_in": _("Logged in."),
        "log_out": _("Logged out."),
        "pause": _("Paused."),
        "resume": _("Back to work."),
        "hang_up": _("Hung up."),
        "pause_recording": _("The recording is paused."),
        "resume_recording": _("The call is recorded again."),
        "dial": _("Your phone rings. Pick it up to be connected."),
        "echo": _("Your phone rings. Pick it up to hear yourself."),
        "record_clip": _("Your phone rings. Pick it up and speak after the tone."),
    }
    if command.status == CommandStatus.DONE:
        return done.get(command.kind, _("Done."))
    return _(command.words) if command.words else _("It was not carried out.")
