"""Two legs that talk to each other, and how such a talk ends."""

from __future__ import annotations

from dataclasses import dataclass, field

from telephony.pbx.simulator.channels import Bridge, Channel
from telephony.pbx.simulator.exchange import Exchange
from telephony.pbx.simulator.queueing import Lines, Visit
from telephony.pbx.simulator.timeline import Alarm


@dataclass(eq=False, slots=True)
class Talk:
    """`caller` is the leg that came first; it may be taken away (parked), then it is None."""

    bridge: Bridge
    caller: Channel | None
    called: Channel
    visit: Visit | None = None
    alarms: list[Alarm] = field(default_factory=list)

    def other(self, channel: Channel) -> Channel | None:
        return self.caller if channel is self.called else self.called


class Talks:
    def __init__(self, exchange: Exchange, lines: Lines) -> None:
        self._exchange = exchange
        self._lines = lines
        self._talks: dict[Bridge, Talk] = {}

    def of(self, channel: Channel) -> Talk | None:
        return self._talks.get(channel.bridge) if channel.bridge else None

    def begin(
        self,
        caller: Channel,
        called: Channel,
        *,
        visit: Visit | None = None,
        caller_hangs_up_after: float | None = None,
        called_hangs_up_after: float | None = None,
    ) -> Talk:
        bridge = self._exchange.new_bridge()
        self._exchange.enter(bridge, called)
        self._exchange.enter(bridge, caller)
        talk = Talk(bridge, caller, called, visit)
        self._talks[bridge] = talk
        for leg, seconds in ((caller, caller_hangs_up_after), (called, called_hangs_up_after)):
            if seconds is not None:
                act = lambda leg=leg: self.end(talk, leg)  # noqa: E731
                talk.alarms.append(self._exchange.timeline.call_later(seconds, act))
        return talk

    def end(self, talk: Talk, by: Channel, *, by_himself: bool = True) -> None:
        """One of the two hangs up; both legs end."""
        exchange = self._exchange
        if self._talks.get(talk.bridge) is not talk:
            return
        caller, called = talk.caller, talk.called
        if by_himself:
            exchange.ask_hangup(by, 16 if caller and caller.app == "Dial" else None)
        if by is caller:
            exchange.leave(caller)
            exchange.soft_hangup(caller)
            exchange.leave(called)
            self._over(talk)
            if not called.app:  # it was not dialled: a parked leg that was fetched
                exchange.soft_hangup(called)
            exchange.hangup(called, source=caller.name)
            if talk.visit:
                self._lines.complete(talk.visit, "caller", called)
            exchange.hangup(caller, source=caller.name)
            return
        exchange.leave(called)
        if caller:
            exchange.leave(caller)
        self._over(talk)
        if talk.visit:
            self._lines.complete(talk.visit, "agent", called)
        exchange.hangup(called, source=called.name)
        if caller:
            exchange.soft_hangup(caller)
            exchange.hangup(caller, source=called.name)

    def part(self, talk: Talk, first: Channel) -> None:
        """Ends the bridge and leaves both legs up."""
        for leg in (first, talk.other(first)):
            if leg:
                self._exchange.leave(leg)
        self._over(talk)

    def take_caller(self, talk: Talk) -> Channel | None:
        """Takes the caller's leg out; the other leg stays behind alone."""
        caller, talk.caller = talk.caller, None
        self._silence(talk)
        if caller:
            self._exchange.leave(caller)
        return caller

    def _over(self, talk: Talk) -> None:
        self._silence(talk)
        self._exchange.destroy(talk.bridge)
        del self._talks[talk.bridge]

    def _silence(self, talk: Talk) -> None:
        for alarm in talk.alarms:
            alarm.cancel()
        talk.alarms.clear()
