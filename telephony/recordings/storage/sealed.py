"""Objects encrypted at rest: AES-256-GCM in pieces, so that any range can be read alone.

32 bytes of head (mark, the key's id, 8 random bytes), then pieces of 64 KiB, each with its tag of
16 bytes. A piece is bound to its object's key, its place and to being the last one, so that nothing
can be moved, exchanged or cut off unnoticed. What was stored without a key is read as it is.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from collections.abc import Iterable, Iterator
from itertools import chain

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from telephony.recordings.storage.port import Store

MARK = b"HLN1"
HEAD = 32
CHUNK = 64 * 1024
TAG = 16
_ID = re.compile(r"[A-Za-z0-9_-]{1,20}")


class BadKeyring(ValueError):
    """HELIN_RECORDING_KEY cannot be read; the text says why."""


class CannotOpen(Exception):
    """The object was changed, or its key is not among those given."""


class Keyring:
    """`text`: "id:base64 of 32 bytes", several with commas: the first encrypts, all decrypt."""

    def __init__(self, text: str) -> None:
        self._keys: dict[str, AESGCM] = {}
        for part in filter(None, (one.strip() for one in text.split(","))):
            name, _, encoded = part.partition(":")
            try:
                raw = base64.b64decode(encoded, validate=True)
            except binascii.Error as error:
                raise BadKeyring(f"The recording key {name[:20]!r} is not base64.") from error
            if not _ID.fullmatch(name) or len(raw) != 32:
                raise BadKeyring("A recording key is written as ID:BASE64, of exactly 32 bytes.")
            self._keys[name] = AESGCM(raw)
        self.current = next(iter(self._keys), "")

    def key(self, name: str) -> AESGCM:
        found = self._keys.get(name)
        if found is None:
            raise CannotOpen(f"no key {name!r}")
        return found


class SealedStore:
    """Sizes and ranges are those of the plain bytes."""

    def __init__(self, inner: Store, keyring: Keyring) -> None:
        self._inner = inner
        self._keyring = keyring

    @property
    def key_id(self) -> str:
        """What new objects are encrypted with; empty: they are not."""
        return self._keyring.current

    def write(self, key: str, pieces: Iterable[bytes]) -> None:
        sealed = self._sealed(key, pieces) if self.key_id else pieces
        self._inner.write(key, sealed)

    def size(self, key: str) -> int | None:
        whole = self._inner.size(key)
        if whole is None or self._head(key) is None:
            return whole
        body = whole - HEAD
        return body - TAG * -(-body // (CHUNK + TAG))

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        head = self._head(key)
        if head is None:
            return self._inner.read(key, start, length)
        return self._opened(key, head, start, length)

    def remove(self, keys: Iterable[str]) -> None:
        self._inner.remove(keys)

    def _head(self, key: str) -> bytes | None:
        head = b"".join(self._inner.read(key, 0, HEAD))
        return head if head.startswith(MARK) and len(head) == HEAD else None

    def _sealed(self, key: str, pieces: Iterable[bytes]) -> Iterator[bytes]:
        cipher, prefix = self._keyring.key(self.key_id), os.urandom(8)
        yield MARK + self.key_id.encode().ljust(20, b"\0") + prefix
        number = 0
        waiting = b""
        for piece in _chunks(pieces):
            if number or waiting:
                yield cipher.encrypt(_nonce(prefix, number), waiting, _bound(key, number, False))
                number += 1
            waiting = piece
        yield cipher.encrypt(_nonce(prefix, number), waiting, _bound(key, number, True))

    def _opened(self, key: str, head: bytes, start: int, length: int | None) -> Iterator[bytes]:
        cipher, prefix = self._keyring.key(head[4:24].rstrip(b"\0").decode()), head[24:]
        number, skip = divmod(start, CHUNK)
        wanted = None
        if length is not None:
            count = (start + max(length, 0) - 1) // CHUNK - number + 1
            # one byte more tells whether the last of them is the last of all
            wanted = count * (CHUNK + TAG) + 1
        raw = self._inner.read(key, HEAD + number * (CHUNK + TAG), wanted)
        left = length
        for sealed, is_last in _marked(_chunks(raw, CHUNK + TAG)):
            if len(sealed) == 1 and wanted is not None:
                return
            try:
                plain = cipher.decrypt(_nonce(prefix, number), sealed, _bound(key, number, is_last))
            except InvalidTag as error:
                raise CannotOpen(f"{key} was changed or cut") from error
            piece = plain[skip:] if left is None else plain[skip : skip + left]
            skip = 0
            number += 1
            if left is not None:
                left -= len(piece)
            if piece:
                yield piece
            if left == 0:
                return


def _chunks(pieces: Iterable[bytes], size: int = CHUNK) -> Iterator[bytes]:
    """The same bytes in pieces of `size`; the last one may be shorter."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) >= size:
            yield bytes(waiting[:size])
            del waiting[:size]
    if waiting:
        yield bytes(waiting)


def _marked(pieces: Iterator[bytes]) -> Iterator[tuple[bytes, bool]]:
    """Each piece with whether it is the last."""
    before: bytes | None = None
    for piece in chain(pieces, (None,)):
        if before is not None:
            yield before, piece is None
        before = piece


def _nonce(prefix: bytes, number: int) -> bytes:
    return prefix + number.to_bytes(4, "big")


def _bound(key: str, number: int, is_last: bool) -> bytes:
    return f"{key}:{number}:{'last' if is_last else 'more'}".encode()
