"""Recordings in a folder of this machine, or one that all machines have mounted."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from telephony.recordings.storage.port import PIECE, NotStored, StorageFailed, checked


class LocalStore:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, key: str, pieces: Iterable[bytes]) -> None:
        path = self._path(key)
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            descriptor = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o640)
            with os.fdopen(descriptor, "wb") as target:
                for piece in pieces:
                    target.write(piece)
                target.flush()
                os.fsync(target.fileno())
            part.replace(path)
            _keep_name(path.parent)
        except OSError as error:
            raise StorageFailed(str(error)) from error
        finally:
            part.unlink(missing_ok=True)

    def size(self, key: str) -> int | None:
        try:
            return self._path(key).stat().st_size
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageFailed(str(error)) from error

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        try:
            source = self._path(key).open("rb")
        except FileNotFoundError as error:
            raise NotStored(key) from error
        except OSError as error:
            raise StorageFailed(str(error)) from error

        def pieces() -> Iterator[bytes]:
            left = length
            with source:
                source.seek(start)
                while left is None or left > 0:
                    piece = source.read(PIECE if left is None else min(PIECE, left))
                    if not piece:
                        return
                    if left is not None:
                        left -= len(piece)
                    yield piece

        return pieces()

    def remove(self, keys: Iterable[str]) -> None:
        for key in keys:
            try:
                self._path(key).unlink(missing_ok=True)
            except OSError as error:
                raise StorageFailed(str(error)) from error

    def _path(self, key: str) -> Path:
        return self._folder / checked(key)


def _keep_name(folder: Path) -> None:
    """The new name survives a power failure too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
