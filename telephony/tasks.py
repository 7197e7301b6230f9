"""Table of contents: the tasks of the rooms of this app."""

from telephony.commands.tasks import expire_commands, run_command
from telephony.dialling.tasks import forget_once_answers
from telephony.recordings.tasks import (
    convert_recording,
    convert_waiting,
    make_export,
    purge_expired,
    sweep_exports,
)
from telephony.subscriptions.tasks import purge_events, tell_of_webhook

__all__ = [
    "convert_recording",
    "convert_waiting",
    "expire_commands",
    "forget_once_answers",
    "make_export",
    "purge_events",
    "purge_expired",
    "run_command",
    "sweep_exports",
    "tell_of_webhook",
]
