"""Sound made on the spot, in the formats that people upload."""

from __future__ import annotations

import io
import math
import struct
import wave

import av


def tone(seconds: float, rate: int = 8000, channels: int = 1) -> bytes:
    """A WAV of a 440 Hz tone."""
    frames = int(seconds * rate)
    one = (int(9000 * math.sin(2 * math.pi * 440 * n / rate)) for n in range(frames))
    samples = b"".join(struct.pack("<h", value) * channels for value in one)
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples)
    return target.getvalue()


def encoded(seconds: float, container: str, codec: str, rate: int = 44100) -> bytes:
    """The same tone as MP3, Opus, FLAC, ..."""
    target = io.BytesIO()
    with (
        av.open(io.BytesIO(tone(seconds, rate, 2)), "r") as source,
        av.open(target, "w", format=container) as sink,
    ):
        stream = sink.add_stream(codec, rate=rate, options={"strict": "experimental"})
        assert isinstance(stream, av.AudioStream)
        for frame in source.decode(audio=0):
            frame.pts = None
            for packet in stream.encode(frame):
                sink.mux(packet)
        for packet in stream.encode(None):
            sink.mux(packet)
    return target.getvalue()
