"""Everything that decides what a visit counts as, in one small number that PostgreSQL keeps with it.

Sums over millions of visits read numbers several times as fast as words, and the index over which
they run is half as wide. Made of the words alone, so it can be made anew from them.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Case, F, Q, Value, When

from telephony.ledger.queue_events import LOST

# the place of a word in its tuple is its number: only ever add at the end
OUTCOMES = ("waiting", "answered", "abandoned", "short_abandoned", "overflowed")
MODES = ("handled", "abandons_ignored", "abandons_positive", "abandons_negative")
REASONS = ("", "timeout", "full", "no_agents", "agents_left", "key", "closed", "restart")
OTHER_WORD = 9  # none of the outcomes, or of the modes
OTHER_REASON = 49
TALK_UNKNOWN = 8  # in place of the reason, which who was answered has none of
OF_OUTCOME, OF_MODE, IN_TIME = 1000, 100, 50


def _number(field: str, words: tuple[str, ...], times: int, other: int) -> Case:
    known = (When(**{field: word}, then=Value(place * times)) for place, word in enumerate(words))
    return Case(*known, default=Value(other * times))


def kind_of_visit() -> models.GeneratedField:
    """outcome * 1000 + mode * 100 + 50 where the wait was in time + reason, or of the answered whether
    it is not known how long they talked: they still do, or no file says when it ended."""
    in_time = When(wait_seconds__lte=F("answer_within_seconds"), then=Value(IN_TIME))
    not_told = Q(outcome="answered") & (Q(ended_at__isnull=True) | Q(reason=LOST))
    reason = _number("reason", REASONS, 1, OTHER_REASON)
    return models.GeneratedField(
        expression=_number("outcome", OUTCOMES, OF_OUTCOME, OTHER_WORD)
        + _number("service_level_mode", MODES, OF_MODE, OTHER_WORD)
        + Case(in_time, default=Value(0))
        + Case(When(not_told, then=Value(TALK_UNKNOWN)), default=reason),
        output_field=models.SmallIntegerField(),
        db_persist=True,
    )


def kinds_of_outcome(outcome: str) -> tuple[int, int]:
    """The least and the greatest kind of visits that ended so."""
    first = OUTCOMES.index(outcome) * OF_OUTCOME
    return first, first + OF_OUTCOME - 1


def kind_in_words(column: str) -> dict[str, str]:
    """SQL of what a kind stands for, by name; NULL for a word that is none of these."""

    def word(words: tuple[str, ...], place: str) -> str:
        said = ", ".join(f"'{one}'" for one in words)
        return f"(ARRAY[{said}])[1 + {place}]"

    return {
        "service_level_mode": word(MODES, f"{column} / {OF_MODE} %% 10"),
        "outcome": word(OUTCOMES, f"{column} / {OF_OUTCOME}"),
        "reason": f"coalesce({word(REASONS, f'{column} %% {IN_TIME}')}, 'other')",
        "is_in_time": f"({column} / {IN_TIME} %% 2 = 1)",
        "is_talk_unknown": f"({column} %% {IN_TIME} = {TALK_UNKNOWN})",
    }
