"""Keys as terminals send them."""

import os
import threading
import time

import pytest

from hardware.desk.keys import named, pressed


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        ("sE", ["s", "E"]),
        ("\x1b[A\x1bOB\x1b[C\x1b[D", ["up", "down", "right", "left"]),
        ("\x1b[5~\x1b[6~\x1b[1;2A", ["page up", "page down", "page up"]),
        (" \r\n\x7f", [" ", "enter", "enter", "back"]),
        ("\x1b", ["escape"]),
        ("\x1b\x1b[A", ["escape", "up"]),
        # A key of no use here must be no stop and no letters.
        ("\x1b[15~x", ["x"]),
        ("\x1b[1;5C\x1bOPx", ["x"]),
        ("\x01\x00é", ["é"]),
    ],
)
def test_keys_have_names_and_unknown_ones_are_passed(typed, keys):
    assert list(named(typed)) == keys


def test_a_sequence_that_comes_in_two_parts_is_one_key_and_an_escape_alone_is_one():
    source, terminal = os.pipe()
    came = []
    reading = threading.Thread(target=lambda: came.extend(pressed(source)))
    reading.start()
    for part in (b"\x1b", b"[", b"A"):
        os.write(terminal, part)
        time.sleep(0.02)
    time.sleep(0.3)
    os.write(terminal, b"\x1b")
    time.sleep(0.3)
    os.write(terminal, b"x")
    os.close(terminal)
    reading.join(10)
    os.close(source)
    assert came == ["up", "escape", "x"]
