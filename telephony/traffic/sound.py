"""Telephone sound: G.711 A-law, made and measured (8,000 samples a second, mono)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

SAMPLES_PER_SECOND = 8000
FRAME_SAMPLES = 160
"""20 ms: what one RTP packet carries."""
SILENT_BYTE = 0xD5

Frames = tuple[bytes, ...]


def encode_sample(sample: int) -> int:
    """One 16-bit sample -> one A-law byte (ITU-T G.711)."""
    sign = 0x80 if sample >= 0 else 0
    magnitude = min(sample if sample >= 0 else -sample - 1, 32635)
    exponent = max(magnitude.bit_length() - 8, 0)
    mantissa = (magnitude >> (exponent + 3 if exponent else 4)) & 0x0F
    return (sign | (exponent << 4) | mantissa) ^ 0x55


def _decode_byte(byte: int) -> int:
    plain = byte ^ 0x55
    exponent, mantissa = (plain >> 4) & 7, plain & 15
    magnitude = (mantissa << 4) + 8
    if exponent:
        magnitude = (magnitude + 0x100) << (exponent - 1)
    return magnitude if plain & 0x80 else -magnitude


_SAMPLE_OF_BYTE = tuple(_decode_byte(byte) for byte in range(256))


def decode(alaw: bytes) -> list[int]:
    return [_SAMPLE_OF_BYTE[byte] for byte in alaw]


def tone(hertz: float, *, seconds: float = 1.0, amplitude: int = 8000) -> bytes:
    """A sine; whole hertz make a second of it loop without a click. Amplitude: 0..32767."""
    step = 2 * math.pi * hertz / SAMPLES_PER_SECOND
    return bytes(
        encode_sample(round(amplitude * math.sin(step * position)))
        for position in range(round(seconds * SAMPLES_PER_SECOND))
    )


def silence(*, seconds: float) -> bytes:
    return bytes([SILENT_BYTE]) * round(seconds * SAMPLES_PER_SECOND)


def murmur(hertz: float) -> bytes:
    """Two seconds that come and go like somebody speaking: syllables of a tone, and a breath."""
    syllable = tone(hertz, seconds=0.18, amplitude=4000) + silence(seconds=0.06)
    return syllable * 6 + silence(seconds=0.56)


def in_frames(alaw: bytes) -> Frames:
    """Cut into packets' worth; an incomplete last one is filled with silence."""
    return tuple(
        alaw[start : start + FRAME_SAMPLES].ljust(FRAME_SAMPLES, bytes([SILENT_BYTE]))
        for start in range(0, len(alaw), FRAME_SAMPLES)
    )


def loudness(alaw: bytes) -> float:
    """Root mean square of the samples: 0 silent, a sine of amplitude A gives A / 1.41."""
    if not alaw:
        return 0.0
    return math.sqrt(sum(sample * sample for sample in decode(alaw)) / len(alaw))


def level_of(hertz: float, samples: Sequence[int]) -> float:
    """How much of one frequency is in there, as the amplitude of its sine (Goertzel)."""
    if not samples:
        return 0.0
    factor = 2 * math.cos(2 * math.pi * hertz / SAMPLES_PER_SECOND)
    before = last = 0.0
    for sample in samples:
        last, before = sample + factor * last - before, last
    power = last * last + before * before - factor * last * before
    return math.sqrt(max(power, 0.0)) * 2 / len(samples)


def tones_in(alaw: bytes, candidates: Iterable[float], *, floor: float = 300.0) -> dict[float, int]:
    """Which of the candidate frequencies are heard, with their amplitudes; quieter ones are not."""
    samples = decode(alaw)
    levels = {hertz: level_of(hertz, samples) for hertz in candidates}
    return {hertz: round(level) for hertz, level in levels.items() if level >= floor}
