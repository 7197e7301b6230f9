"""Opening other PBXes' files, compressed or not, in blocks of whole lines. No Django here."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

BLOCK_BYTES = int(os.environ.get("HELIN_IMPORT_BLOCK_BYTES", 4 << 20))
LONGEST_LINE = 1 << 20
NO_END = "no line feed at its end: it may be cut off"
_MAGIC = ((b"\x1f\x8b", gzip.open), (b"BZh", bz2.open), (b"\xfd7zXZ\x00", lzma.open))


def digest_of(path: Path) -> str:
    """Of the bytes as they lie on the disk."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def open_history(path: Path) -> IO[bytes]:
    """By its first bytes, not by its name."""
    with path.open("rb") as file:
        head = file.read(8)
    for magic, opens in _MAGIC:
        if head.startswith(magic):
            return cast(IO[bytes], opens(path, "rb"))
    return path.open("rb")


def blocks(file: IO[bytes], offset: int, *, is_quoted: bool = False) -> Iterator[tuple[int, bytes]]:
    """Whole lines from `offset` on, with where each block begins; only the last line of all may have
    no end, and what is longer than any line.

    A block ends where a second ends, so that what stands in one second is read together: before the
    first of the last lines that begin alike up to the first separator. `is_quoted`: it ends outside
    quotes instead.
    """
    file.seek(offset)
    rest = b""
    while True:
        content = file.read(BLOCK_BYTES)
        if not content:
            break
        rest += content
        end = _end_outside_quotes(rest) if is_quoted else _end_of_second(rest)
        if not end and len(rest) > LONGEST_LINE + BLOCK_BYTES:
            end = len(rest)
        if end:
            yield offset, rest[:end]
            offset, rest = offset + end, rest[end:]
    if rest:
        yield offset, rest


def parted(content: bytes) -> tuple[bytes, bytes]:
    """Whole lines, and the last one if no line feed ends it: a file that was cut, or copied while it
    was written, ends so, and what was cut off may be digits of a number."""
    if content.endswith(b"\n"):
        return content, b""
    end = content.rfind(b"\n") + 1
    return content[:end], content[end:]


def as_text(content: bytes) -> str:
    """Lines that are no UTF-8 are of a PBX that wrote Windows' western letters, unless they are
    damaged: with a NUL, or with letters that only UTF-8 has. What cannot be told is U+FFFD."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = "\n".join(map(_line_as_text, content.split(b"\n")))
    return text.replace("\0", "\ufffd")


def _line_as_text(line: bytes) -> str:
    text = line.decode("utf-8", "replace")
    letters = {letter for letter in text if not letter.isascii()}
    if letters != {"\ufffd"} or b"\0" in line:
        return text
    return line.decode("cp1252", "replace")


def _end_of_second(content: bytes) -> int:
    end = content.rfind(b"\n") + 1
    if not end:
        return 0
    begins = content.rfind(b"\n", 0, end - 1) + 1
    stamp = content[begins:end].partition(b"|")[0] + b"|"
    while begins:
        before = content.rfind(b"\n", 0, begins - 1) + 1
        if not content.startswith(stamp, before):
            return begins
        begins = before
    return end


def _end_outside_quotes(content: bytes) -> int:
    end = content.rfind(b"\n") + 1
    quotes = content.count(b'"', 0, end)
    while end and quotes % 2:
        before = content.rfind(b"\n", 0, end - 1) + 1
        quotes -= content.count(b'"', before, end)
        end = before
    return end
