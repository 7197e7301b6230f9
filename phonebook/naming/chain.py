"""Who it is, when several sources know: the highest source wins, never the fastest. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from phonebook.naming.sources import CARRIER, GROUP, INTERNAL, PERSONAL


@dataclass(frozen=True, slots=True)
class Candidate:
    """A name for a number. `viewer_id`: the only user who may see it, None for everybody;
    `group_id`: of the book of a group; `where`: the book or directory, in its own words."""

    source: str
    name: str
    contact_id: int | None = None
    where: str = ""
    viewer_id: int | None = None
    group_id: int | None = None
    is_company: bool = False  # the contact has no name of its own, only a company's

    def is_for(self, user_id: int | None, group_ids: Collection[int]) -> bool:
        if self.viewer_id is not None and self.viewer_id != user_id:
            return False
        return self.source != GROUP or self.group_id in group_ids


def ranked(
    candidates: Iterable[Candidate],
    order: Sequence[str],
    *,
    user_id: int | None = None,
    group_ids: Collection[int] = (),
) -> list[Candidate]:
    """Those that count for this viewer, best first: by source, named people first, oldest first."""
    place = {source: index for index, source in enumerate(order)}
    mine = [
        one
        for one in candidates
        if one.name and one.source in place and one.is_for(user_id, group_ids)
    ]
    return sorted(
        mine, key=lambda one: (place[one.source], one.is_company, one.contact_id or 0, one.name)
    )


def carried(name: str) -> Candidate:
    """The name that came with the call."""
    return Candidate(CARRIER, name)


def colleague(name: str, extension: str) -> Candidate:
    return Candidate(INTERNAL, name, where=extension)


def personal(name: str, contact_id: int, where: str, viewer_id: int, **more: bool) -> Candidate:
    return Candidate(PERSONAL, name, contact_id, where, viewer_id, **more)


def ripe(
    order: Sequence[str],
    answers: Mapping[str, str],
    waiting: Collection[str],
    has_local: str = "",
) -> str | None:
    """The outside source whose answer may be shown now: no higher one is still being asked, and
    it stands above `has_local`, the source of the name that is shown already ("" for none).

    `answers`: source -> name, "" where it knows nobody; `waiting`: sources not answered yet.
    """
    for source in order:
        if source == has_local:
            return None
        if source in waiting:
            return None
        if answers.get(source):
            return source
    return None
