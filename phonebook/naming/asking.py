"""Asking a directory of others: from the cache, else over HTTP if it is well and not overasked.

What is kept is shared by all processes (Valkey): names and their absence, failures in a row, and
questions per minute. Without Valkey every question is asked, and nothing else changes.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.core.cache import cache
from django.db import DatabaseError
from django.utils import timezone
from redis.exceptions import RedisError

from callcenter.outbound.requests import NotAnswered, ask
from callcenter.outbound.sealing import SealBroken, unseal
from callcenter.tenants.refusals import Refusal
from phonebook.naming.answers import MOST_BYTES, NoName, asked_url, name_in
from phonebook.naming.models import AskedOutcome, DirectoryQuestion, ExternalDirectory

log = logging.getLogger(__name__)

NOTHING_KEPT_SECONDS = 600
FAILURES_UNTIL_REST = 4
REST_SECONDS = 30
_FORGET_FAILURES_SECONDS = 300
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Told:
    """`name` "" if there is none; `words`: what went wrong, for the log."""

    outcome: str
    name: str = ""
    words: str = ""
    is_cached: bool = False


def _kept(work: Callable[[], Value], otherwise: Value) -> Value:
    try:
        return work()
    except (RedisError, OSError):
        return otherwise


def cached_name(directory: ExternalDirectory, key: str) -> str | None:
    """What it said of the number lately, "" that nobody has it; None: ask."""
    found: Any = _kept(lambda: cache.get(_key(directory, "name", key)), None)
    return found if isinstance(found, str) else None


def look_up(directory: ExternalDirectory, key: str, *, seconds: float | None = None) -> Told:
    """One question, in the directory's own time or `seconds`. Blocks; never raises."""
    known = cached_name(directory, key)
    if known is not None:
        outcome = AskedOutcome.FOUND if known else AskedOutcome.NOTHING
        return Told(outcome.value, known, is_cached=True)
    begun = time.monotonic()
    told = _refused(directory) or _asked(directory, key, seconds)
    _note(directory, key, told, int((time.monotonic() - begun) * 1000))
    return told


def _refused(directory: ExternalDirectory) -> Told | None:
    """It failed too often of late (one question in REST_SECONDS tries), or was asked too often."""
    failures = _kept(lambda: cache.get(_key(directory, "failures"), 0), 0)
    if failures >= FAILURES_UNTIL_REST:
        probe = _key(directory, "probe")
        if not _kept(lambda: cache.add(probe, 1, REST_SECONDS), True):
            return Told(AskedOutcome.RESTING.value)
    minute = _key(directory, "minute", str(int(time.time() // 60)))
    if _kept(lambda: _count(minute, 120), 1) > directory.per_minute:
        return Told(AskedOutcome.LIMITED.value)
    return None


def _count(name: str, seconds: int) -> int:
    cache.add(name, 0, seconds)
    try:
        return int(cache.incr(name))
    except ValueError:  # it went between the two
        return 1


def _asked(directory: ExternalDirectory, key: str, seconds: float | None) -> Told:
    limit = directory.timeout_ms / 1000 if seconds is None else seconds
    headers = {"Accept": "application/json" if directory.answer == "json" else "text/plain"}
    try:
        if directory.header and directory.secret:
            headers[directory.header] = unseal(directory.secret)
        answer = ask(
            "GET", asked_url(directory.url, key), headers=headers, seconds=limit,
            most_bytes=MOST_BYTES, redirects=1,
        )  # fmt: skip
        if answer.status in (404, 204):
            name = ""
        elif not answer.is_good:
            raise NotAnswered(f"HTTP {answer.status}")
        else:
            name = name_in(answer.body, directory.answer, directory.path)
    except (Refusal, NoName, SealBroken) as error:
        _failed(directory)
        return Told(AskedOutcome.FAILED.value, words=str(error)[:300] or type(error).__name__)
    except Exception as error:
        log.exception("A directory could not be asked.")
        _failed(directory)
        return Told(AskedOutcome.FAILED.value, words=type(error).__name__)
    _kept(lambda: cache.delete(_key(directory, "failures")), False)
    keeps = directory.keep_minutes * 60 if name else NOTHING_KEPT_SECONDS
    if keeps:
        _kept(lambda: cache.set(_key(directory, "name", key), name, keeps), None)
    outcome = AskedOutcome.FOUND if name else AskedOutcome.NOTHING
    return Told(outcome.value, name)


def _failed(directory: ExternalDirectory) -> None:
    def count() -> None:
        failures = _count(_key(directory, "failures"), _FORGET_FAILURES_SECONDS)
        if failures >= FAILURES_UNTIL_REST:
            cache.set(_key(directory, "probe"), 1, REST_SECONDS)

    _kept(count, None)


def _note(directory: ExternalDirectory, key: str, told: Told, milliseconds: int) -> None:
    try:
        DirectoryQuestion.objects.create(
            directory=directory, at=timezone.now(), key=key[:80], outcome=told.outcome,
            name=told.name[:120], words=told.words, milliseconds=milliseconds,
        )  # fmt: skip
    except DatabaseError:
        log.warning("A question to %s could not be written down.", directory.pk)


def _key(directory: ExternalDirectory, what: str, about: str = "") -> str:
    mark = hashlib.sha256(about.encode()).hexdigest()[:24] if about else ""
    return f"naming:{directory.tenant_id}:{directory.pk}:{directory.revision}:{what}:{mark}"
