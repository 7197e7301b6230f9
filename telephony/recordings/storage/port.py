"""What a storage of recordings can do. Objects are written once, whole or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Protocol

PIECE = 256 * 1024
_KEY = re.compile(r"[0-9]{1,18}(/[0-9a-f]{2}){2}/[0-9a-f]{32}\.[a-z]{1,8}")


class NotStored(Exception):
    """There is no such object."""


class StorageFailed(Exception):
    """The storage cannot be reached, or does not take or give it. Trying again may help."""


class BadKey(ValueError):
    """A key that is none of ours: nothing is looked for under it."""


class Store(Protocol):
    """All raise StorageFailed where the storage is away."""

    def write(self, key: str, pieces: Iterable[bytes]) -> None:
        """Seen under its key only when all of it is there; written again it is replaced."""

    def size(self, key: str) -> int | None:
        """Bytes; None: not there."""

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """From byte `start`, at most `length`. Raises NotStored, before the first piece."""

    def remove(self, keys: Iterable[str]) -> None:
        """That one is not there is as good."""


def key_of(tenant_id: int | None, secret: str, ending: str) -> str:
    """Where an object lies: below its tenant, spread over 65,536 folders, by a secret name.

    Raises BadKey, also for a row that is nobody's.
    """
    return checked(f"{tenant_id}/{secret[:2]}/{secret[2:4]}/{secret}.{ending}")


def checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise BadKey(key)
    return key
