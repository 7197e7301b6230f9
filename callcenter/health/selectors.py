"""How the parts of Helin are, as operators, probes and Prometheus ask."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Count
from django.utils import timezone

from callcenter.tenants.scope import system_scope
from phonebook.naming.selectors import directory_health
from reports.schedules.selectors import mail_health
from telephony.commands.models import CommandStatus, PbxCommand
from telephony.ledger.selectors import ledger_health
from telephony.live.selectors import STALE_AFTER_SECONDS, listener_health
from telephony.subscriptions.selectors import webhook_health

FREE_DISK_LEAST = 0.05  # of the whole
WAITING_COMMANDS_MOST = 50
RETRIED_MAILS_MOST = 10
DIRECTORY_STALE_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Check:
    """One part: `is_ok` None means that it is not known. `figures` are for Prometheus."""

    name: str
    is_ok: bool | None
    words: str
    figures: dict[str, float] = field(default_factory=dict)


def checks() -> list[Check]:
    """Every part, each answering for itself: one that fails takes no other with it."""
    found = [database(), valkey()]
    for pbx in settings.PBXES:
        found.append(pbx_link(pbx))
        if found[0].is_ok:
            found.append(ledger(pbx))
    if found[0].is_ok:
        found += [commands(), webhooks()]
    if settings.LDAP_PORT:
        found.append(directory())
    return [*found, disk(), mail()]


def database() -> Check:
    def ask() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    return _timed("database", ask, DatabaseError)


def valkey() -> Check:
    def ask() -> None:
        with redis.Redis.from_url(
            settings.VALKEY_URL, socket_timeout=2, socket_connect_timeout=2
        ) as client:
            client.ping()

    return _timed("valkey", ask, redis.RedisError)


def _timed(name: str, ask: Callable[[], None], failure: type[Exception]) -> Check:
    started = time.monotonic()
    try:
        ask()
    except failure as error:
        return Check(name, False, str(error).strip().partition("\n")[0][:200])
    seconds = time.monotonic() - started
    return Check(name, True, f"answers in {seconds * 1000:.0f} ms", {"answer_seconds": seconds})


def pbx_link(pbx: str) -> Check:
    name = f"pbx:{pbx}"
    health = listener_health(pbx)
    if health is None:
        return Check(name, None, "no listener has been heard of yet")
    silent = max(0.0, time.time() - health["beat_at"])
    figures = {
        "silent_seconds": silent,
        **{key: float(value) for key, value in health.items() if isinstance(value, int | float)},
    }
    if silent > STALE_AFTER_SECONDS:
        return Check(name, False, f"its listener is silent for {silent:.0f} s", figures)
    if health.get("link") != "live":
        return Check(name, False, "the link to the PBX is down", figures)
    return Check(name, True, f"live, {health.get('unknown_events', 0)} unknown events", figures)


def ledger(pbx: str) -> Check:
    name = f"ledger:{pbx}"
    health = ledger_health(pbx)
    if health.silent_seconds is None and not health.lines:
        return Check(name, None, "no file has been read yet")
    figures = {
        "lines": float(health.lines),
        "unreadable_lines": float(health.unreadable),
        "unknown_lines": float(health.unknown),
        "unbuilt_calls": float(health.unbuilt_calls),
    }
    if health.silent_seconds is not None:
        figures["silent_seconds"] = health.silent_seconds
    if health.lag_seconds is not None:
        figures["lag_seconds"] = health.lag_seconds
    if not health.is_running:
        silent = health.silent_seconds
        words = "was never heard of" if silent is None else f"is silent for {silent:.0f} s"
        return Check(name, False, f"its process {words}", figures)
    words = f"{health.lines} lines, {health.unreadable} unreadable, {health.unknown} not understood"
    if health.lag_seconds is None:
        words = f"catching up; {words}"
    return Check(name, True, words, figures)


def commands() -> Check:
    with system_scope("the health of all tenants' orders"):
        counts = dict(
            PbxCommand.objects.filter(status__in=[CommandStatus.QUEUED, CommandStatus.RUNNING])
            .values_list("status")
            .annotate(Count("pk"))
            .order_by()
        )
    waiting = counts.get(CommandStatus.QUEUED, 0)
    running = counts.get(CommandStatus.RUNNING, 0)
    return Check(
        "commands",
        waiting <= WAITING_COMMANDS_MOST,
        f"{waiting} waiting, {running} sent",
        {"waiting": float(waiting), "running": float(running)},
    )


def webhooks() -> Check:
    """Receivers that fail are their company's matter; what waits without that is ours."""
    with system_scope("the health of all tenants' webhooks"):
        found = webhook_health()
    figures = {
        "active": float(found.active),
        "failing": float(found.failing),
        "paused_after_failures": float(found.failed),
        "late": float(found.late),
        "lag_seconds": found.lag_seconds,
        "attempts_last_hour": float(found.last_hour),
        "in_vain_last_hour": float(found.last_hour_in_vain),
    }
    words = (
        f"{found.active} active, {found.failing} failing, {found.failed} paused after failures, "
        f"{found.late} late"
    )
    return Check("webhooks", found.late == 0, words, figures)


def directory() -> Check:
    """The phonebook that phones read by LDAP."""
    health = directory_health()
    if health is None:
        return Check("directory", None, "no process has been heard of yet")
    silent = max(0.0, time.time() - health["beat_at"])
    figures = {"silent_seconds": silent, **{key: float(value) for key, value in health.items()}}
    if silent > DIRECTORY_STALE_SECONDS:
        return Check("directory", False, f"its process is silent for {silent:.0f} s", figures)
    words = (
        f"{health['connections']} connections, {health['questions']} questions, "
        f"{health['refused']} refused"
    )
    return Check("directory", True, words, figures)


def disk() -> Check:
    folder = next(
        place for place in (settings.DATA_DIR, *settings.DATA_DIR.parents) if place.exists()
    )
    try:
        usage = shutil.disk_usage(folder)
    except OSError as error:
        return Check("disk", False, str(error))
    free = usage.free / usage.total
    return Check(
        "disk",
        free >= FREE_DISK_LEAST,
        f"{usage.free / 2**30:.1f} GiB free ({free:.0%})",
        {"free_bytes": float(usage.free), "free_ratio": free},
    )


def mail() -> Check:
    """Mails of reports tell how mail is: those of accounts are tried again by their task."""
    if not settings.EMAIL_HOST:
        kept = "kept as files under mail/ of the data folder"
        return Check("mail", True if settings.IN_DEVELOPMENT else None, kept)
    try:
        with system_scope("the health of all tenants' mail"):
            found = mail_health(timezone.now())
    except DatabaseError:
        return Check("mail", None, f"sent by {settings.EMAIL_HOST}")
    figures = {
        "waiting": float(found.waiting),
        "retried": float(found.retried),
        "failed": float(found.failed),
    }
    words = (
        f"sent by {settings.EMAIL_HOST}: {found.waiting} waiting, {found.retried} of them tried "
        f"before, {found.failed} not delivered within a day"
    )
    return Check("mail", found.retried <= RETRIED_MAILS_MOST, words, figures)
