"""Which live streams a person may read, on the first paint and on the socket alike.

Without the right to see numbers, others' calls come by the redacted streams; the person's own
stream has the own calls in full. It comes last: later streams overwrite earlier ones.
"""

from __future__ import annotations

from collections.abc import Iterable

from callcenter.accounts.permissions import Person, Right
from telephony.live.streams import TENANT, group_stream, user_stream, wall_stream


def streams_for(person: Person, member_of: Iterable[int]) -> tuple[str, ...]:
    """All that the person may hear; `member_of`: the groups in which he is an agent."""
    if person.may(Right.LIVE_SEE):
        return supervisor_streams(person, member_of)
    if person.may(Right.DESK):
        return desk_streams(person, member_of)
    return (user_stream(person.user_id),)


def desk_streams(person: Person, member_of: Iterable[int]) -> tuple[str, ...]:
    """What an agent sees of the groups he works in."""
    return (*_of_groups(person, member_of), user_stream(person.user_id))


def supervisor_streams(person: Person, member_of: Iterable[int] = ()) -> tuple[str, ...]:
    """Rights limited to groups are limited in what is read, not in what is shown of it."""
    if person.group_ids:
        return desk_streams(person, person.group_ids | set(member_of))
    whole = TENANT if person.may(Right.CALLS_NUMBERS) else wall_stream()
    return (whole, user_stream(person.user_id))


def _of_groups(person: Person, group_ids: Iterable[int]) -> Iterable[str]:
    stream = group_stream if person.may(Right.CALLS_NUMBERS) else wall_stream
    return (stream(group_id) for group_id in sorted(group_ids))
