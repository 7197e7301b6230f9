"""Imported files that ended within a line, and longer copies that have it whole: they close its gap."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

from django.utils import timezone

from telephony.ledger.gaps import SHORTEST
from telephony.ledger.history_clock import SECOND
from telephony.ledger.history_files import BLOCK_BYTES, LONGEST_LINE, open_history
from telephony.ledger.models import GapCause, LedgerFile, LedgerGap


def settle_ends(file: LedgerFile, path: Path) -> None:
    """To be called in the transaction that ends the file: remembers its content if its last line has
    no end, and closes the gaps of files that are beginnings of it."""
    if "unended" in file.bookmark:
        digest, _ = _beginning(path, file.offset)
        LedgerFile.objects.filter(pk=file.pk).update(digests={**file.digests, "unended": digest})
    gaps = LedgerGap.objects.filter(
        pbx=file.pbx,
        source=file.source,
        cause=GapCause.UNREADABLE,
        closed_at=None,
        file__digests__has_key="unended",
    )
    for gap in gaps.exclude(file_id=file.pk).select_related("file"):
        cut = gap.file
        if cut is None or not _is_of_end(gap, cut):
            continue
        if _beginning(path, cut.offset) == (cut.digests["unended"], True):
            LedgerGap.objects.filter(pk=gap.pk).update(closed_at=timezone.now())


def _is_of_end(gap: LedgerGap, cut: LedgerFile) -> bool:
    """Not of other lines, which cannot be read in the longer file either."""
    ends_at = datetime.fromtimestamp(int(cut.bookmark["latest"]) // SECOND, UTC)
    return (gap.since, gap.until) == (ends_at, ends_at + SHORTEST)


def _beginning(path: Path, length: int) -> tuple[str, bool]:
    """The digest of so much of the content, and whether a line feed ends the line that it is in."""
    digest = hashlib.sha256()
    with open_history(path) as file:
        while length and (part := file.read(min(length, BLOCK_BYTES))):
            digest.update(part)
            length -= len(part)
        return digest.hexdigest(), not length and file.readline(LONGEST_LINE).endswith(b"\n")
