"""What an erasure did and could not do, in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = str | Promise

DONE: Mapping[str, Words] = {
    "numbers": _("Numbers that have a pseudonym now"),
    "calls": _("Calls made anew from rewritten lines"),
    "lines": _("Lines of the ledger rewritten"),
    "unreadable": _("Unreadable lines emptied"),
    "recordings": _("Recordings deleted"),
    "zips": _("Exports with these recordings deleted"),
    "reports": _("Reports whose files were dropped"),
    "notes": _("Notes emptied or deleted"),
    "work": _("Activities and time entries emptied or deleted"),
    "contacts": _("Contacts deleted"),
    "texts": _("Other entries in which a number stood (audit log, orders, callbacks ...)"),
}
LEFT: Mapping[str, Words] = {
    "backups": _("Backups made before keep the data until they are thrown away."),
    "pbx_files": _(
        "The phone system's own log files keep the numbers until they are rotated away."
    ),
    "mails": _("Reports that were mailed lie in the mailboxes of those who got them."),
    "contacts": _("The contacts were kept, as was asked for."),
}
STEPS: Mapping[str, Words] = {
    "numbers": _("Choosing pseudonyms"),
    "recordings": _("Deleting recordings"),
    "reports": _("Dropping files of reports"),
    "notes": _("Emptying notes"),
    "work": _("Emptying activities and time entries"),
    "contacts": _("Deleting contacts"),
    "queue_lines": _("Rewriting the queue log"),
    "channel_lines": _("Rewriting channel events"),
    "rows": _("Rewriting calls without lines"),
    "unreadable": _("Emptying unreadable lines"),
    "texts": _("Looking through everything else"),
    "figures": _("Summing days"),
    "case": _("Forgetting the numbers"),
}


def done_in_words(done: Mapping[str, int]) -> list[tuple[Words, int]]:
    """All that could have been done, also what was nothing."""
    return [(word, done.get(code, 0)) for code, word in DONE.items()]


def left_in_words(left: Sequence[str]) -> list[Words]:
    return [LEFT[code] for code in left if code in LEFT]
