"""The LDAP that SIP phones speak, over ldaptor's messages; imported by `run_directory` alone.

One question of a connection after the other; the database is asked in a few threads. What is no
LDAP, too large or too slow ends its own connection and nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import close_old_connections
from ldaptor.protocols import pureber, pureldap
from ldaptor.protocols.ldap.ldapserver import BaseLDAPServer
from twisted.internet import reactor
from twisted.internet.protocol import Protocol, ServerFactory
from twisted.internet.threads import deferToThreadPool
from twisted.protocols.policies import TimeoutMixin
from twisted.python.failure import Failure
from twisted.python.threadpool import ThreadPool

from phonebook.naming.ldap import reading
from phonebook.naming.ldap.entries import Entry
from phonebook.naming.ldap.filters import TooDeep
from phonebook.naming.ldap.wire import NotUnderstood, question_of, said

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 1000
MOST_BYTES = 16 * 1024  # of one question, and of what may wait behind it
STRANGER_SECONDS = 20  # until a secret must have come
GUEST_SECONDS = 600  # phones keep their connection between two questions
MOST_WRONG = 3
_SEQUENCE = 0x30
# result codes, RFC 4511 A.1
_DONE, _CUT, _NO_SUCH, _WRONG = 0, 4, 32, 49
_PROTOCOL, _NO_SASL, _SAY_WHO, _NOT_NOW, _NEVER = 2, 7, 50, 52, 53
_CRITICAL = 12
_NEVER_DONE: dict[Any, Any] = {
    pureldap.LDAPModifyRequest: pureldap.LDAPModifyResponse,
    pureldap.LDAPAddRequest: pureldap.LDAPAddResponse,
    pureldap.LDAPDelRequest: pureldap.LDAPDelResponse,
    pureldap.LDAPModifyDNRequest: pureldap.LDAPModifyDNResponse,
    pureldap.LDAPCompareRequest: pureldap.LDAPCompareResponse,
}


@dataclass(slots=True)
class Counters:
    connections: int = 0
    let_in: int = 0
    refused: int = 0
    questions: int = 0
    broken: int = 0


class DirectoryProtocol(Protocol, TimeoutMixin):
    factory: DirectoryFactory
    transport: Any

    def __init__(self) -> None:
        self._buffer = b""
        self._is_busy = False
        self._is_full = False
        self._is_over = False
        self._guest: reading.Guest | None = None
        self._wrong = 0

    def connectionMade(self) -> None:
        self.factory.counters.connections += 1
        self.transport.registerProducer(self, True)
        self._end_after(STRANGER_SECONDS)
        if self.factory.counters.connections > MOST_CONNECTIONS:
            self._end()

    def connectionLost(self, reason: Failure | None = None) -> None:
        del reason
        self._is_over = True
        self._end_after(None)
        self.factory.counters.connections -= 1

    def _end_after(self, seconds: int | None) -> None:
        self.setTimeout(seconds)  # type: ignore[no-untyped-call]

    def timeoutConnection(self) -> None:
        self._end()

    # a phone that asks and does not read what it is told is asked for nothing more
    def pauseProducing(self) -> None:
        self._is_full = True

    def resumeProducing(self) -> None:
        self._is_full = False
        if not self._is_busy:
            self._go_on()

    def stopProducing(self) -> None:
        self._is_over = True

    def dataReceived(self, data: bytes) -> None:
        if self._is_over:
            return
        self._buffer += data
        if not (self._is_busy or self._is_full):
            self._go_on()
        if len(self._buffer) > MOST_BYTES + 10:
            self._end()

    # --- questions ----------------------------------------------------------------------------
    def _go_on(self) -> None:
        """Takes what is there until something has to be asked for, or nothing is left."""
        while not (self._is_busy or self._is_full or self._is_over):
            try:
                message = self._next()
            except Exception:
                # the decoder raises what it likes about bytes that are no LDAP
                self.factory.counters.broken += 1
                self._end()
                return
            if message is None:
                return
            if self._guest is not None:
                self._end_after(GUEST_SECONDS)
            self._take(message)

    def _next(self) -> Any:
        """The next message, or None: it is not whole yet. Raises for what is none."""
        if not self._buffer:
            return None
        if self._buffer[0] != _SEQUENCE:
            raise NotUnderstood
        try:
            length, size = pureber.berDecodeLength(self._buffer, 1)
        except pureber.BERExceptionInsufficientData:
            if len(self._buffer) > 10:
                raise NotUnderstood from None
            return None
        whole = 1 + size + length
        if not 0 <= length <= MOST_BYTES:
            raise NotUnderstood
        if len(self._buffer) < whole:
            return None
        bytes_of_it, self._buffer = self._buffer[:whole], self._buffer[whole:]
        message, _used = pureber.berDecodeObject(BaseLDAPServer.berdecoder, bytes_of_it)
        return message

    def _take(self, message: Any) -> None:
        number, asked = message.id, message.value
        if isinstance(asked, pureldap.LDAPUnbindRequest):
            self._end()
        elif isinstance(asked, pureldap.LDAPAbandonRequest):
            pass  # whatever it was has been answered, as one comes after the other
        elif any(is_critical for _oid, is_critical, _value in message.controls or ()):
            self._say(number, _answer_to(asked)(resultCode=_CRITICAL))
        elif isinstance(asked, pureldap.LDAPBindRequest):
            self._bind(number, asked)
        elif isinstance(asked, pureldap.LDAPSearchRequest):
            self._search(number, asked)
        else:
            code = _NEVER if type(asked) in _NEVER_DONE else _PROTOCOL
            self._say(number, _answer_to(asked)(resultCode=code))

    def _bind(self, number: int, asked: Any) -> None:
        self._guest = None
        if asked.sasl:
            self._say(number, pureldap.LDAPBindResponse(resultCode=_NO_SASL))
            return
        name, secret = said(asked.dn), said(asked.auth)
        self._ask(
            lambda: reading.let_in(name, secret),
            lambda guest: self._let_in(number, guest),
            lambda code: self._turn_away(number, code),
        )

    def _let_in(self, number: int, guest: reading.Guest) -> None:
        self._guest, self._wrong = guest, 0
        self.factory.counters.let_in += 1
        self._end_after(GUEST_SECONDS)
        self._say(number, pureldap.LDAPBindResponse(resultCode=_DONE))

    def _turn_away(self, number: int, code: int) -> None:
        self.factory.counters.refused += 1
        self._wrong += 1
        self._say(number, pureldap.LDAPBindResponse(resultCode=code))
        if self._wrong >= MOST_WRONG:
            self._end()

    def _search(self, number: int, asked: Any) -> None:
        self.factory.counters.questions += 1
        if not said(asked.baseObject) and asked.scope == pureldap.LDAP_SCOPE_baseObject:
            self._say_entry(number, _ROOT, asked)
            self._say(number, pureldap.LDAPSearchResultDone(resultCode=_DONE))
            return
        guest = self._guest
        if guest is None:
            self._say(number, pureldap.LDAPSearchResultDone(resultCode=_SAY_WHO))
            return
        try:
            question = question_of(asked)
        except NotUnderstood:
            self._say(number, pureldap.LDAPSearchResultDone(resultCode=_PROTOCOL))
            return
        self._ask(
            lambda: reading.answer(guest, question),
            lambda answer: self._say_all(number, answer, asked),
            lambda code: self._say(number, pureldap.LDAPSearchResultDone(resultCode=code)),
        )

    def _ask(
        self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[int], None]
    ) -> None:
        """In a thread; the connection is not read meanwhile."""
        self._is_busy = True
        self.transport.pauseProducing()

        def finished(result: Any) -> None:
            self._is_busy = False
            if self._is_over:
                return
            if isinstance(result, Failure):
                failed(_code_of(result))
            else:
                done(result)
            if not self._is_over:
                self.transport.resumeProducing()
                self._go_on()

        deferToThreadPool(reactor, self.factory.pool, _with_database, work).addBoth(finished)

    # --- answers ------------------------------------------------------------------------------
    def _say_all(self, number: int, answer: reading.Answer, asked: Any) -> None:
        for entry in answer.entries:
            self._say_entry(number, entry, asked)
        code = _CUT if answer.is_cut else _DONE
        self._say(number, pureldap.LDAPSearchResultDone(resultCode=code))

    def _say_entry(self, number: int, entry: Entry, asked: Any) -> None:
        wanted = {said(one).lower() for one in asked.attributes} or {"*"}
        given = [
            (name.encode(), [] if asked.typesOnly else [value.encode() for value in values])
            for name, values in entry.attributes.items()
            if "*" in wanted or name.lower() in wanted
        ]
        self._say(
            number,
            pureldap.LDAPSearchResultEntry(objectName=entry.dn.encode(), attributes=given),
        )

    def _say(self, number: int, told: Any) -> None:
        self.transport.write(pureldap.LDAPMessage(told, id=number).toWire())

    def _end(self) -> None:
        self._is_over = True
        self._buffer = b""
        self.transport.unregisterProducer()
        self.transport.loseConnection()


class DirectoryFactory(ServerFactory):
    protocol: Any = DirectoryProtocol
    noisy = False

    def __init__(self, pool: ThreadPool) -> None:
        self.pool = pool
        self.counters = Counters()


_ROOT = Entry(
    "", {"objectClass": ("top",), "supportedLDAPVersion": ("3",), "vendorName": ("Helin",)}
)


def _answer_to(asked: Any) -> Any:
    if isinstance(asked, pureldap.LDAPBindRequest):
        return pureldap.LDAPBindResponse
    if isinstance(asked, pureldap.LDAPSearchRequest):
        return pureldap.LDAPSearchResultDone
    return _NEVER_DONE.get(type(asked), pureldap.LDAPExtendedResponse)


def _with_database(work: Callable[[], Any]) -> Any:
    close_old_connections()
    try:
        return work()
    finally:
        close_old_connections()


def _code_of(failure: Failure) -> int:
    error = failure.value
    if isinstance(error, reading.NotLetIn):
        return _WRONG
    if isinstance(error, reading.NoSuchBase):
        return _NO_SUCH
    if isinstance(error, TooDeep):
        return _NEVER
    log.error("A phone's question could not be answered: %s", failure.getTraceback())
    return _NOT_NOW
