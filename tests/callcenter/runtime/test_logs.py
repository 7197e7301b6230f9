"""Bounded log files, cut lines, a readable screen."""

import io
from pathlib import Path

from callcenter.runtime.logs import LONGEST_LINE, Lines, LogFile, Terminal


def test_a_log_file_never_grows_beyond_two_pieces(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "web.log", limit=1000)
    for number in range(100):
        log.write(f"line {number:04} {'x' * 40}\n".encode())
    log.close()
    pieces = sorted(tmp_path.iterdir())
    assert [piece.name for piece in pieces] == ["web.log", "web.log.1"]
    assert all(piece.stat().st_size <= 1000 for piece in pieces)
    text = pieces[1].read_text() + pieces[0].read_text()
    last = [int(line.split()[1]) for line in text.splitlines()]
    assert last == list(range(last[0], 100)), "a line was lost where the file was turned"


def test_a_log_is_continued_after_a_restart(tmp_path: Path) -> None:
    for word in (b"first\n", b"second\n"):
        log = LogFile(tmp_path / "web.log")
        log.write(word)
        log.close()
    assert (tmp_path / "web.log").read_bytes() == b"first\nsecond\n"


def test_lines_are_whole_whatever_the_pieces() -> None:
    text = "erste Zeile\r\nzweite für alle\n\nlast".encode()
    for size in range(1, len(text) + 1):
        lines = Lines()
        got = [
            line for at in range(0, len(text), size) for line in lines.feed(text[at : at + size])
        ]
        assert [*got, *lines.rest()] == [b"erste Zeile", "zweite für alle".encode(), b"", b"last"]


def test_an_endless_line_is_cut() -> None:
    lines = Lines()
    got = [line for _ in range(10) for line in lines.feed(b"x" * 5_000)]
    assert got
    assert max(map(len, got)) <= LONGEST_LINE


def test_colour_only_where_a_person_looks() -> None:
    screen = io.StringIO()
    terminal = Terminal(screen)
    terminal.show("web", "hello")
    terminal.close()
    assert screen.getvalue() == "web      | hello\n"


def test_a_closed_screen_stops_nothing() -> None:
    screen = io.StringIO()
    terminal = Terminal(screen)
    screen.close()
    for _ in range(10):
        terminal.show("web", "hello")
    terminal.close()
