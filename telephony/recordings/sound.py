"""From what the PBX wrote to what is kept: Opus in Ogg, left the outside party, right our side.

The PBX writes 16-bit samples of both sides in turn, 8,000 a second, without any header: a file that
was cut anywhere is sound up to there. Pure: bytes in, bytes out.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import av
import numpy as np
import numpy.typing as npt

from telephony.recordings.samples import BYTES_PER_SECOND, RATE, SIDES

BITS_PER_SECOND = 32_000
MOST_PEAKS = 2000
SHORTEST_STRETCH = RATE // 10
_STEP = RATE * 2  # samples of each side that are encoded at once
Samples = npt.NDArray[np.int16]


class NotSound(Exception):
    """It cannot be decoded."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """`peaks`: for each stretch one byte left and one right, the loudest sample of it, 0..255."""

    opus: bytes
    seconds: float
    peaks: bytes


def encode(
    pieces: Iterable[bytes], size: int, still_at_it: Callable[[], None] = lambda: None
) -> Encoded:
    """`size`: the bytes of all pieces. `still_at_it` is called every few seconds of sound."""
    target = io.BytesIO()
    frames = size // (2 * SIDES)
    stretch = max(SHORTEST_STRETCH, -(-frames // MOST_PEAKS))
    peaks = _Peaks(stretch)
    position = 0
    with av.open(target, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=RATE, layout="stereo")
        stream.bit_rate = BITS_PER_SECOND
        stream.codec_context.options = {"application": "voip"}
        for block in _blocks(pieces):
            peaks.add(block)
            frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="s16", layout="stereo")
            frame.sample_rate = RATE
            frame.pts = position
            position += len(block)
            container.mux(stream.encode(frame))
            still_at_it()
        container.mux(stream.encode(None))
    return Encoded(target.getvalue(), round(position / RATE, 3), peaks.done())


def decoded_seconds(opus: bytes) -> float:
    """What can really be heard of it. Raises NotSound."""
    samples = 0
    rate = 1
    try:
        with av.open(io.BytesIO(opus), "r", format="ogg") as container:
            for frame in container.decode(audio=0):
                samples += frame.samples
                rate = frame.sample_rate
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise NotSound(str(error)) from error
    return round(samples / rate, 3)


def as_wav(pieces: Iterable[bytes], size: int) -> Iterator[bytes]:
    """The PBX's file with a head that every player knows."""
    size -= size % (2 * SIDES)
    yield struct.pack(
        "<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + size, b"WAVE", b"fmt ", 16, 1, SIDES, RATE,
        BYTES_PER_SECOND, 2 * SIDES, 16, b"data", size,
    )  # fmt: skip
    for piece in pieces:
        yield piece[:size]
        size -= min(len(piece), size)


def _blocks(pieces: Iterable[bytes]) -> Iterator[Samples]:
    """Arrays of shape (samples, sides); an incomplete last sample is left out."""
    waiting = bytearray()
    step = _STEP * 2 * SIDES
    for piece in pieces:
        waiting += piece
        while len(waiting) >= step:
            yield np.frombuffer(bytes(waiting[:step]), "<i2").reshape(-1, SIDES)
            del waiting[:step]
    whole = len(waiting) - len(waiting) % (2 * SIDES)
    if whole:
        yield np.frombuffer(bytes(waiting[:whole]), "<i2").reshape(-1, SIDES)


class _Peaks:
    def __init__(self, stretch: int) -> None:
        self._stretch = stretch
        self._left: Samples = np.empty((0, SIDES), np.int16)
        self._found: list[npt.NDArray[np.uint8]] = []

    def add(self, block: Samples) -> None:
        together = np.concatenate([self._left, block])
        whole = len(together) - len(together) % self._stretch
        if whole:
            self._note(together[:whole].reshape(-1, self._stretch, SIDES))
        self._left = together[whole:]

    def done(self) -> bytes:
        if len(self._left):
            self._note(self._left.reshape(1, -1, SIDES))
        return b"".join(one.tobytes() for one in self._found)

    def _note(self, stretches: npt.NDArray[np.int16]) -> None:
        loudest = np.abs(stretches.astype(np.int32)).max(axis=1)
        self._found.append((np.minimum(loudest, 32767) >> 7).astype(np.uint8))
