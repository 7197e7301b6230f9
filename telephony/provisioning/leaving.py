"""The part of the dialplan that a key leads to which a caller presses in a queue. Pure.

app_queue takes a digit as a way out if the queue's context has it as an extension. So there is a
context for each digit and each way on; the queue names its own (asterisk.ast_config).
"""

from __future__ import annotations

DIGITS = "0123456789"
WAYS = ("hang_up", "clip", "queue")  # callcenter.groups.models.Overflow


def contexts() -> str:
    """`leave-1-clip` and so on; each goes on where callers go who leave a queue for other reasons."""
    return "".join(_context(digit, way) for digit in DIGITS for way in WAYS)


def _context(digit: str, way: str) -> str:
    return (
        f"[leave-{digit}-{way}]\n"
        f"exten => {digit},1,Set(QUEUESTATUS=KEY)\n"
        f" same => n,Set(OVER={way})\n"
        " same => n,Goto(from-carrier,${DID},over)\n"
    )
