"""Our orders as Asterisk's actions. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import singledispatch

from telephony.ami.actions import Action
from telephony.pbx import orders
from telephony.pbx.orders import BadOrder, Order

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_INTERFACE = re.compile(r"[A-Za-z0-9]+/[A-Za-z0-9_][A-Za-z0-9_.@/-]*")
_CHANNEL = re.compile(r"[A-Za-z0-9]+/[^\s,|&/][^\s,|&]*")
_EXTENSION = re.compile(r"[+0-9A-Za-z*#]{1,40}")
_CLIP = re.compile(r"[a-z0-9]+/[a-z0-9-]+")
_VARIABLE_NAME = re.compile(r"_{0,2}[A-Za-z][A-Za-z0-9_]*")
# Asterisk cuts `Variable` at commas and strips quotes, brackets and backslashes on the way.
_SPECIAL = re.compile(r'([\\,"()\[\];])')

_CHANSPY_OPTIONS = {"spy": "qE", "whisper": "qwE", "barge": "qBE"}
_PHONE_CACHES = ("res_pjsip/endpoint", "res_pjsip/auth", "res_pjsip/aor")


@singledispatch
def to_actions(order: Order) -> tuple[Action, ...]:
    """The actions of one order, to be sent one after the other. Raises BadOrder."""
    raise BadOrder(f"no actions for {type(order).__name__}")


def _checked(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise BadOrder(f"{value[:60]!r} is not plain enough for the phone system")
        return value

    return check


_name = _checked(_NAME)
_interface = _checked(_INTERFACE)
_extension = _checked(_EXTENSION)
_clip = _checked(_CLIP)
# A leading slash would make Hangup take it for a pattern and end every call it matches.
_channel = _checked(_CHANNEL)


def _yes(value: bool) -> str:
    return "true" if value else "false"


def _milliseconds(seconds: int) -> str:
    return str(max(1, seconds) * 1000)


def _plain_name(name: str) -> str:
    return re.sub(r'["<>\\]', "", name).strip()


def _caller_id(name: str, number: str) -> str:
    plain = _plain_name(name)
    digits = re.sub(r"[^+0-9*#]", "", number)
    return f'"{plain}" <{digits}>' if plain else f"<{digits}>"


def _variable(name: str, value: str) -> tuple[str, str]:
    """`name` is ours and goes as it is; in the value nothing is special."""
    escaped = _SPECIAL.sub(r"\\\1", value)
    return ("Variable", f"{name}={escaped}")


def _optional(header: str, value: str | None) -> tuple[tuple[str, str], ...]:
    return ((header, value),) if value else ()


@to_actions.register
def _add(order: orders.AddMember) -> tuple[Action, ...]:
    return (
        Action(
            "QueueAdd",
            (
                ("Queue", _name(order.queue)),
                ("Interface", _interface(order.interface)),
                ("StateInterface", order.interface),
                ("MemberName", _name(order.member_name)),
                ("Penalty", str(order.penalty)),
                ("Paused", _yes(order.paused)),
                *(_optional("Reason", order.reason) if order.paused else ()),
            ),
        ),
    )


@to_actions.register
def _remove(order: orders.RemoveMember) -> tuple[Action, ...]:
    queue, interface = _name(order.queue), _interface(order.interface)
    return (Action("QueueRemove", (("Queue", queue), ("Interface", interface))),)


@to_actions.register
def _pause(order: orders.PauseMember) -> tuple[Action, ...]:
    return (
        Action(
            "QueuePause",
            (
                *(_optional("Queue", _name(order.queue)) if order.queue is not None else ()),
                ("Interface", _interface(order.interface)),
                ("Paused", _yes(order.paused)),
                *_optional("Reason", order.reason),
            ),
        ),
    )


@to_actions.register
def _penalty(order: orders.SetPenalty) -> tuple[Action, ...]:
    return (
        Action(
            "QueuePenalty",
            (
                *(_optional("Queue", _name(order.queue)) if order.queue is not None else ()),
                ("Interface", _interface(order.interface)),
                ("Penalty", str(order.penalty)),
            ),
        ),
    )


@to_actions.register
def _hang_up(order: orders.HangUp) -> tuple[Action, ...]:
    headers = (("Channel", _channel(order.channel)), ("Cause", str(order.cause)))
    return (Action("Hangup", headers),)


@to_actions.register
def _originate(order: orders.Originate) -> tuple[Action, ...]:
    variables = [
        _variable("__TENANT", _name(order.tenant)),
        _variable("__C2C_CALLERID", order.caller_number),
    ]
    if order.auto_answer:
        variables += [
            _variable("PJSIP_HEADER(add,Call-Info)", "<sip:127.0.0.1>;answer-after=0"),
            _variable("PJSIP_HEADER(add,Alert-Info)", "info=alert-autoanswer"),
        ]
    for name, value in order.variables:
        if not _VARIABLE_NAME.fullmatch(name):
            raise BadOrder(f"{name[:60]!r} is no name of a variable")
        variables.append(_variable(name, value))
    return (
        Action(
            "Originate",
            (
                ("Channel", _interface(order.interface)),
                ("Context", _name(order.context)),
                ("Exten", _extension(order.extension)),
                ("Priority", "1"),
                ("Async", "true"),
                ("EarlyMedia", "false"),
                ("Timeout", _milliseconds(order.timeout_seconds)),
                ("CallerID", _caller_id(order.shown_name, order.shown_number)),
                ("Account", order.tenant),
                ("ChannelId", _name(order.call_id)),
                *variables,
            ),
        ),
    )


def _to_extension(
    action: str, order: orders.Redirect | orders.TransferBlind | orders.TransferAttended
) -> tuple[Action, ...]:
    headers = (
        ("Channel", _channel(order.channel)),
        ("Context", _name(order.context)),
        ("Exten", _extension(order.extension)),
    )
    return (Action(action, (*headers, ("Priority", "1")) if action == "Redirect" else headers),)


@to_actions.register
def _redirect(order: orders.Redirect) -> tuple[Action, ...]:
    return _to_extension("Redirect", order)


@to_actions.register
def _transfer_blind(order: orders.TransferBlind) -> tuple[Action, ...]:
    return _to_extension("BlindTransfer", order)


@to_actions.register
def _transfer_attended(order: orders.TransferAttended) -> tuple[Action, ...]:
    return _to_extension("Atxfer", order)


@to_actions.register
def _cancel_transfer(order: orders.CancelTransfer) -> tuple[Action, ...]:
    return (Action("CancelAtxfer", (("Channel", _channel(order.channel)),)),)


@to_actions.register
def _park(order: orders.Park) -> tuple[Action, ...]:
    agent = _channel(order.timeout_channel)
    return (
        Action(
            "Park",
            (
                ("Channel", _channel(order.channel)),
                ("TimeoutChannel", agent),
                ("AnnounceChannel", agent),
                ("Timeout", _milliseconds(order.timeout_seconds)),
                ("Parkinglot", _name(order.lot)),
            ),
        ),
    )


@to_actions.register
def _listen(order: orders.Listen) -> tuple[Action, ...]:
    return (
        Action(
            "Originate",
            (
                ("Channel", _interface(order.interface)),
                ("Application", "ChanSpy"),
                ("Data", f"{_channel(order.agent_channel)},{_CHANSPY_OPTIONS[order.mode]}"),
                ("Async", "true"),
                ("Timeout", _milliseconds(order.timeout_seconds)),
                ("CallerID", _caller_id(order.shown_name, "")),
                ("ChannelId", _name(order.call_id)),
            ),
        ),
    )


@to_actions.register
def _move(order: orders.MoveCaller) -> tuple[Action, ...]:
    return (
        Action(
            "QueueChangePriorityCaller",
            (
                ("Queue", _name(order.queue)),
                ("Caller", _channel(order.channel)),
                ("Priority", str(order.priority)),
                ("Immediate", "yes"),  # else the line is not sorted anew (Asterisk 22)
            ),
        ),
    )


@to_actions.register
def _name_caller(order: orders.NameCaller) -> tuple[Action, ...]:
    target = ("Channel", _channel(order.channel))
    name = ("Value", _plain_name(order.name))
    return (Action("Setvar", (target, ("Variable", "CALLERID(name)"), name)),)


def _recorded(channel: str, *, paused: bool) -> tuple[Action, ...]:
    """Silence in the file, whose clock goes on. The variable is what every event says of it."""
    variable = ("Variable", "RECORDING")
    target = ("Channel", _channel(channel))
    state = ("State", "1" if paused else "0")
    return (
        Action("Setvar", (target, variable, ("Value", "paused" if paused else "on"))),
        Action("MixMonitorMute", (target, ("Direction", "both"), state)),
    )


@to_actions.register
def _pause_recording(order: orders.PauseRecording) -> tuple[Action, ...]:
    return _recorded(order.channel, paused=True)


@to_actions.register
def _resume_recording(order: orders.ResumeRecording) -> tuple[Action, ...]:
    return _recorded(order.channel, paused=False)


@to_actions.register
def _device_state(order: orders.SetDeviceState) -> tuple[Action, ...]:
    variable = f"DEVICE_STATE(Custom:{_name(order.device)})"
    return (Action("Setvar", (("Variable", variable), ("Value", order.state.upper()))),)


@to_actions.register
def _note_reachability(order: orders.NoteReachability) -> tuple[Action, ...]:
    event = "HELIN_REACHABLE" if order.is_reachable else "HELIN_UNREACHABLE"
    member = ("Interface", _name(order.member_name))
    return (Action("QueueLog", (("Queue", "NONE"), ("Event", event), member)),)


@to_actions.register
def _check_database(_order: orders.CheckDatabase) -> tuple[Action, ...]:
    """Evaluates func_odbc.conf's [PING]; an empty value means that the query failed."""
    return (Action("Getvar", (("Variable", "ODBC_PING()"),)),)


@to_actions.register
def _ask_no_database(order: orders.AskNoDatabase) -> tuple[Action, ...]:
    """A global variable, which the dialplan looks at before it asks."""
    until = ("Value", str(int(order.until)))
    return (Action("Setvar", (("Variable", "DATABASE_AWAY_UNTIL"), until)),)


@to_actions.register
def _load_queues(_order: orders.LoadQueues) -> tuple[Action, ...]:
    """Both decline to load when their configuration cannot be read (Asterisk 22)."""
    modules = ("res_parking.so", "app_queue.so")
    return tuple(
        Action("ModuleLoad", (("Module", module), ("LoadType", "load"))) for module in modules
    )


@to_actions.register
def _reload_queues(_order: orders.ReloadQueues) -> tuple[Action, ...]:
    return (_command("queue reload all"),)


@to_actions.register
def _reload_parking(_order: orders.ReloadParking) -> tuple[Action, ...]:
    return (_command("module reload res_parking.so"),)


@to_actions.register
def _refresh_phones(order: orders.RefreshPhones) -> tuple[Action, ...]:
    """A phone that is new to Asterisk stays `Unavailable` for queues although it is registered,
    until its address of record is read anew (Asterisk 22: learned at the start only) and it has
    answered a first OPTIONS, which Asterisk spreads over the next half minute."""
    populate = (Action("SorceryMemoryCachePopulate", (("Cache", c),)) for c in _PHONE_CACHES)
    names = [_name(phone) for phone in order.ids]
    if order.everyone:
        # 30 ms with 2,000 phones; calls and registrations stay
        learn = [_command("module reload res_pjsip.so")]
    else:
        learn = [_command(f"pjsip reload qualify aor {name}") for name in names]
    ask = (_command(f"pjsip qualify {name}") for name in names)
    return (*populate, *learn, *ask)


@to_actions.register
def _store_route(order: orders.StoreRoute) -> tuple[Action, ...]:
    key = ("Key", _extension(order.number))
    if order.greeting:
        value = ("Val", _clip(order.greeting))
        greeting = Action("DBPut", (("Family", "greeting"), key, value))
    else:
        greeting = Action("DBDel", (("Family", "greeting"), key))
    return (Action("DBPut", (("Family", "route"), key, ("Val", _name(order.queue)))), greeting)


@to_actions.register
def _forget_route(order: orders.ForgetRoute) -> tuple[Action, ...]:
    key = ("Key", _extension(order.number))
    return tuple(Action("DBDel", (("Family", family), key)) for family in ("route", "greeting"))


def _command(line: str) -> Action:
    return Action("Command", (("Command", line),))
