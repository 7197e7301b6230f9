"""Clips for the demo, made of tones: pure, no recorded voice is needed."""

from __future__ import annotations

import io
import math
import struct
import wave
from collections.abc import Sequence

RATE = 8000


def chime(notes: Sequence[float], seconds: float = 0.5, volume: float = 0.35) -> bytes:
    """Notes (Hz) one after the other, each fading out, as an 8 kHz mono 16-bit WAV file."""
    frames = bytearray()
    per_note = int(RATE * seconds)
    for note in notes:
        for index in range(per_note):
            t = index / RATE
            fade = math.exp(-3.0 * t / seconds) * min(1.0, index / 80)
            tone = math.sin(2 * math.pi * note * t) + 0.3 * math.sin(4 * math.pi * note * t)
            frames += struct.pack("<h", int(32767 * volume * fade * tone / 1.3))
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(bytes(frames))
    return file.getvalue()


GREETING = (523.25, 659.25, 783.99)  # up: welcome
CLOSED = (783.99, 622.25, 466.16, 392.0)  # down: nobody is here
