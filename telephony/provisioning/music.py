"""Sound made by arithmetic: what callers hear while they wait where nobody has chosen music.

8 kHz mono 16-bit WAV, as every Asterisk plays it. Standard library only.
"""

from __future__ import annotations

import io
import math
import wave
from array import array
from collections.abc import Iterable

SAMPLES_PER_SECOND = 8000
# A slow walk over a pentatonic scale: no two notes of it sound wrong together. Hertz.
_MELODY = (
    261.6, 329.6, 392.0, 440.0, 392.0, 329.6, 293.7, 329.6,
    261.6, 220.0, 261.6, 293.7, 329.6, 293.7, 261.6, 196.0,
)  # fmt: skip
_NOTE_SECONDS, _RINGS_SECONDS = 1.25, 3.5


def waiting_music() -> bytes:
    """20 seconds that may be repeated without a seam, at a tenth of full loudness."""
    length = round(len(_MELODY) * _NOTE_SECONDS * SAMPLES_PER_SECOND)
    sound = [0.0] * length
    for place, hertz in enumerate(_MELODY):
        start = round(place * _NOTE_SECONDS * SAMPLES_PER_SECOND)
        for offset, value in enumerate(_struck(hertz)):
            # what rings on at the end is heard at the beginning
            sound[(start + offset) % length] += value
    return as_wav(sound)


def _struck(hertz: float) -> Iterable[float]:
    step = 2 * math.pi * hertz / SAMPLES_PER_SECOND
    attack = 0.03 * SAMPLES_PER_SECOND
    for sample in range(round(_RINGS_SECONDS * SAMPLES_PER_SECOND)):
        fading = math.exp(-2.2 * sample / SAMPLES_PER_SECOND)
        loudness = 0.05 * min(1.0, sample / attack) * fading
        yield loudness * (math.sin(step * sample) + 0.25 * math.sin(2 * step * sample))


def as_wav(sound: Iterable[float]) -> bytes:
    """Samples from -1 to 1 as a WAV file."""
    samples = array("h", (round(max(-1.0, min(1.0, value)) * 32767) for value in sound))
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLES_PER_SECOND)
        file.writeframes(samples.tobytes())
    return target.getvalue()
