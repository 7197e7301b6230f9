"""Table of contents: the models of the rooms of this app."""

from telephony.activity.models import ActivityProgress, AgentActivity
from telephony.callbacks.models import (
    Callback,
    CallbackRule,
    CallTouch,
    LostCall,
    NeverCallBack,
)
from telephony.calls.models import BuildProgress, Call, CallConcern, CallLeg, QueueVisit
from telephony.clips.models import ClipTake
from telephony.commands.models import CommandStatus, PbxCommand
from telephony.compat.models import CallInitDoor, LinkedNumber, TargadDoor
from telephony.dialling.models import BrowserKey, DialChoice, OnceAnswer, PlacedCall
from telephony.journal.models import Journal
from telephony.ledger.models import (
    CelLine,
    CompanyFact,
    LedgerFile,
    LedgerGap,
    LedgerMark,
    QueueLogLine,
    UnreadableLine,
)
from telephony.privacy.models import (
    ErasedFile,
    ErasedNumber,
    LateWatch,
    PrivacyCase,
    PrivacyExport,
)
from telephony.provisioning.models import OutgoingPrefix
from telephony.recordings.models import (
    LegalHold,
    Recording,
    RecordingExport,
    RecordingNote,
    RecordingWatch,
)
from telephony.subscriptions.models import EventHorizon, OutwardEvent, Webhook, WebhookDelivery

__all__ = [
    "ActivityProgress",
    "AgentActivity",
    "BrowserKey",
    "BuildProgress",
    "Call",
    "CallConcern",
    "CallInitDoor",
    "CallLeg",
    "CallTouch",
    "Callback",
    "CallbackRule",
    "CelLine",
    "ClipTake",
    "CommandStatus",
    "CompanyFact",
    "DialChoice",
    "ErasedFile",
    "ErasedNumber",
    "EventHorizon",
    "Journal",
    "LateWatch",
    "LedgerFile",
    "LedgerGap",
    "LedgerMark",
    "LegalHold",
    "LinkedNumber",
    "LostCall",
    "NeverCallBack",
    "OnceAnswer",
    "OutgoingPrefix",
    "OutwardEvent",
    "PbxCommand",
    "PlacedCall",
    "PrivacyCase",
    "PrivacyExport",
    "QueueLogLine",
    "QueueVisit",
    "Recording",
    "RecordingExport",
    "RecordingNote",
    "RecordingWatch",
    "TargadDoor",
    "UnreadableLine",
    "Webhook",
    "WebhookDelivery",
]
