"""`manage.py run_directory`: the phonebook for SIP phones by LDAP. Several may run."""

from __future__ import annotations

import dataclasses
import json
import logging
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from redis import Redis
from redis.exceptions import RedisError

from phonebook.naming.selectors import DIRECTORY_HEALTH

log = logging.getLogger(__name__)

THREADS = 4
BEAT_SECONDS = 5


class Command(BaseCommand):
    requires_system_checks = ()  # ./test looks for mistakes; a start should be short
    help = "Serve the phonebook to SIP phones by LDAP, each with the secret of its device."

    def handle(self, *_args: Any, **_options: Any) -> None:
        if not settings.LDAP_PORT:
            raise CommandError("HELIN_LDAP_PORT is not set: phones are served no LDAP.")
        serve()


def serve() -> None:
    """Until SIGTERM or SIGINT."""
    # here and not above: no other process of Helin needs Twisted's reactor
    from twisted.internet import reactor as installed
    from twisted.internet.endpoints import serverFromString
    from twisted.internet.task import LoopingCall
    from twisted.python.threadpool import ThreadPool

    from phonebook.naming.ldap.server import DirectoryFactory

    reactor: Any = installed
    pool = ThreadPool(1, THREADS, "directory")
    pool.start()
    reactor.addSystemEventTrigger("after", "shutdown", pool.stop)
    factory = DirectoryFactory(pool)
    store = Redis.from_url(settings.VALKEY_URL, socket_timeout=2, socket_connect_timeout=2)

    def listening(port: Any) -> None:
        # the fleet waits for this line
        where = port.getHost()
        log.info("Answering phones on %s:%s.", where.host, where.port)

    def failed(reason: Any) -> None:
        log.error("The port cannot be had: %s", reason.getErrorMessage())
        reactor.stop()

    def tell() -> None:
        pool.callInThread(_beat, store, {**dataclasses.asdict(factory.counters)})

    serverFromString(reactor, _endpoint()).listen(factory).addCallbacks(listening, failed)
    LoopingCall(tell).start(BEAT_SECONDS)
    reactor.run()
    log.info("Stopped.")


def _endpoint() -> str:
    where = f"{settings.LDAP_PORT}:interface={_escaped(settings.LDAP_BIND)}"
    if not settings.LDAP_CERTIFICATE:
        return f"tcp:{where}"
    certificate, key = _escaped(settings.LDAP_CERTIFICATE), _escaped(settings.LDAP_KEY)
    return f"ssl:{where}:privateKey={key}:certKey={certificate}:extraCertChain={certificate}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:")


def _beat(store: Redis, counters: dict[str, int]) -> None:
    try:
        store.set(DIRECTORY_HEALTH, json.dumps({"beat_at": time.time(), **counters}))
    except RedisError as error:
        log.warning("Valkey cannot be reached: %s", error)
