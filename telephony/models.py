"""Table of contents: the models of the rooms of this app."""

from telephony.activity.models import ActivityProgress, AgentActivity
from telephony.calls.models import BuildProgress, Call, CallConcern, CallLeg, QueueVisit
from telephony.commands.models import CommandStatus, PbxCommand
from telephony.ledger.models import (
    CelLine,
    CompanyFact,
    LedgerFile,
    LedgerGap,
    LedgerMark,
    QueueLogLine,
    UnreadableLine,
)
from telephony.provisioning.models import OutgoingPrefix
from telephony.recordings.models import (
    LegalHold,
    Recording,
    RecordingExport,
    RecordingNote,
    RecordingWatch,
)

__all__ = [
    "ActivityProgress",
    "AgentActivity",
    "BuildProgress",
    "Call",
    "CallConcern",
    "CallLeg",
    "CelLine",
    "CommandStatus",
    "CompanyFact",
    "LedgerFile",
    "LedgerGap",
    "LedgerMark",
    "LegalHold",
    "OutgoingPrefix",
    "PbxCommand",
    "QueueLogLine",
    "QueueVisit",
    "Recording",
    "RecordingExport",
    "RecordingNote",
    "RecordingWatch",
    "UnreadableLine",
]
