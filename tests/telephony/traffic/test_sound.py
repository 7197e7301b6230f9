"""A-law against the G.711 tables, tones made and recognised."""

import pytest

from telephony.traffic.sound import (
    SILENT_BYTE,
    decode,
    encode_sample,
    in_frames,
    loudness,
    murmur,
    silence,
    tone,
    tones_in,
)


@pytest.mark.parametrize(
    ("sample", "byte"),
    [(0, 0xD5), (-1, 0x55), (8, 0xD5), (24, 0xD4), (32767, 0xAA), (-32768, 0x2A), (1000, 0xFA)],
)
def test_g711_values(sample: int, byte: int) -> None:
    assert encode_sample(sample) == byte


def test_decoding_an_encoded_sample_errs_by_less_than_its_step() -> None:
    for sample in range(-32000, 32000, 37):
        (heard,) = decode(bytes([encode_sample(sample)]))
        assert abs(heard - sample) <= max(16, abs(sample) / 16)


def test_every_byte_survives_decoding_and_encoding() -> None:
    assert [encode_sample(sample) for sample in decode(bytes(range(256)))] == list(range(256))


def test_a_tone_is_heard_and_others_are_not() -> None:
    assert tones_in(tone(500), (440, 500, 800)) == {500: pytest.approx(8000, rel=0.02)}
    assert tones_in(silence(seconds=1), (440, 500, 800)) == {}
    assert tones_in(b"", (440,)) == {}


def test_loudness() -> None:
    assert loudness(tone(440)) == pytest.approx(8000 / 1.4142, rel=0.02)
    assert loudness(silence(seconds=0.1)) < 10
    assert loudness(b"") == 0


def test_frames_are_whole() -> None:
    frames = in_frames(murmur(300)[:1000])
    assert {len(frame) for frame in frames} == {160}
    assert frames[-1].endswith(bytes([SILENT_BYTE]))
    assert in_frames(b"") == ()
