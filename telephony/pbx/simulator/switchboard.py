"""What can be done with calls: they arrive, are put through, parked, listened to, ended."""

from __future__ import annotations

from collections.abc import Callable

from telephony.pbx.simulator.channels import RING, UP, Bridge, Channel, Headers
from telephony.pbx.simulator.company import Decision
from telephony.pbx.simulator.dialling import Dialling
from telephony.pbx.simulator.exchange import Exchange
from telephony.pbx.simulator.members import Members, NotChanged
from telephony.pbx.simulator.queueing import Lines, Visit
from telephony.pbx.simulator.reactions import Caller, People
from telephony.pbx.simulator.talks import Talk, Talks
from telephony.pbx.simulator.timeline import Alarm

_CLOSED_CLIP_SECONDS = 4.0


class Switchboard:
    """The whole simulated PBX, but for its wire."""

    def __init__(self, exchange: Exchange, people: People) -> None:
        self.exchange = exchange
        self.members = Members(exchange)
        self.lines = Lines(exchange, self.members, people)
        self.talks = Talks(exchange, self.lines)
        self.dialling = Dialling(exchange, self.talks, people)
        self.astdb: dict[tuple[str, str], str] = {}
        self.parked: dict[tuple[str, str], Parked] = {}
        self._visits: dict[str, Visit] = {}
        self._spies: dict[Channel, Channel] = {}
        self.lines.connected = self._connected
        self.lines.timed_out = lambda visit: self._let_go(visit.caller)
        exchange.hangup_listeners.append(self._gone)

    # --- calls begin --------------------------------------------------------------------------
    def arrive(self, number: str, caller: Caller, decision: Decision) -> Channel:
        """A call from outside to one of our numbers."""
        exchange = self.exchange
        leg = exchange.new_channel(
            "carrier",
            number=caller.number,
            caller_name=caller.name,
            context="from-carrier",
            exten=number,
            state=RING,
        )
        if decision.state == "unknown":
            exchange.hangup(leg, 1)
            return leg
        leg.account = decision.tenant
        exchange.emit("NewAccountCode", [*leg.headers(), ("OldAccountCode", "")])
        if decision.caller_name:
            leg.caller_name = decision.caller_name
            shown = ("CID-CallingPres", "0 (Presentation Allowed, Not Screened)")
            exchange.emit("NewCallerid", [*leg.headers(), shown])
        leg.app = "Answer"
        exchange.set_state(leg, UP)
        leg.app = ""
        self.dialling.talks_seconds[leg.name] = caller.talks_seconds
        if decision.state == "closed":
            self._later(_CLOSED_CLIP_SECONDS, lambda: self._let_go(leg, 34))
        else:
            self._later(decision.greeting_seconds, lambda: self._join(leg, caller, decision))
        return leg

    def call_from(
        self, endpoint: str, exten: str, *, talks_seconds: float | None = None
    ) -> Channel:
        """A phone dials. Raises NotChanged when there is no such phone."""
        phone = self.exchange.phone(endpoint)
        if phone is None:
            raise NotChanged(f"No such phone: {endpoint}")
        leg = self.exchange.phone_channel(phone, exten=exten, state=RING)
        self.dialling.talks_seconds[leg.name] = talks_seconds
        space = (phone.tenant, exten)
        if space in self.parked:
            self._retrieve(leg, space)
        else:
            self.dialling.dial(leg, exten)
        return leg

    def originate(
        self,
        endpoint: str,
        *,
        uniqueid: str,
        shown: tuple[str, str],
        rings: float,
        answered: Callable[[Channel], None],
        responded: Callable[[bool, Channel], None],
        outgoing_number: str = "",
    ) -> None:
        """Rings a phone; `responded(True, leg)` and then `answered(leg)`, or `responded(False, leg)`.

        `shown` is the number and name on its display. Raises NotChanged without such a phone.
        """
        phone = self.exchange.phone(endpoint)
        if phone is None:
            raise NotChanged("Originate failed")
        leg = self.exchange.phone_channel(phone, uniqueid=uniqueid)
        leg.number, leg.caller_name = shown
        self.exchange.connect_line(leg, leg)

        def up() -> None:
            responded(True, leg)
            leg.number, leg.caller_name = outgoing_number or phone.extension, phone.name
            answered(leg)

        self.dialling.ring_phone(
            leg, rings=rings, answered=up, failed=lambda: responded(False, leg)
        )

    def listen(self, leg: Channel, spied_name: str) -> None:
        """Puts a supervisor's leg into ChanSpy."""
        spied = self.exchange.channels.get(spied_name)
        if spied is None:
            self._let_go(leg)
            return
        leg.app, leg.app_data = "ChanSpy", spied_name
        self._spies[leg] = spied
        self.exchange.emit("ChanSpyStart", [*leg.headers("Spyer"), *spied.headers("Spyee")])

    # --- calls are moved ----------------------------------------------------------------------
    def transfer_blind(self, channel: Channel, context: str, exten: str) -> None:
        talk = self._talk(channel)
        other = talk.other(channel)
        if other is None:
            raise NotChanged("Transfer failed: nobody to transfer")
        more = [("IsExternal", "Yes"), ("Context", context), ("Extension", exten)]
        told: Headers = [("Result", "Success"), *channel.headers("Transferer")]
        told += [*other.headers("Transferee"), *talk.bridge.headers(), *more]
        self.exchange.emit("BlindTransfer", told)
        self.exchange.cel("BLINDTRANSFER", channel, extension=exten, context=context)
        self.talks.part(talk, channel)
        self.exchange.hangup(channel, source=channel.name)
        if talk.visit:
            self.lines.complete(talk.visit, "transfer", channel, (exten, context))
        self.dialling.dial(other, exten, context=context)

    def redirect(self, channel: Channel, context: str, exten: str) -> None:
        """Its partner is let go; a queue counts the talk until the redirected leg ends."""
        visit = self._visits.get(channel.name)
        if visit and not visit.member:
            raise NotChanged("Redirect failed: the caller waits in a queue")
        talk = self.talks.of(channel)
        if talk:
            other = talk.other(channel)
            self.talks.part(talk, channel)
            if other:
                self.exchange.hangup(other)
        self.dialling.dial(channel, exten, context=context)

    def park(self, channel: Channel, parker: Channel, lot: str, seconds: float) -> str:
        """Gives the space."""
        talk = self._talk(channel)
        if channel is not talk.caller or lot not in self.exchange.company.lots:
            raise NotChanged("Park failed")
        company = self.exchange.company
        free = (str(company.first_space + number) for number in range(company.spaces))
        space = next((one for one in free if (lot, one) not in self.parked), None)
        if space is None:
            raise NotChanged("Park failed: no free space")
        bridge = self.exchange.new_bridge("parking", lot)
        self.talks.take_caller(talk)
        self.exchange.end_app(channel)
        parked = Parked(channel, bridge, parker.device, seconds, self.exchange.timeline.now())
        self.parked[lot, space] = parked
        self._tell_parked("ParkedCall", lot, space, parked)
        self.exchange.enter(bridge, channel)
        self.exchange.on_hold_music(channel, starts=True)
        parked.alarm = self._later(seconds, lambda: self._parked_too_long(lot, space))
        return space

    def parked_headers(self, lot: str, space: str, parked: Parked) -> Headers:
        since = int(self.exchange.timeline.now() - parked.at)
        return [
            *parked.channel.headers("Parkee"),
            ("ParkerDialString", parked.parker),
            ("Parkinglot", lot),
            ("ParkingSpace", space),
            ("ParkingTimeout", str(int(parked.seconds) - since)),
            ("ParkingDuration", str(since)),
        ]

    def hold(self, channel: Channel, *, held: bool) -> None:
        talk = self._talk(channel)
        self.exchange.emit("Hold" if held else "Unhold", channel.headers())
        other = talk.other(channel)
        if other:
            self.exchange.on_hold_music(other, starts=held)

    # --- calls end ----------------------------------------------------------------------------
    def hang_up(self, channel: Channel, *, by_himself: bool = True, cause: int = 16) -> None:
        """Ends a leg, whatever it is doing, with what that means for others."""
        exchange = self.exchange
        visit, dial, talk = (
            self._visits.get(channel.name),
            self.dialling.of(channel),
            self.talks.of(channel),
        )
        if talk:
            self.talks.end(talk, channel, by_himself=by_himself)
        elif visit and not visit.member:
            self.lines.give_up(visit, by_himself=by_himself)
        elif self.lines.reject(channel):
            pass
        elif dial and dial.called is channel:
            self.dialling.refuse(dial)
        else:
            if by_himself:
                exchange.ask_hangup(channel)
            if dial:
                self.dialling.cancel(dial)
            if channel.bridge:
                exchange.leave(channel)
            self._stop_listening(channel)
            self._let_go(channel, cause)

    def _let_go(self, channel: Channel, cause: int = 16) -> None:
        if not channel.gone:
            self.exchange.soft_hangup(channel)
            self.exchange.hangup(channel, cause)

    def _gone(self, channel: Channel) -> None:
        visit = self._visits.pop(channel.name, None)
        if visit:
            self.lines.complete(visit, "caller", None)
        self.dialling.talks_seconds.pop(channel.name, None)
        for place, parked in list(self.parked.items()):
            if parked.channel is channel:
                self._unpark(place)
                self._tell_parked("ParkedCallGiveUp", *place, parked)
                self.exchange.bridges.remove(parked.bridge)
        for spy, spied in list(self._spies.items()):
            if spied is channel:
                self._stop_listening(spy)
                self._let_go(spy)

    # --- inside -------------------------------------------------------------------------------
    def _join(self, leg: Channel, caller: Caller, decision: Decision) -> None:
        if leg.gone:
            return
        visit = self.lines.join(decision.queue, leg, decision.max_wait_seconds)
        if visit is None:
            self._let_go(leg)
            return
        self._visits[leg.name] = visit
        if caller.patience_seconds is not None:
            patience = self._later(caller.patience_seconds, lambda: self.lines.give_up(visit))
            visit.alarms.append(patience)

    def _connected(self, visit: Visit, talks_seconds: float | None) -> None:
        if visit.leg:
            self.talks.begin(
                visit.caller,
                visit.leg,
                visit=visit,
                caller_hangs_up_after=self.dialling.talks_seconds.get(visit.caller.name),
                called_hangs_up_after=talks_seconds,
            )

    def _retrieve(self, leg: Channel, place: tuple[str, str]) -> None:
        parked = self._unpark(place)
        self.exchange.set_state(leg, UP)
        self.exchange.on_hold_music(parked.channel, starts=False)
        self.exchange.leave(parked.channel)
        self._tell_parked("UnParkedCall", *place, parked, leg.headers("Retriever"))
        self.exchange.bridges.remove(parked.bridge)
        self.talks.begin(leg, parked.channel)
        self.exchange.connect_line(leg, parked.channel)
        self.exchange.connect_line(parked.channel, leg)

    def _parked_too_long(self, lot: str, space: str) -> None:
        parked = self._unpark((lot, space))
        self._tell_parked("ParkedCallTimeOut", lot, space, parked)
        self.exchange.leave(parked.channel)
        self.exchange.bridges.remove(parked.bridge)
        self.dialling.dial(parked.channel, parked.parker.partition("-")[2])

    def _unpark(self, place: tuple[str, str]) -> Parked:
        parked = self.parked.pop(place)
        if parked.alarm:
            parked.alarm.cancel()
        return parked

    def _tell_parked(
        self, event: str, lot: str, space: str, parked: Parked, retriever: Headers | None = None
    ) -> None:
        told = self.parked_headers(lot, space, parked)
        parkee = len(parked.channel.headers())
        self.exchange.emit(event, [*told[:parkee], *(retriever or []), *told[parkee:]])

    def _stop_listening(self, spy: Channel) -> None:
        spied = self._spies.pop(spy, None)
        if spied:
            self.exchange.emit("ChanSpyStop", [*spy.headers("Spyer"), *spied.headers("Spyee")])

    def _talk(self, channel: Channel) -> Talk:
        talk = self.talks.of(channel)
        if talk is None:
            raise NotChanged(f"Channel is not talking: {channel.name}")
        return talk

    def _later(self, seconds: float, act: Callable[[], None]) -> Alarm:
        return self.exchange.timeline.call_later(seconds, act)


class Parked:
    """A leg in a parking space. `parker` is the device that it goes back to."""

    def __init__(
        self, channel: Channel, bridge: Bridge, parker: str, seconds: float, at: float
    ) -> None:
        self.channel = channel
        self.bridge = bridge
        self.parker = parker
        self.seconds = seconds
        self.at = at
        self.alarm: Alarm | None = None
