"""The text of what goes over the socket, made once for everybody. Pure.

Entities are kept and sent as JSON text, so a web node only forwards. A large frame is deflated
once here instead of once per socket there.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.json import Encoder

DEFLATE_FROM_BYTES = 2048


def _plain(value: Any) -> Any:
    """Kinds of text and numbers of others (Django's SafeString) are text and numbers."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int | float):
        return float(value) if isinstance(value, float) else int(value)
    raise TypeError(f"{type(value).__name__} cannot be sent")


_bytes = Encoder(enc_hook=_plain).encode


def to_text(value: Any) -> str:
    return _bytes(value).decode()


def _object(texts: Mapping[str, str]) -> str:
    return "{" + ",".join([f"{to_text(key)}:{text}" for key, text in texts.items()]) + "}"


def delta_frame(
    stream: str, version: int, at: float, put: Mapping[str, str], dropped: Iterable[str]
) -> str:
    """`put`: entities as JSON text by key; `at` in epoch seconds."""
    return (
        f'{{"type":"delta","stream":{to_text(stream)},"version":{version},"at":{at:.3f},'
        f'"set":{_object(put)},"del":{to_text(list(dropped))}}}'
    )


def snapshot_frame(
    stream: str, version: int, at: float, now: float, entities: Mapping[str, str]
) -> str:
    """`at`: when the listener was last heard; much older than `now` means that it is away."""
    return (
        f'{{"type":"snapshot","stream":{to_text(stream)},"version":{version},"at":{at:.3f},'
        f'"now":{now:.3f},"entities":{_object(entities)}}}'
    )


def pack(text: str) -> str | bytes:
    """A small frame as it is, a large one deflated (zlib)."""
    if len(text) < DEFLATE_FROM_BYTES:
        return text
    return zlib.compress(text.encode(), 1)


def unpack(frame: str | bytes) -> str:
    return frame if isinstance(frame, str) else zlib.decompress(frame).decode()
