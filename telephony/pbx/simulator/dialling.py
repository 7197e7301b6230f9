"""One leg calls another: internal calls, calls to the outside, and phones rung by an order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from telephony.pbx.simulator.channels import RINGING, UP, Channel
from telephony.pbx.simulator.exchange import Exchange
from telephony.pbx.simulator.reactions import Answers, People, Rejects
from telephony.pbx.simulator.talks import Talks
from telephony.pbx.simulator.timeline import Alarm

_SHORTEST_OUTSIDE_NUMBER = 5


@dataclass(eq=False, slots=True)
class Dial:
    """`caller` is None while the PBX itself rings a phone."""

    caller: Channel | None
    called: Channel
    on_failure: Callable[[], None]
    alarms: list[Alarm] = field(default_factory=list)


class Dialling:
    """`talks_seconds` tells when the caller of a leg ends the talk himself, if ever."""

    def __init__(self, exchange: Exchange, talks: Talks, people: People) -> None:
        self._exchange = exchange
        self._talks = talks
        self._people = people
        self._dials: dict[Channel, Dial] = {}
        self.talks_seconds: dict[str, float | None] = {}

    def of(self, channel: Channel) -> Dial | None:
        """The dial that this leg makes or rings in."""
        if channel in self._dials:
            return self._dials[channel]
        return next((one for one in self._dials.values() if channel is one.caller), None)

    def dial(
        self, caller: Channel, exten: str, *, context: str = "agents", rings: float = 20.0
    ) -> None:
        """Sends a leg on to an extension of its tenant, or to the outside."""
        exchange = self._exchange
        exchange.end_app(caller)
        caller.context, caller.exten, caller.dialled = context, exten, exten
        called = self._called_leg(caller, exten)
        if called is None:
            exchange.soft_hangup(caller)
            exchange.hangup(caller, 1)
            return
        exchange.start_app(caller, "Dial", f"{called.device},{int(rings)},Tt")
        called.app, called.app_data = "AppDial", "(Outgoing Line)"
        called.exten = exten
        exchange.connect_line(called, caller)
        exchange.dial_event("DialBegin", caller, called, ("DialString", called.device))
        exchange.connect_line(caller, called)
        dial = Dial(caller, called, lambda: self._let_go(caller, 16))
        self._ring(dial, rings, lambda talks: self._put_through(caller, called, talks))

    def ring_phone(
        self,
        leg: Channel,
        *,
        rings: float,
        answered: Callable[[], None],
        failed: Callable[[], None],
    ) -> None:
        """Rings a phone on nobody's behalf, then calls `answered` or `failed`."""
        self._exchange.dial_event("DialBegin", None, leg, ("DialString", leg.device[6:]))
        self._ring(Dial(None, leg, failed), rings, lambda _talks: answered())

    def cancel(self, dial: Dial) -> None:
        """Who calls has had enough."""
        self._stop(dial)
        self._exchange.dial_event("DialEnd", dial.caller, dial.called, ("DialStatus", "CANCEL"))
        self._exchange.hangup(dial.called, 0)

    def refuse(self, dial: Dial) -> None:
        """The called leg says no."""
        self._stop(dial)
        self._exchange.ask_hangup(dial.called, 17)
        self._exchange.dial_event("DialEnd", dial.caller, dial.called, ("DialStatus", "BUSY"))
        if dial.caller is None:
            self._exchange.hangup(dial.called, 17, source=dial.called.name)
            dial.on_failure()
            return
        dial.caller.dial_status = "BUSY"
        self._exchange.soft_hangup(dial.caller)
        self._exchange.hangup(dial.called, 17, source=dial.called.name)
        self._exchange.hangup(dial.caller, 17, source=dial.called.name)

    def _called_leg(self, caller: Channel, exten: str) -> Channel | None:
        phone = self._exchange.phone(f"{caller.account}-{exten}")
        if phone:
            return self._exchange.phone_channel(phone, linked=caller)
        if len(exten) < _SHORTEST_OUTSIDE_NUMBER or not exten.lstrip("+").isdigit():
            return None
        return self._exchange.new_channel(
            "carrier",
            number=exten,
            caller_name="",
            context="from-carrier",
            exten="s",
            account=caller.account,
            linked=caller,
        )

    def _ring(self, dial: Dial, rings: float, answered: Callable[[float | None], None]) -> None:
        exchange, called = self._exchange, dial.called
        self._dials[called] = dial
        exchange.set_state(called, RINGING)
        exchange.dial_event("DialState", dial.caller, called, ("DialStatus", "RINGING"))
        exchange.device_changed(called.device)
        later = exchange.timeline.call_later
        dial.alarms.append(later(rings, lambda: self._no_answer(dial)))
        reaction = self._people.reacts(called.device.removeprefix("PJSIP/"))
        if isinstance(reaction, Answers) and reaction.after_seconds < rings:
            talks = reaction.talks_seconds
            dial.alarms.append(
                later(reaction.after_seconds, lambda: self._answer(dial, talks, answered))
            )
        elif isinstance(reaction, Rejects):
            dial.alarms.append(later(reaction.after_seconds, lambda: self.refuse(dial)))

    def _answer(
        self, dial: Dial, talks: float | None, answered: Callable[[float | None], None]
    ) -> None:
        self._stop(dial)
        self._exchange.set_state(dial.called, UP)
        self._exchange.dial_event("DialEnd", dial.caller, dial.called, ("DialStatus", "ANSWER"))
        self._exchange.device_changed(dial.called.device)
        if dial.caller:
            dial.caller.dial_status = "ANSWER"
        answered(talks)

    def _no_answer(self, dial: Dial) -> None:
        self._stop(dial)
        if dial.caller:
            dial.caller.dial_status = "NOANSWER"
            self._exchange.dial_event(
                "DialEnd", dial.caller, dial.called, ("DialStatus", "NOANSWER")
            )
            self._exchange.hangup(dial.called, 0)
            dial.on_failure()
        else:
            dial.on_failure()
            self._exchange.hangup(dial.called, 19)

    def _put_through(self, caller: Channel, called: Channel, talks: float | None) -> None:
        if caller.state != UP:
            self._exchange.set_state(caller, UP)
        self._talks.begin(
            caller,
            called,
            caller_hangs_up_after=self.talks_seconds.get(caller.name),
            called_hangs_up_after=talks,
        )

    def _let_go(self, channel: Channel, cause: int) -> None:
        self._exchange.soft_hangup(channel)
        self._exchange.hangup(channel, cause)

    def _stop(self, dial: Dial) -> None:
        for alarm in dial.alarms:
            alarm.cancel()
        self._dials.pop(dial.called, None)
