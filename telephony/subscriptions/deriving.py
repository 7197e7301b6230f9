"""From changes of the live document to facts for other programs. Pure.

Facts come from what screens are shown, so both say the same. What came and went within one batch
of the PBX is not in the document and is not told; a state that was passed over on the way is told
as far as the document still shows it (a call that is first seen talking has arrived and is
answered).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from phonebook.numbers.e164 import normalise
from telephony.live.directory import Directory
from telephony.live.private import is_private
from telephony.live.state import Change, Entity, Put
from telephony.subscriptions import vocabulary as words
from telephony.subscriptions.vocabulary import OutEvent

Met = Mapping[str, tuple[int, ...]]
"""The agents whose phones a call has rung or who have talked in it, by the call's key."""


def events_of(
    before: Mapping[str, Entity],
    changes: Iterable[Change],
    directory: Directory,
    at: float,
    *,
    pbx: str = "",
    met: Met | None = None,
) -> list[OutEvent]:
    """What the changes mean, in the order in which it happened; `before` is not yet changed.

    `at` in epoch seconds. `met` makes the end of a call known to those whom it concerned earlier.
    """
    found: list[OutEvent] = []
    for change in changes:
        old = before.get(change.key)
        new = change.entity if isinstance(change, Put) else None
        if change.key.startswith("call:"):
            known = (met or {}).get(change.key, ())
            found += _CallStory(change.key, old, new, directory, at, pbx, known).tell()
        elif change.key.startswith("agent:"):
            found += _of_agent(change.key, old, new, directory, at)
        elif change.key == "pbx" and new is not None:
            found += _of_link(old, new, at, pbx)
    return found


def remember(met: dict[str, tuple[int, ...]], changes: Iterable[Change]) -> None:
    """Keeps `met` up to date; to be called after `events_of` with the same changes."""
    for change in changes:
        if not change.key.startswith("call:"):
            continue
        if isinstance(change, Put):
            inside = (*change.entity["ringing"], *change.entity["agents"])
            known = met.get(change.key, ())
            if not set(inside) <= set(known):
                met[change.key] = tuple(dict.fromkeys((*known, *inside)))
        else:
            met.pop(change.key, None)


def instant(at: float | None) -> str | None:
    """As every time in an event is written: UTC, milliseconds."""
    if at is None:
        return None
    second, microsecond = divmod(round(at * 1_000_000), 1_000_000)
    return f"{_second(second)}.{microsecond // 1000:03}Z"


@lru_cache(maxsize=64)
def _second(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S")


class _CallStory:
    """One call's change from `old` to `new`; either may be None."""

    def __init__(
        self,
        key: str,
        old: Entity | None,
        new: Entity | None,
        directory: Directory,
        at: float,
        pbx: str,
        met: tuple[int, ...],
    ) -> None:
        self.key = key
        self.old = old
        self.new = new
        self.directory = directory
        self.at = at
        self.pbx = pbx
        self.met = met
        self.told: list[OutEvent] = []
        # of one change often several things are to be told
        self._shaped_of: Entity | None = None
        self._shaped: Entity = {}
        self._own: tuple[str, ...] = ()

    def tell(self) -> list[OutEvent]:
        if self.new is None:
            if self.old is not None:
                self._tell_end(self.old)
        else:
            self._tell_progress(self.old, self.new)
        return self.told

    def _tell_end(self, old: Entity) -> None:
        is_answered = old["answered_at"] is not None
        end = {
            "ended_at": instant(self.at),
            "answered": is_answered,
            "seconds": round(max(0.0, self.at - old["started_at"]), 3),
        }
        if old["ringing"]:
            self._say(words.RINGING_ENDED, old, agents=old["ringing"])
        if old["direction"] == "in" and not is_answered:
            self._say(words.MISSED, old, agents=self.met, **end)
        self._say(words.ENDED, old, agents=self.met, **end)

    def _tell_progress(self, old: Entity | None, new: Entity) -> None:
        if old is None:
            self._say(words.ARRIVED if new["direction"] == "in" else words.PLACED, new)
        elif new["caller"]["name"] and new["caller"]["name"] != old["caller"]["name"]:
            self._say(words.NAMED, new)
        if new["state"] == "waiting" and (
            old is None or old["state"] != "waiting" or old["queue"] != new["queue"]
        ):
            self._say(words.QUEUED, new)
        was_ringing = old["ringing"] if old else []
        started = [agent for agent in new["ringing"] if agent not in was_ringing]
        stopped = [agent for agent in was_ringing if agent not in {*new["ringing"], *new["agents"]}]
        if stopped:
            self._say(words.RINGING_ENDED, new, agents=stopped)
        if started:
            self._say(words.RINGING, new, agents=started)
        self._tell_talk(old, new)
        self._tell_pause(old["state"] if old else "", new)

    def _tell_talk(self, old: Entity | None, new: Entity) -> None:
        if new["answered_at"] is not None and (old is None or old["answered_at"] is None):
            self._say(words.ANSWERED, new, agents=new["agents"])
            return
        if old is None or old["answered_at"] is None or new["direction"] != "in":
            return
        came = [agent for agent in new["agents"] if agent not in old["agents"]]
        left = [agent for agent in old["agents"] if agent not in new["agents"]]
        stayed = [agent for agent in old["agents"] if agent in new["agents"]]
        if came and stayed:
            self._say(words.JOINED, new, agents=came)
        elif came:
            others = left or [agent for agent in self.met if agent not in came]
            self._say(words.TRANSFERRED, new, agents=came, before=self._people(others))
        elif left and stayed and self._came_before(left, stayed):
            self._say(words.TRANSFERRED, new, agents=stayed, before=self._people(left))
        elif left and stayed:
            self._say(words.LEFT, new, agents=left)

    def _came_before(self, these: list[int], those: list[int]) -> bool:
        """A consultation that is given up ends with the one leaving who came last."""
        order = {agent: place for place, agent in enumerate(self.met)}
        last = len(order)
        return min(order.get(one, last) for one in these) < min(
            order.get(one, last) for one in those
        )

    def _tell_pause(self, was: str, new: Entity) -> None:
        state = new["state"]
        if state == was:
            return
        if was == "parked":
            self._say(words.FETCHED, new)
        if state == "parked":
            self._say(words.PARKED, new, parked=self._parked(new))
        elif state == "on_hold":
            self._say(words.HELD, new)
        elif state == "talking" and was == "on_hold":
            self._say(words.RESUMED, new)

    def _say(self, kind: str, call: Entity, *, agents: Iterable[int] | None = None, **more: Any
             ) -> None:  # fmt: skip
        """`agents`: of whom this fact tells; the call's own lists say who is in it altogether."""
        concerned = dict.fromkeys((*self.met, *call["ringing"], *call["agents"], *(agents or ())))
        parked = call.get("parked")
        if parked and parked["by"] is not None:
            concerned[parked["by"]] = None
        if self._shaped_of is not call:
            self._shaped_of, self._shaped = call, self._call(call)
            self._own = self._own_number(self._shaped["dialled"])
        data = {"call": self._shaped, **more}
        if agents is not None:
            data["agents"] = self._people(agents)
        group = call["group_id"]
        self.told.append(
            OutEvent(
                kind,
                self.at,
                data,
                call=self.key.partition(":")[2],
                group_ids=() if group is None else (group,),
                agent_ids=tuple(concerned),
                user_ids=_users(concerned, self.directory),
                numbers=self._own,
            )
        )

    def _call(self, call: Entity) -> Entity:
        country = self.directory.country
        queue = self.directory.queues.get(call["queue"] or "")
        return {
            "id": self.key.partition(":")[2],
            "pbx": self.pbx,
            "direction": call["direction"],
            "state": call["state"],
            "caller": {
                "number": normalise(call["caller"]["number"], country),
                "name": call["caller"]["name"],
            },
            "dialled": normalise(call["dialled"], country) if call["dialled"] else "",
            "group_id": call["group_id"],
            "queue": {"id": queue.queue_id, "name": queue.label} if queue else None,
            "private": is_private(self.key.partition(":")[2]),
            "ringing": self._people(call["ringing"]),
            "talking": self._people(call["agents"]),
            "started_at": instant(call["started_at"]),
            "queued_at": instant(call["joined_at"]),
            "answered_at": instant(call["answered_at"]),
        }

    def _people(self, agent_ids: Iterable[int]) -> list[Entity]:
        return [person_of(agent, self.directory) for agent in agent_ids]

    def _parked(self, call: Entity) -> Entity | None:
        parked = call.get("parked")
        if not parked:
            return None
        by = parked["by"]
        return {
            "place": parked["place"],
            "by": None if by is None else person_of(by, self.directory),
            "since": instant(parked["since"]),
        }

    def _own_number(self, dialled: str) -> tuple[str, ...]:
        """The company's number that was called, E.164, if it is one of its own."""
        is_own = dialled and self.directory.group_of_number(dialled) is not None
        return (dialled,) if is_own else ()


def person_of(agent_id: int, directory: Directory) -> Entity:
    entry = directory.agents.get(agent_id)
    return {
        "id": agent_id,
        "name": entry.name if entry else "",
        "extension": entry.extension if entry else "",
    }


def _users(agent_ids: Collection[int], directory: Directory) -> tuple[int, ...]:
    if not agent_ids:
        return ()
    found = (directory.agents.get(agent) for agent in agent_ids)
    return tuple(dict.fromkeys(entry.user_id for entry in found if entry is not None))


def _of_agent(
    key: str, old: Entity | None, new: Entity | None, directory: Directory, at: float
) -> list[OutEvent]:
    if new is None or old is None or (old["state"], old["reason"]) == (new["state"], new["reason"]):
        return []
    agent_id = int(key.partition(":")[2])
    entry = directory.agents.get(agent_id)
    groups = dict.fromkeys((*new["groups"], *(entry.group_ids if entry else ())))
    call = (new["call"] or "").partition(":")[2]
    data = {
        "agent": person_of(agent_id, directory),
        "state": new["state"],
        "reason": new["reason"],
        "since": instant(new["since"]),
        "before": {"state": old["state"], "reason": old["reason"]},
        "call_id": call or None,
    }
    return [
        OutEvent(
            words.AGENT_STATE,
            at,
            data,
            call=call,
            group_ids=tuple(groups),
            agent_ids=(agent_id,),
            user_ids=_users((agent_id,), directory),
        )
    ]


def _of_link(old: Entity | None, new: Entity, at: float, pbx: str) -> list[OutEvent]:
    if old is None or old["link"] == new["link"]:
        return []
    if new["link"] == "stale":
        return [OutEvent(words.LINK_LOST, at, {"pbx": pbx}, for_all=True)]
    data = {"pbx": pbx, "lost_at": instant(old["since"])}
    return [OutEvent(words.LINK_BACK, at, data, for_all=True)]
