"""A line that is rewritten where it stands, on a pseudo-terminal."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import struct
import termios

import pytest

from records.reports.line_in_place import LineInPlace, can_rewrite


@pytest.fixture
def line():
    return LineInPlace(io.StringIO())


def seen(text):
    """What a terminal shows in the end, line by line."""
    shown = []
    for row in text.split("\n"):
        _, erased, last = row.rpartition("\r\x1b[K")
        shown.append(last if erased else row)
    return shown


def test_what_is_said_goes_above_the_line_which_comes_again(line):
    line.show("1 of 3")
    line.show("2 of 3")
    print("warning: a gap", file=line)
    line.show("2 of 3, still")
    assert seen(line.getvalue()) == ["warning: a gap", "2 of 3, still"]
    line.erase()
    assert seen(line.getvalue()) == ["warning: a gap", ""]


def test_a_line_that_is_half_written_is_left_whole(line):
    line.show("1 of 3")
    # As a handler of Snakemake writes: the words, then their end.
    line.write("warning: ")
    line.show("2 of 3")
    line.write("a gap\n")
    line.show("3 of 3")
    assert seen(line.getvalue()) == ["warning: a gap", "3 of 3"]


def test_it_is_as_wide_as_its_terminal_and_looks_each_time():
    here, there = pty.openpty()
    with os.fdopen(here, "wb"), os.fdopen(there, "w") as stream:
        for columns in (120, 60):
            fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
            # In the last column a terminal would begin a new line.
            assert LineInPlace(stream).width() == columns - 1
    assert LineInPlace(io.StringIO()).width() == 79


def test_a_log_and_a_terminal_that_can_do_nothing_have_no_such_line(monkeypatch):
    here, there = pty.openpty()
    with os.fdopen(here, "wb"), os.fdopen(there, "w") as stream:
        monkeypatch.setenv("TERM", "xterm")
        assert can_rewrite(stream)
        assert not can_rewrite(io.StringIO())
        monkeypatch.setenv("TERM", "dumb")
        assert not can_rewrite(stream)
