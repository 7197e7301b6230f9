"""Table of contents: the models of the rooms of this app."""

from telephony.commands.models import CommandStatus, PbxCommand
from telephony.provisioning.models import OutgoingPrefix

__all__ = ["CommandStatus", "OutgoingPrefix", "PbxCommand"]
