"""Asterisk's events that mean nothing to Helin. Pure."""

from __future__ import annotations

# known, and of no meaning to what Helin shows; anything else that comes is counted as unknown
IGNORED = frozenset(
    """
    VarSet Newexten DialState MusicOnHoldStart MusicOnHoldStop HangupRequest SoftHangupRequest
    BridgeCreate BridgeDestroy BridgeMerge LocalBridge LocalOptimizationBegin LocalOptimizationEnd
    PeerStatus Registry DTMFBegin DTMFEnd QueueMemberRinginuse
    MessageWaiting UserEvent SuccessfulAuth ChallengeSent ExtensionStatus
    PresenceStateChange HangupHandlerPush HangupHandlerPop HangupHandlerRun Reload Load Unload
    ChannelTalkingStart ChannelTalkingStop Rename NewPeerAccount Wink Flash ParkedCallSwap
    RTCPSent RTCPReceived TestEvent Cdr CEL MCID AOC-D AOC-E AOC-S BridgeVideoSourceUpdate
    BridgeInfoChannel Status EndpointList ContactList Parkinglot QueueSummary ContactStatusDetail
    DBGetResponse VoicemailUserDetail VoicemailBoxDetail EndpointDetail TransportDetail
    AuthDetail AorDetail
    """.split()  # noqa: SIM905
)
NOISE = frozenset(
    b"""
    VarSet Newexten DialState MusicOnHoldStart MusicOnHoldStop HangupRequest SoftHangupRequest
    BridgeCreate BridgeDestroy PeerStatus DTMFBegin DTMFEnd RTCPSent RTCPReceived TestEvent
    SuccessfulAuth ChallengeSent Cdr CEL
    """.split()
)


def is_wanted(name: bytes) -> bool:
    """False for what may be dropped before it is decoded (most of what a busy PBX says)."""
    return name not in NOISE
