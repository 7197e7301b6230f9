"""The PBX's raw sound: 16-bit samples of two sides in turn, 8,000 a second, no header. Pure.

Apart from sound.py, so that who only measures files need not load what decodes them.
"""

RATE = 8000
SIDES = 2
BYTES_PER_SECOND = RATE * SIDES * 2


def seconds_of(size: int) -> float:
    """How long so many bytes of the PBX's file sound."""
    return round(size / BYTES_PER_SECOND, 3)
