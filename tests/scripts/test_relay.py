"""What of a step's lines reaches the terminal and what the log."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
import time

import pytest

import relay
from records.log import read_log


def told(lines, tmp_path, monkeypatch, capsys):
    sent = b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(sent)))
    relay.main([str(tmp_path / "logs" / "step.log"), "A top: fuse"])
    return capsys.readouterr().err.splitlines(), (tmp_path / "logs" / "step.log").read_text()


def test_the_log_has_all_and_the_terminal_the_last_line_with_its_time(
    tmp_path, monkeypatch, capsys
):
    lines = [f"frame {k} of 3" for k in (1, 2, 3)]
    shown, log = told(lines, tmp_path, monkeypatch, capsys)
    assert log.splitlines() == lines
    assert len(shown) == 1
    assert shown[0].startswith("A top: fuse: frame 3 of 3 (0.")


def test_an_error_is_shown_with_all_its_reasons_and_once(tmp_path, monkeypatch, capsys):
    lines = ["frame 1", "error: two reasons", "  - one", "  - other"]
    shown, _ = told(lines, tmp_path, monkeypatch, capsys)
    assert shown == [f"A top: fuse: {line}" for line in lines[1:]]


@pytest.mark.parametrize("line", ["warning: a gap", "note: from 0 µm"])
def test_warnings_and_notes_are_shown_at_once(tmp_path, monkeypatch, capsys, line):
    shown, _ = told([line, "done"], tmp_path, monkeypatch, capsys)
    assert shown[0] == f"A top: fuse: {line}"
    assert shown[1].startswith("A top: fuse: done")


def test_the_command_stays_in_the_log(tmp_path, monkeypatch, capsys):
    lines = ["$ python scripts/fuse.py", "# started then", "fused", "# ended now"]
    shown, log = told(lines, tmp_path, monkeypatch, capsys)
    assert [line.partition(" (")[0] for line in shown] == ["A top: fuse: fused"]
    assert log.startswith("$ python scripts/fuse.py\n")


def test_bytes_that_are_no_text_and_what_moves_the_cursor_are_escaped(
    tmp_path, monkeypatch, capsys
):
    lines = [b"libtiff: \xff\xfe\x1b[2J", "error: the true reason \x1b]0;x\x07"]
    shown, log = told(lines, tmp_path, monkeypatch, capsys)
    assert log == "libtiff: \\xff\\xfe\\x1b[2J\nerror: the true reason \\x1b]0;x\\x07\n"
    assert shown == ["A top: fuse: error: the true reason \\x1b]0;x\\x07"]


def test_a_line_without_end_takes_no_memory(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(relay, "MOST_BYTES", 10)
    _, log = told(["x" * 25, "done"], tmp_path, monkeypatch, capsys)
    assert log.splitlines() == ["x" * 10, "x" * 10, "x" * 5, "done"]


def test_a_fault_of_the_program_is_a_sentence_on_the_terminal_and_whole_in_the_log(
    tmp_path, monkeypatch, capsys
):
    lines = ["# started then", "Traceback (most recent call last):", "  File x", "  KeyError: 1"]
    shown, log = told(lines, tmp_path, monkeypatch, capsys)
    assert log.splitlines() == lines
    assert shown == [
        f"A top: fuse: error: a fault of the program stopped it; send us {tmp_path}/logs/step.log"
    ]


@pytest.mark.parametrize(
    ("kills", "words"),
    [([2, 2], "it was ended from outside"), ([2, 3], "because memory ran out")],
)
def test_of_a_step_that_was_killed_it_is_said_why(tmp_path, monkeypatch, capsys, kills, words):
    monkeypatch.setattr(relay, "kills", lambda: kills.pop(0))
    lines = ["$ python scripts/fuse.py", "# started then", "frame 1 of 3"]
    shown, _ = told(lines, tmp_path, monkeypatch, capsys)
    assert shown[0].startswith("A top: fuse: error: ") and words in shown[0]
    assert words in read_log(tmp_path / "logs" / "step.log").error


def test_a_log_that_cannot_be_written_stops_no_step(tmp_path, monkeypatch, capsys):
    (tmp_path / "logs").write_text("a file where the folder would be")
    sent = b"frame 1\nerror: the true reason\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(sent)))
    relay.main([str(tmp_path / "logs" / "step.log"), "A top: fuse"])
    shown = capsys.readouterr().err.splitlines()
    assert shown[0].startswith("A top: fuse: warning: there will be no log: ")
    assert shown[1:] == ["A top: fuse: error: the true reason"]


def test_a_full_disk_under_the_log_is_said_once_and_stops_no_step(tmp_path, monkeypatch, capsys):
    sent = b"frame 1\nframe 2\nerror: the true reason\n"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(sent)))
    opened = relay.Path.open

    def on_a_full_disk(path, mode="r", *more, **form):
        if mode == "x":
            path, mode = relay.Path("/dev/full"), "w"
        return opened(path, mode, *more, **form)

    monkeypatch.setattr(relay.Path, "open", on_a_full_disk)
    relay.main([str(tmp_path / "logs" / "step.log"), "A top: fuse"])
    shown = capsys.readouterr().err.splitlines()
    assert "the log ends here" in shown[0] and "is full" in shown[0]
    assert shown[1:] == ["A top: fuse: error: the true reason"]


@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_a_link_in_the_logs_place_is_replaced_and_not_written_through(tmp_path, monkeypatch, link):
    victim, log = tmp_path / "victim", tmp_path / "step.log"
    victim.write_text("sacred")
    getattr(log, link)(victim)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"frame 1\n")))
    relay.main([str(log), "A top: fuse"])
    assert victim.read_text() == "sacred"
    assert log.read_text() == "frame 1\n"


def test_it_hears_its_step_to_the_end_whatever_ends_both_and_whoever_looks(tmp_path):
    """Ctrl-C reaches the step and what relays it; the terminal may be gone."""
    log = tmp_path / "step.log"
    process = subprocess.Popen(
        [sys.executable, relay.__file__, str(log), "A top: fuse"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdin.write(b"frame 1\n")
    process.stdin.flush()
    until = time.monotonic() + 20
    while not (log.exists() and log.read_text()) and time.monotonic() < until:
        time.sleep(0.01)
    process.stderr.close()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process.send_signal(number)
    process.stdin.write(b"error: stopped (Ctrl-C)\nlast\n")
    process.stdin.close()
    process.wait(timeout=20)
    assert log.read_text() == "frame 1\nerror: stopped (Ctrl-C)\nlast\n"
