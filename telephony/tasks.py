"""Table of contents: the tasks of the rooms of this app."""

from telephony.commands.tasks import expire_commands, run_command
from telephony.recordings.tasks import convert_recording, convert_waiting

__all__ = ["convert_recording", "convert_waiting", "expire_commands", "run_command"]
