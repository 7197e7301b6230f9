"""What app_queue does: callers wait in a line, members are rung, one answers or nobody does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from telephony.pbx.simulator.channels import RINGING, UP, Channel, Headers
from telephony.pbx.simulator.company import SimulatedPhone, SimulatedQueue
from telephony.pbx.simulator.exchange import Exchange
from telephony.pbx.simulator.members import Member, Members
from telephony.pbx.simulator.reactions import Answers, People, Rejects
from telephony.pbx.simulator.timeline import Alarm


@dataclass(eq=False, slots=True)
class Attempt:
    """One ringing phone."""

    member: Member
    leg: Channel
    started_at: float
    alarms: list[Alarm] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Visit:
    """One caller's stay in one queue, from the join to its end."""

    queue: SimulatedQueue
    caller: Channel
    joined_at: float
    position: int
    priority: int = 0
    attempts: list[Attempt] = field(default_factory=list)
    tried: set[str] = field(default_factory=set)
    alarms: list[Alarm] = field(default_factory=list)
    member: Member | None = None
    leg: Channel | None = None
    held_seconds: int = 0
    connected_at: float = 0.0
    over: bool = False


class Lines:
    """All waiting lines. `connected` is called when two talk: (caller, agent's leg, visit,
    seconds after which the agent hangs up or None); `lost` when a caller must be let go."""

    def __init__(self, exchange: Exchange, members: Members, people: People) -> None:
        self._exchange = exchange
        self._members = members
        self._people = people
        self._waiting: dict[str, list[Visit]] = {}
        self._rotation: dict[str, int] = {}
        self.connected: Callable[[Visit, float | None], None] = lambda _visit, _talks: None
        self.timed_out: Callable[[Visit], None] = lambda _visit: None
        exchange.device_listeners.append(lambda _device: self._look_soon())
        self._look: Alarm | None = None

    def reject(self, leg: Channel) -> bool:
        """A ringing phone says no, or is made to; False when this leg does not ring here."""
        for line in self._waiting.values():
            for visit in line:
                for attempt in visit.attempts:
                    if attempt.leg is leg:
                        self._no_answer(visit, attempt, rejected=True)
                        return True
        return False

    def waiting(self, queue: str) -> list[Visit]:
        return list(self._waiting.get(queue, ()))

    def join(
        self, queue: str, caller: Channel, max_wait_seconds: float, options: str = "ctkx"
    ) -> Visit | None:
        """None when there is no such queue."""
        found = next((one for one in self._exchange.company.queues if one.name == queue), None)
        if found is None:
            return None
        line = self._waiting.setdefault(queue, [])
        visit = Visit(found, caller, self._exchange.timeline.now(), len(line) + 1)
        line.append(visit)
        count = [("Queue", queue), ("Position", str(len(line))), ("Count", str(len(line)))]
        self._exchange.start_app(caller, "Queue", f"{queue},{options},,,{int(max_wait_seconds)}")
        self._tell("QueueCallerJoin", visit, count)
        self._exchange.on_hold_music(caller, starts=True)
        self._log(visit, "NONE", "ENTERQUEUE", "", caller.number, visit.position)
        visit.alarms.append(self._later(max_wait_seconds, lambda: self._time_out(visit)))
        self._keep_looking(visit)
        return visit

    def change_priority(self, visit: Visit, priority: int) -> None:
        visit.priority = priority
        self._waiting[visit.queue.name].sort(key=lambda one: (-one.priority, one.joined_at))

    def give_up(self, visit: Visit, *, by_himself: bool = True) -> None:
        """The caller hangs up while he waits (or is hung up)."""
        if visit.over or visit.member:
            return
        if by_himself:
            self._exchange.ask_hangup(visit.caller)
        self._exchange.on_hold_music(visit.caller, starts=False)
        self._end_unanswered(visit, "ABANDON")
        self._exchange.soft_hangup(visit.caller)
        self._exchange.hangup(visit.caller, 0, source=visit.caller.name)

    def complete(
        self, visit: Visit, reason: str, leg: Channel | None, target: tuple[str, str] = ("", "")
    ) -> None:
        """The talk is over for the queue: reason caller, agent or transfer (then to where)."""
        if visit.over or visit.member is None:
            return
        visit.over = True
        now = self._exchange.timeline.now()
        talked = int(now - visit.connected_at)
        visit.member.in_call = False
        visit.member.calls_taken += 1
        visit.member.last_call = int(now)
        more = [
            *self._of_member(visit.queue.name, visit.member),
            ("HoldTime", str(visit.held_seconds)),
            ("TalkTime", str(talked)),
            ("Reason", reason),
        ]
        self._tell("AgentComplete", visit, [*(leg.headers("Dest") if leg else []), *more])
        event = {"caller": "COMPLETECALLER", "agent": "COMPLETEAGENT"}.get(reason, "BLINDTRANSFER")
        where = target if reason == "transfer" else ()
        self._log(
            visit, visit.member.name, event, *where, visit.held_seconds, talked, visit.position
        )

    def _keep_looking(self, visit: Visit) -> None:
        """As Asterisk: a waiting caller looks for a member again and again."""
        if not visit.over and not visit.member:
            self._look_soon()
            self._later(visit.queue.retry_seconds, lambda: self._keep_looking(visit))

    # --- ringing ------------------------------------------------------------------------------
    def _look_soon(self) -> None:
        """After what goes on now is told: a free member takes the next caller."""
        if self._look is None:
            self._look = self._later(0.0, self._look_now)

    def _look_now(self) -> None:
        self._look = None
        for line in list(self._waiting.values()):
            for visit in list(line):
                if not visit.attempts and not visit.over:
                    for member in self._chosen(visit):
                        self._ring(visit, member)

    def _chosen(self, visit: Visit) -> list[Member]:
        ringing = {
            one.member.interface
            for line in self._waiting.values()
            for v in line
            for one in v.attempts
        }
        free = [
            member
            for member in self._members.of_queue(visit.queue.name)
            if self._members.is_free(member) and member.interface not in ringing
        ]
        untried = [member for member in free if member.interface not in visit.tried]
        if not untried:
            visit.tried.clear()
            untried = free
        lowest = min((member.penalty for member in untried), default=0)
        best = [member for member in untried if member.penalty == lowest]
        if not best or visit.queue.strategy == "ringall":
            return best
        return [self._by_strategy(visit.queue, best)]

    def _by_strategy(self, queue: SimulatedQueue, members: list[Member]) -> Member:
        if queue.strategy == "leastrecent":
            return min(members, key=lambda one: one.last_call)
        if queue.strategy == "fewestcalls":
            return min(members, key=lambda one: one.calls_taken)
        if queue.strategy in {"random", "wrandom"}:
            return self._exchange.random.choice(members)
        if queue.strategy in {"rrmemory", "rrordered"}:
            turn = self._rotation.get(queue.name, 0)
            self._rotation[queue.name] = turn + 1
            return members[turn % len(members)]
        return members[0]

    def _ring(self, visit: Visit, member: Member) -> None:
        exchange, caller = self._exchange, visit.caller
        phone = exchange.phone(member.interface.removeprefix("PJSIP/"))
        if phone is None:
            return
        leg = exchange.phone_channel(phone, linked=caller)
        leg.app, leg.app_data = "AppQueue", "(Outgoing Line)"
        attempt = Attempt(member, leg, exchange.timeline.now())
        visit.attempts.append(attempt)
        visit.tried.add(member.interface)
        self._tell(
            "AgentCalled", visit, [*leg.headers("Dest"), *self._of_member(visit.queue.name, member)]
        )
        exchange.dial_event("DialBegin", caller, leg, ("DialString", member.interface))
        exchange.connect_line(caller, leg)
        leg.exten = caller.exten
        leg.connected_number, leg.connected_name = caller.number, caller.caller_name
        exchange.set_state(leg, RINGING)
        exchange.connect_line(leg, caller)
        exchange.dial_event("DialState", caller, leg, ("DialStatus", "RINGING"))
        exchange.device_changed(leg.device)
        self._await_reaction(visit, attempt, phone)

    def _await_reaction(self, visit: Visit, attempt: Attempt, phone: SimulatedPhone) -> None:
        reaction = self._people.reacts(phone.endpoint)
        rings = visit.queue.ring_seconds
        attempt.alarms.append(self._later(rings, lambda: self._no_answer(visit, attempt)))
        if isinstance(reaction, Answers) and reaction.after_seconds < rings:
            act = lambda: self._answer(visit, attempt, reaction.talks_seconds)  # noqa: E731
            attempt.alarms.append(self._later(reaction.after_seconds, act))
        elif isinstance(reaction, Rejects):
            act = lambda: self._no_answer(visit, attempt, rejected=True)  # noqa: E731
            attempt.alarms.append(self._later(reaction.after_seconds, act))

    def _answer(self, visit: Visit, attempt: Attempt, talks_seconds: float | None) -> None:
        exchange, caller, leg = self._exchange, visit.caller, attempt.leg
        _silence(attempt.alarms)
        visit.attempts.remove(attempt)
        exchange.set_state(leg, UP)
        exchange.dial_event("DialEnd", caller, leg, ("DialStatus", "ANSWER"))
        caller.dial_status = "ANSWER"
        exchange.on_hold_music(caller, starts=False)
        for other in list(visit.attempts):
            self._drop(visit, other, cause=26)
        now = exchange.timeline.now()
        visit.member, visit.leg, visit.connected_at = attempt.member, leg, now
        visit.held_seconds = int(now - visit.joined_at)
        attempt.member.in_call = True
        exchange.device_changed(leg.device)
        self._leave_line(visit)
        rang = int(now - attempt.started_at)
        more = [
            *self._of_member(visit.queue.name, attempt.member),
            ("HoldTime", str(visit.held_seconds)),
            ("RingTime", str(rang)),
        ]
        self._tell("AgentConnect", visit, [*leg.headers("Dest"), *more])
        self._log(visit, attempt.member.name, "CONNECT", visit.held_seconds, leg.uniqueid, rang)
        self.connected(visit, talks_seconds)

    def _no_answer(self, visit: Visit, attempt: Attempt, *, rejected: bool = False) -> None:
        exchange, caller, leg = self._exchange, visit.caller, attempt.leg
        _silence(attempt.alarms)
        visit.attempts.remove(attempt)
        rang = round((exchange.timeline.now() - attempt.started_at) * 1000)
        told = [
            *leg.headers("Dest"),
            *self._of_member(visit.queue.name, attempt.member),
            ("RingTime", str(rang)),
        ]
        if rejected:
            exchange.ask_hangup(leg, 17)
            exchange.dial_event("DialEnd", caller, leg, ("DialStatus", "NOANSWER"))
            self._tell("AgentRingNoAnswer", visit, told)
        else:
            self._tell("AgentRingNoAnswer", visit, told)
            exchange.dial_event("DialEnd", caller, leg, ("DialStatus", "NOANSWER"))
            exchange.dial_event("DialEnd", caller, leg, ("DialStatus", "CANCEL"))
        self._log(visit, attempt.member.name, "RINGNOANSWER", rang)
        exchange.hangup(leg, 17 if rejected else 0, source=leg.name if rejected else "")

    def _drop(self, visit: Visit, attempt: Attempt, cause: int) -> None:
        _silence(attempt.alarms)
        visit.attempts.remove(attempt)
        self._exchange.dial_event("DialEnd", visit.caller, attempt.leg, ("DialStatus", "CANCEL"))
        self._exchange.hangup(attempt.leg, cause)

    # --- ends ---------------------------------------------------------------------------------
    def _time_out(self, visit: Visit) -> None:
        if visit.over or visit.member:
            return
        self._end_unanswered(visit, "EXITWITHTIMEOUT", music_stops=True)
        self.timed_out(visit)

    def _end_unanswered(self, visit: Visit, event: str, *, music_stops: bool = False) -> None:
        now = self._exchange.timeline.now()
        waited, place = int(now - visit.joined_at), self.waiting(visit.queue.name).index(visit) + 1
        visit.over = True
        attempts = list(visit.attempts)
        for attempt in attempts:
            for _ in range(2):  # Asterisk 22 says it twice
                self._exchange.dial_event(
                    "DialEnd", visit.caller, attempt.leg, ("DialStatus", "CANCEL")
                )
            rang = round((now - attempt.started_at) * 1000)
            self._log(visit, attempt.member.name, "RINGCANCELED", rang)
            visit.caller.dial_status = "CANCEL"
        more = [
            ("Queue", visit.queue.name),
            ("Position", str(place)),
            ("OriginalPosition", str(visit.position)),
            ("HoldTime", str(waited)),
        ]
        self._tell("QueueCallerAbandon", visit, more)
        self._log(visit, "NONE", event, place, visit.position, waited)
        if music_stops:
            self._exchange.on_hold_music(visit.caller, starts=False)
        for attempt in attempts:
            _silence(attempt.alarms)
            visit.attempts.remove(attempt)
            self._exchange.hangup(attempt.leg, 0)
        self._leave_line(visit)

    def _leave_line(self, visit: Visit) -> None:
        _silence(visit.alarms)
        line = self._waiting[visit.queue.name]
        place = line.index(visit) + 1
        line.remove(visit)
        more = [("Queue", visit.queue.name), ("Position", str(place)), ("Count", str(len(line)))]
        self._tell("QueueCallerLeave", visit, more)

    # --- small things -------------------------------------------------------------------------
    def _tell(self, event: str, visit: Visit, more: Headers) -> None:
        self._exchange.emit(event, [*visit.caller.headers(), *more], "agent")

    def _log(self, visit: Visit, member: str, event: str, *data: object) -> None:
        now = self._exchange.timeline.now()
        self._exchange.ledger.queue_log(
            now, visit.caller.uniqueid, visit.queue.name, member, event, *data
        )

    def _later(self, seconds: float, act: Callable[[], None]) -> Alarm:
        return self._exchange.timeline.call_later(seconds, act)

    def _of_member(self, queue: str, member: Member) -> Headers:
        return [("Queue", queue), ("Interface", member.interface), ("MemberName", member.name)]


def _silence(alarms: list[Alarm]) -> None:
    for alarm in alarms:
        alarm.cancel()
    alarms.clear()
