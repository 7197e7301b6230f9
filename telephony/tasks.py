"""Table of contents: the tasks of the rooms of this app."""

from telephony.commands.tasks import expire_commands, run_command

__all__ = ["expire_commands", "run_command"]
