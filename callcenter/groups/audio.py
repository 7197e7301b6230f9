"""Any common audio file to what telephones play: 8 kHz, mono, 16 bits. Pure (bytes in, bytes out).

The file comes from outside, so its format is told by its first bytes, never by its name, and only
these formats are opened: FFmpeg also knows playlists that make it read other files or addresses.
Everything is bounded: bytes in, seconds out, and samples decoded on the way.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av
    from av.container import InputContainer

RATE = 8000
MOST_BYTES = 10 * 1024 * 1024
MOST_SECONDS = 300.0
LEAST_SECONDS = 0.1
# five minutes of 8 channels at 96 kHz; more is no telephone clip but an attempt to keep us busy
MOST_SAMPLES_DECODED = 300 * 96_000 * 8
# (offset, first bytes, FFmpeg's name of the container)
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (8, b"WAVE", "wav"),
    (0, b"ID3", "mp3"),
    (0, b"OggS", "ogg"),
    (0, b"fLaC", "flac"),
    (4, b"ftyp", "mov"),
    (0, b"FORM", "aiff"),
    (0, b".snd", "au"),
    (0, b"#!AMR", "amr"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
)


class Problem(Enum):
    EMPTY = "empty"
    TOO_BIG = "too_big"
    TOO_LONG = "too_long"
    UNKNOWN = "unknown"
    DAMAGED = "damaged"
    SILENT = "silent"


class NotUsable(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class TelephoneAudio:
    wav: bytes
    seconds: float


def container_of(data: bytes) -> str | None:
    """FFmpeg's name of the container that the first bytes announce; None for anything else."""
    for offset, signature, name in _SIGNATURES:
        if data[offset : offset + len(signature)] == signature:
            return name
    if len(data) > 1 and data[0] == 0xFF and data[1] & 0xE0 == 0xE0:  # a frame's sync word
        return "aac" if data[1] & 0x06 == 0 else "mp3"
    return None


def to_telephone_audio(data: bytes) -> TelephoneAudio:
    """Raises NotUsable. Takes at most a few seconds of processor time."""
    if not data:
        raise NotUsable(Problem.EMPTY)
    if len(data) > MOST_BYTES:
        raise NotUsable(Problem.TOO_BIG)
    container = container_of(data)
    if container is None:
        raise NotUsable(Problem.UNKNOWN)
    import av  # when it is wanted: every process knows this module

    samples = bytearray()
    try:
        for piece in _decoded(data, container):
            samples += piece
            if len(samples) > MOST_SECONDS * RATE * 2:
                raise NotUsable(Problem.TOO_LONG)
    except (av.FFmpegError, ValueError, IndexError) as error:
        raise NotUsable(Problem.DAMAGED) from error
    seconds = len(samples) / 2 / RATE
    if seconds < LEAST_SECONDS:
        raise NotUsable(Problem.SILENT)
    return TelephoneAudio(_as_wav(bytes(samples)), round(seconds, 2))


def _decoded(data: bytes, container: str) -> Iterator[bytes]:
    import av

    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    decoded = 0
    with av.open(io.BytesIO(data), mode="r", format=container) as source:
        if not source.streams.audio:
            raise NotUsable(Problem.UNKNOWN)
        for frame in _frames(source):
            decoded += frame.samples * len(frame.layout.channels)
            if decoded > MOST_SAMPLES_DECODED:
                raise NotUsable(Problem.TOO_LONG)
            for piece in resampler.resample(frame):
                yield _bytes_of(piece)
        for piece in resampler.resample(None):
            yield _bytes_of(piece)


def _frames(source: InputContainer) -> Iterator[av.AudioFrame]:
    """Skips a broken packet as every player does (the last of a cut file), but not most of them."""
    import av

    good = bad = 0
    for packet in source.demux(source.streams.audio[0]):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            bad += 1
            continue
        good += bool(frames)
        for frame in frames:
            if isinstance(frame, av.AudioFrame):
                yield frame
    if bad > good:
        raise NotUsable(Problem.DAMAGED)


def _bytes_of(frame: av.AudioFrame) -> bytes:
    """A plane is padded for the processor: only its samples count."""
    return bytes(frame.planes[0])[: frame.samples * 2]


def _as_wav(samples: bytes) -> bytes:
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples)
    return target.getvalue()
