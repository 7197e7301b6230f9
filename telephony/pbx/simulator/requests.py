"""What clients ask of the simulated PBX: one function per AMI action, answers as Asterisk words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from telephony.pbx.simulator.channels import Channel, Headers
from telephony.pbx.simulator.members import STATUS, NotChanged
from telephony.pbx.simulator.switchboard import Switchboard

RELOADS = ("queue reload all", "module reload res_parking.so", "module reload res_pjsip.so")
VERSION = "22.0.0-simulator"


class Asked(dict[str, list[str]]):
    """An action's headers, every value of each."""

    def one(self, header: str, default: str = "") -> str:
        values = self.get(header)
        return values[0] if values else default

    def number(self, header: str, default: int) -> int:
        text = self.one(header).lstrip("-")
        return int(self.one(header)) if text.isdigit() else default

    def yes(self, header: str) -> bool:
        return self.one(header).lower() in {"yes", "true", "on", "1", "y", "t"}


@dataclass(frozen=True, slots=True)
class Told:
    """The response: its sentence and headers, and a list of (event, headers) closed by `ending`."""

    words: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    items: tuple[tuple[str, Headers], ...] = ()
    ending: str = ""


Handler = Callable[[Switchboard, Asked], Told]


def _listed(words: str, items: Iterable[tuple[str, Headers]], ending: str) -> Told:
    return Told(words, (), tuple(items), ending)


def _channel(board: Switchboard, asked: Asked, header: str = "Channel") -> Channel:
    name = asked.one(header)
    channel = board.exchange.channels.get(name)
    if channel is None:
        raise NotChanged(f"Channel does not exist: {name}")
    return channel


def queue_add(board: Switchboard, asked: Asked) -> Told:
    board.members.add(
        asked.one("Queue"),
        asked.one("Interface"),
        asked.one("MemberName"),
        asked.number("Penalty", 0),
        paused=asked.yes("Paused"),
        reason=asked.one("Reason"),
    )
    return Told("Added interface to queue")


def queue_remove(board: Switchboard, asked: Asked) -> Told:
    board.members.remove(asked.one("Queue"), asked.one("Interface"))
    return Told("Removed interface from queue")


def queue_pause(board: Switchboard, asked: Asked) -> Told:
    paused = asked.yes("Paused")
    board.members.pause(
        asked.one("Queue"), asked.one("Interface"), paused=paused, reason=asked.one("Reason")
    )
    return Told(f"Interface {'' if paused else 'un'}paused successfully")


def queue_log(board: Switchboard, asked: Asked) -> Told:
    exchange = board.exchange
    exchange.ledger.queue_log(
        exchange.timeline.now(),
        asked.one("Uniqueid") or "NONE",
        asked.one("Queue"),
        asked.one("Interface") or "NONE",
        asked.one("Event"),
    )
    return Told("Event added successfully")


def queue_penalty(board: Switchboard, asked: Asked) -> Told:
    board.members.set_penalty(
        asked.one("Queue"), asked.one("Interface"), asked.number("Penalty", 0)
    )
    return Told("Interface penalty set successfully")


def queue_status(board: Switchboard, asked: Asked) -> Told:
    now, wanted = board.exchange.timeline.now(), asked.one("Queue")
    items: list[tuple[str, Headers]] = []
    for queue in board.exchange.company.queues:
        if wanted and queue.name != wanted:
            continue
        line = board.lines.waiting(queue.name)
        params = {
            "Queue": queue.name,
            "Max": "0",
            "Strategy": queue.strategy,
            "Calls": str(len(line)),
        }
        params |= dict.fromkeys(("Holdtime", "TalkTime", "Completed", "Abandoned"), "0")
        params |= {"ServiceLevel": "30", "ServicelevelPerf": "0.0", "ServicelevelPerf2": "0.0"}
        items.append(("QueueParams", [*params.items(), ("Weight", "0")]))
        items += [
            ("QueueMember", board.members.headers(member, listed=True))
            for member in board.members.of_queue(queue.name)
        ]
        for place, visit in enumerate(line, 1):
            entry = {
                "Queue": queue.name,
                "Position": str(place),
                "Channel": visit.caller.name,
                "Uniqueid": visit.caller.uniqueid,
                "CallerIDNum": visit.caller.number or "unknown",
                "CallerIDName": visit.caller.caller_name or "unknown",
                "ConnectedLineNum": visit.caller.connected_number or "unknown",
                "ConnectedLineName": visit.caller.connected_name or "unknown",
                "Wait": str(int(now - visit.joined_at)),
                "Priority": str(visit.priority),
            }
            items.append(("QueueEntry", list(entry.items())))
    return _listed("Queue status will follow", items, "QueueStatusComplete")


def show_channels(board: Switchboard, _asked: Asked) -> Told:
    now = board.exchange.timeline.now()
    items = (("CoreShowChannel", one.list_headers(now)) for one in board.exchange.channels.values())
    return _listed("Channels will follow", items, "CoreShowChannelsComplete")


def list_bridges(board: Switchboard, _asked: Asked) -> Told:
    items = (("BridgeListItem", bridge.headers()) for bridge in board.exchange.bridges)
    return _listed("Bridge listing will follow", items, "BridgeListComplete")


def list_parked(board: Switchboard, _asked: Asked) -> Told:
    items = (
        ("ParkedCall", board.parked_headers(lot, space, parked))
        for (lot, space), parked in board.parked.items()
    )
    return _listed("Parked calls will follow", items, "ParkedCallsComplete")


def list_devices(board: Switchboard, _asked: Asked) -> Told:
    states = board.exchange.devices().items()
    items = (("DeviceStateChange", [("Device", name), ("State", state)]) for name, state in states)
    return _listed("Device State Changes will follow", items, "DeviceStateListComplete")


def db_put(board: Switchboard, asked: Asked) -> Told:
    board.astdb[asked.one("Family"), asked.one("Key")] = asked.one("Val")
    return Told("Updated database successfully")


def db_get(board: Switchboard, asked: Asked) -> Told:
    family, key = asked.one("Family"), asked.one("Key")
    if (family, key) not in board.astdb:
        raise NotChanged("Database entry not found")
    found = [("Family", family), ("Key", key), ("Val", board.astdb[family, key])]
    return _listed("Result will follow", [("DBGetResponse", found)], "DBGetComplete")


def db_del(board: Switchboard, asked: Asked) -> Told:
    if board.astdb.pop((asked.one("Family"), asked.one("Key")), None) is None:
        raise NotChanged("Database entry could not be deleted")
    return Told("Key deleted successfully")


def set_variable(board: Switchboard, asked: Asked) -> Told:
    found = re.fullmatch(r"DEVICE_STATE\((Custom:[^)]+)\)", asked.one("Variable"))
    if found:
        state = asked.one("Value")
        if state not in STATUS:
            raise NotChanged("Invalid device state")
        board.exchange.custom_states[found[1]] = state
        board.exchange.device_changed(found[1])
    return Told("Variable Set")


def hang_up(board: Switchboard, asked: Asked) -> Told:
    channel = board.exchange.channels.get(asked.one("Channel"))
    if channel is None:
        raise NotChanged("No such channel")
    board.hang_up(channel, by_himself=False, cause=asked.number("Cause", 16))
    return Told("Channel Hungup")


def redirect(board: Switchboard, asked: Asked) -> Told:
    board.redirect(_channel(board, asked), asked.one("Context"), asked.one("Exten"))
    return Told("Redirect successful")


def transfer_blind(board: Switchboard, asked: Asked) -> Told:
    board.transfer_blind(_channel(board, asked), asked.one("Context"), asked.one("Exten"))
    return Told("Transfer succeeded")


def park(board: Switchboard, asked: Asked) -> Told:
    parker = _channel(board, asked, "TimeoutChannel")
    seconds = asked.number("Timeout", 60_000) / 1000
    board.park(_channel(board, asked), parker, asked.one("Parkinglot"), seconds)
    return Told("Park successful")


def change_priority(board: Switchboard, asked: Asked) -> Told:
    queue, name = asked.one("Queue"), asked.one("Caller")
    visit = next((one for one in board.lines.waiting(queue) if one.caller.name == name), None)
    if visit is None:
        raise NotChanged("Unable to change priority caller on queue: No such caller")
    board.lines.change_priority(visit, asked.number("Priority", 0))
    return Told("Priority change for caller on queue")


def originate(board: Switchboard, asked: Asked) -> Told:
    endpoint = asked.one("Channel").removeprefix("PJSIP/")
    variables = dict(one.partition("=")[::2] for one in asked.get("Variable", []))
    name, number = _caller_id(asked.one("CallerID"))
    context, exten = asked.one("Context"), asked.one("Exten")

    def responded(succeeded: bool, leg: Channel) -> None:
        told = {
            "ActionID": asked.one("ActionID"),
            "Response": "Success" if succeeded else "Failure",
            "Channel": leg.name if succeeded else leg.device,
            "Context": context,
            "Exten": exten,
            "Reason": "4" if succeeded else "3",
            "Uniqueid": leg.uniqueid,
            "CallerIDNum": number or "<unknown>",
            "CallerIDName": name or "<unknown>",
        }
        board.exchange.emit("OriginateResponse", list(told.items()))

    def answered(leg: Channel) -> None:
        if asked.one("Application") == "ChanSpy":
            board.listen(leg, asked.one("Data").partition(",")[0])
        else:
            board.dialling.dial(leg, exten, context=context)

    board.originate(
        endpoint,
        uniqueid=asked.one("ChannelId"),
        shown=(number, name),
        rings=asked.number("Timeout", 30_000) / 1000,
        answered=answered,
        responded=responded,
        outgoing_number=variables.get("__C2C_CALLERID", ""),
    )
    return Told("Originate successfully queued")


def _caller_id(text: str) -> tuple[str, str]:
    found = re.fullmatch(r'\s*(?:"([^"]*)"|([^<"]*))\s*(?:<([^>]*)>)?\s*', text)
    return ((found[1] or found[2] or "").strip(), found[3] or "") if found else ("", text)


def command(_board: Switchboard, asked: Asked) -> Told:
    line = asked.one("Command")
    if line in RELOADS or line.startswith(("pjsip reload qualify aor ", "pjsip qualify ")):
        return Told("Command output follows")
    if line == "core show version":
        return Told("Command output follows", (("Output", f"Asterisk {VERSION}"),))
    return Told("Command output follows", (("Output", f"No such command '{line}'"),))


def settings(_board: Switchboard, _asked: Asked) -> Told:
    return Told(
        "", (("AMIversion", "11.0.0"), ("AsteriskVersion", VERSION), ("SystemName", "simulator"))
    )


def ping(board: Switchboard, _asked: Asked) -> Told:
    now = board.exchange.timeline.now()
    return Told("", (("Ping", "Pong"), ("Timestamp", f"{now:.6f}")))


def populate(_board: Switchboard, _asked: Asked) -> Told:
    return Told("Cache has been expired and populated")


HANDLERS: dict[str, Handler] = {
    "queueadd": queue_add,
    "queueremove": queue_remove,
    "queuepause": queue_pause,
    "queuelog": queue_log,
    "queuepenalty": queue_penalty,
    "queuestatus": queue_status,
    "queuechangeprioritycaller": change_priority,
    "coreshowchannels": show_channels,
    "coresettings": settings,
    "bridgelist": list_bridges,
    "parkedcalls": list_parked,
    "devicestatelist": list_devices,
    "dbput": db_put,
    "dbget": db_get,
    "dbdel": db_del,
    "setvar": set_variable,
    "hangup": hang_up,
    "redirect": redirect,
    "blindtransfer": transfer_blind,
    "park": park,
    "originate": originate,
    "command": command,
    "sorcerymemorycachepopulate": populate,
    "ping": ping,
}
