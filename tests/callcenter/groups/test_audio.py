"""Any audio becomes telephone sound; whatever else comes is refused and said why."""

import contextlib
import io
import math
import struct
import wave
import zlib

import pytest

from callcenter.groups import audio
from callcenter.groups.audio import NotUsable, Problem, to_telephone_audio
from tests.callcenter.groups.sounds import encoded, tone


def read(wav: bytes) -> tuple[tuple[int, int, int], list[int]]:
    with wave.open(io.BytesIO(wav)) as file:
        shape = (file.getnchannels(), file.getsampwidth(), file.getframerate())
        frames = file.readframes(file.getnframes())
    return shape, [value for (value,) in struct.iter_unpack("<h", frames)]


def loudness(samples: list[int], hertz: float) -> float:
    """How strong one frequency is (Goertzel by sums), so that a buzz or silence would not pass."""
    turn = 2 * math.pi * hertz / audio.RATE
    real = sum(value * math.cos(turn * n) for n, value in enumerate(samples))
    imaginary = sum(value * math.sin(turn * n) for n, value in enumerate(samples))
    return math.hypot(real, imaginary) / len(samples)


FORMATS = {
    "wav": lambda: tone(1.0, 44100, 2),
    "wav 8k": lambda: tone(1.0),
    "mp3": lambda: encoded(1.0, "mp3", "libmp3lame"),
    "ogg vorbis": lambda: encoded(1.0, "ogg", "vorbis"),
    "opus": lambda: encoded(1.0, "ogg", "libopus", 48000),
    "m4a": lambda: encoded(1.0, "mp4", "aac"),
    "flac": lambda: encoded(1.0, "flac", "flac"),
    "webm": lambda: encoded(1.0, "webm", "libopus", 48000),
}


@pytest.mark.parametrize("name", FORMATS)
def test_common_formats_become_telephone_sound(name: str) -> None:
    sound = to_telephone_audio(FORMATS[name]())
    shape, samples = read(sound.wav)
    assert shape == (1, 2, 8000)
    assert sound.seconds == pytest.approx(1.0, abs=0.12)
    assert sound.seconds == pytest.approx(len(samples) / 8000, abs=0.01)
    assert loudness(samples, 440) > 5 * loudness(samples, 1234)
    assert loudness(samples, 440) > 1000


def test_a_cut_recording_keeps_what_is_there() -> None:
    whole = encoded(4.0, "mp3", "libmp3lame")
    sound = to_telephone_audio(whole[: len(whole) // 2])
    assert 1.0 < sound.seconds < 3.0


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", Problem.EMPTY),
        (b"hello, I am a text called hello.wav", Problem.UNKNOWN),
        (b"PK\x03\x04" + zlib.compress(bytes(1_000_000)), Problem.UNKNOWN),
        (b"\x89PNG\r\n\x1a\n" + bytes(200), Problem.UNKNOWN),
        (b"#EXTM3U\n#EXTINF:1\nfile:///etc/passwd\n", Problem.UNKNOWN),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", Problem.UNKNOWN),
        (b"RIFF\x00\x00\x00\x00WAVE", Problem.DAMAGED),
        (b"RIFF\x24\x00\x00\x00WAVEfmt " + b"\xff" * 400, Problem.DAMAGED),
        (b"fLaC" + bytes(500), Problem.DAMAGED),
        (b"OggS" + b"\x5a" * 500, Problem.DAMAGED),
        (b"ID3" + b"\x00" * 500, Problem.DAMAGED),
        (b"\x00\x00\x00\x18ftypM4A " + b"\x11" * 500, Problem.DAMAGED),
        (tone(0.05), Problem.SILENT),
        (bytes(audio.MOST_BYTES + 1), Problem.TOO_BIG),
    ],
    ids=lambda value: value.name if isinstance(value, Problem) else "",
)
def test_what_is_no_clip_is_refused_with_its_reason(data: bytes, problem: Problem) -> None:
    with pytest.raises(NotUsable) as refusal:
        to_telephone_audio(data)
    assert refusal.value.problem is problem


def test_a_small_file_that_lasts_for_ever_is_refused_early() -> None:
    """Silence packs so well that an hour fits into little: decoding stops at the limit."""
    silence = io.BytesIO()
    with wave.open(silence, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(b"\x80" * 8000 * 310)
    assert len(silence.getvalue()) < audio.MOST_BYTES
    with pytest.raises(NotUsable) as refusal:
        to_telephone_audio(silence.getvalue())
    assert refusal.value.problem is Problem.TOO_LONG


def test_noise_in_a_files_middle_never_raises_anything_else() -> None:
    for kind in ("mp3", "flac"):
        whole = bytearray(FORMATS[kind]())
        for place in range(200, len(whole), 37):
            whole[place] ^= 0x5A
        with contextlib.suppress(NotUsable):
            to_telephone_audio(bytes(whole))
