"""What of a step's lines reaches the terminal and what the log."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

import relay
from records.log import read_log
from records.reports.line_in_place import BY_STACK


@pytest.fixture(autouse=True)
def signals():
    """What is sent to pytest ends it again afterwards."""
    before = {number: signal.getsignal(number) for number in relay.ASKED}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def relayed(log, sent: bytes, ending: str = "") -> int:
    """What relaying a step ends as, that says `sent` and then runs `ending`."""
    says = f"import os, signal, sys; os.write(2, {sent!r}); {ending}"
    with pytest.raises(SystemExit) as ended:
        relay.main([str(log), "A top: fuse", sys.executable, "-c", says])
    return ended.value.code


def told(lines, tmp_path, capsys, ending=""):
    """What of a step's lines is shown, and its log without what the system accounted."""
    sent = b"".join((line if isinstance(line, bytes) else line.encode()) + b"\n" for line in lines)
    relayed(tmp_path / "logs" / "step.log", sent, ending)
    log, _, account = (tmp_path / "logs" / "step.log").read_text().rpartition("# used ")
    assert account.endswith(" MB at most\n")
    return capsys.readouterr().err.splitlines(), log


def test_the_log_has_all_and_the_terminal_the_last_line_with_its_time(tmp_path, capsys):
    lines = [f"frame {k} of 3" for k in (1, 2, 3)]
    shown, log = told(lines, tmp_path, capsys)
    assert log.splitlines() == lines
    assert len(shown) == 1
    assert shown[0].startswith("A top: fuse: frame 3 of 3 (0.")


def test_an_error_is_shown_with_all_its_reasons_and_once(tmp_path, capsys):
    lines = ["frame 1", "error: two reasons", "  - one", "  - other"]
    shown, _ = told(lines, tmp_path, capsys)
    assert shown == [f"A top: fuse: {line}" for line in lines[1:]]


@pytest.mark.parametrize("line", ["warning: a gap", "note: from 0 µm"])
def test_warnings_and_notes_are_shown_at_once(tmp_path, capsys, line):
    shown, _ = told([line, "done"], tmp_path, capsys)
    assert shown[0] == f"A top: fuse: {line}"
    assert shown[1].startswith("A top: fuse: done")


def test_of_a_run_that_tells_of_its_stacks_itself_only_what_is_urgent_is_shown(
    tmp_path, capsys, monkeypatch
):
    monkeypatch.setenv(BY_STACK, "yes")
    monkeypatch.setattr(relay, "EVERY_S", 0.0)
    shown, log = told(["frame 1", "warning: a gap", "done"], tmp_path, capsys)
    assert shown == ["A top: fuse: warning: a gap"]
    assert log.splitlines() == ["frame 1", "warning: a gap", "done"]


def test_the_command_stays_in_the_log(tmp_path, capsys):
    lines = ["$ python scripts/fuse.py", "# started then", "fused", "# ended now"]
    shown, log = told(lines, tmp_path, capsys)
    assert [line.partition(" (")[0] for line in shown] == ["A top: fuse: fused"]
    assert log.startswith("$ python scripts/fuse.py\n")


def test_bytes_that_are_no_text_and_what_moves_the_cursor_are_escaped(tmp_path, capsys):
    lines = [b"libtiff: \xff\xfe\x1b[2J", "error: the true reason \x1b]0;x\x07"]
    shown, log = told(lines, tmp_path, capsys)
    assert log == "libtiff: \\xff\\xfe\\x1b[2J\nerror: the true reason \\x1b]0;x\\x07\n"
    assert shown == ["A top: fuse: error: the true reason \\x1b]0;x\\x07"]


def test_a_line_without_end_takes_no_memory(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(relay, "MOST_BYTES", 10)
    _, log = told(["x" * 25, "done"], tmp_path, capsys)
    assert log.splitlines() == ["x" * 10, "x" * 10, "x" * 5, "done"]


def test_a_fault_of_the_program_is_a_sentence_on_the_terminal_and_whole_in_the_log(
    tmp_path, capsys
):
    lines = ["# started then", "Traceback (most recent call last):", "  File x", "  KeyError: 1"]
    shown, log = told(lines, tmp_path, capsys)
    assert log.splitlines() == lines
    assert shown == [
        f"A top: fuse: error: a fault of the program stopped it; send us {tmp_path}/logs/step.log"
    ]


@pytest.mark.parametrize(
    ("number", "kills", "words"),
    [
        ("SIGKILL", [2, 2], "it was ended from outside (SIGKILL); if nobody did that, memory ran"),
        ("SIGKILL", [2, 3], "the system ended it (SIGKILL), because memory ran out"),
        ("SIGTERM", [2, 2], "it was ended from outside (SIGTERM); the same command does it again"),
        (
            "SIGSEGV",
            [2, 2],
            "it crashed (SIGSEGV), by a fault of the program or of a library; send",
        ),
    ],
)
@pytest.mark.parametrize("lines", [[], ["$ python scripts/fuse.py", "# started then", "frame 1"]])
def test_of_a_step_that_was_killed_it_is_said_by_what_however_early(
    tmp_path, monkeypatch, capsys, number, kills, words, lines
):
    counts = iter(kills)
    monkeypatch.setattr(relay, "kills", lambda: next(counts))
    shown, _ = told(lines, tmp_path, capsys, f"os.kill(os.getpid(), signal.{number})")
    assert shown[0].startswith(f"A top: fuse: error: {words}")
    assert read_log(tmp_path / "logs" / "step.log").error.startswith(words)


def test_it_ends_as_its_step_does(tmp_path, capsys):
    log = tmp_path / "step.log"
    assert relayed(log, b"# started then\n# ended now\n") == 0
    assert relayed(log, b"error: two frames\n", "sys.exit(1)") == 1
    assert read_log(log).error == "two frames"
    assert relayed(log, b"usage: fuse.py\nno such option\n", "sys.exit(2)") == 2
    assert read_log(log).error == "it ended with status 2: no such option"
    assert relayed(log, b"", "os.kill(os.getpid(), signal.SIGKILL)") == 128 + signal.SIGKILL


def test_the_log_ends_with_what_the_system_accounted_of_the_step_and_all_it_started(tmp_path):
    burn = "import time; t = time.process_time(); b = bytearray(200_000_000);"
    burn += " [0 for _ in iter(lambda: time.process_time() - t < 0.5, False)]"
    log = tmp_path / "step.log"
    says = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {burn!r}])"
    # From pytest itself, its own memory would count: what is started begins as its copy.
    command = [sys.executable, relay.__file__, str(log), "A top: fuse", sys.executable, "-c", says]
    subprocess.run(command, check=True)
    account = read_log(log)
    assert 0.5 <= account.processor_s <= 2
    assert 200 <= account.peak_mb <= 250


def test_a_log_that_cannot_be_written_stops_no_step(tmp_path, capsys):
    (tmp_path / "logs").write_text("a file where the folder would be")
    sent = b"frame 1\nerror: the true reason\n"
    relayed(tmp_path / "logs" / "step.log", sent)
    shown = capsys.readouterr().err.splitlines()
    assert shown[0].startswith("A top: fuse: warning: there will be no log: ")
    assert shown[1:] == ["A top: fuse: error: the true reason"]


def test_a_full_disk_under_the_log_is_said_once_and_stops_no_step(tmp_path, monkeypatch, capsys):
    sent = b"frame 1\nframe 2\nerror: the true reason\n"
    opened = relay.Path.open

    def on_a_full_disk(path, mode="r", *more, **form):
        if mode == "x":
            path, mode = relay.Path("/dev/full"), "w"
        return opened(path, mode, *more, **form)

    monkeypatch.setattr(relay.Path, "open", on_a_full_disk)
    relayed(tmp_path / "logs" / "step.log", sent)
    shown = capsys.readouterr().err.splitlines()
    assert "the log ends here" in shown[0] and "is full" in shown[0]
    assert shown[1:] == ["A top: fuse: error: the true reason"]


@pytest.mark.parametrize("link", ["symlink_to", "hardlink_to"])
def test_a_link_in_the_logs_place_is_replaced_and_not_written_through(tmp_path, capsys, link):
    victim, log = tmp_path / "victim", tmp_path / "step.log"
    victim.write_text("sacred")
    getattr(log, link)(victim)
    relayed(log, b"frame 1\n")
    assert victim.read_text() == "sacred"
    assert log.read_text().startswith("frame 1\n# used ")


def test_it_hears_its_step_to_the_end_whatever_ends_both_and_whoever_looks(tmp_path):
    """Ctrl-C reaches the step and what relays it; the terminal may be gone."""
    log = tmp_path / "step.log"
    says = (
        "import signal, sys\n"
        "for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):\n"
        # What a step gets has no handler of the relay's.
        "    assert signal.getsignal(number) is not signal.SIG_IGN\n"
        "print('frame 1', file=sys.stderr, flush=True)\n"
        "sys.stdin.read()\n"
        "print('error: stopped (Ctrl-C)', 'last', sep='\\n', file=sys.stderr)\n"
        "sys.exit(1)\n"
    )
    process = subprocess.Popen(
        [sys.executable, relay.__file__, str(log), "A top: fuse", sys.executable, "-c", says],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    until = time.monotonic() + 20
    while not (log.exists() and log.read_text()) and time.monotonic() < until:
        time.sleep(0.01)
    process.stderr.close()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process.send_signal(number)
    process.stdin.close()
    assert process.wait(timeout=20) == 1
    assert log.read_text().startswith("frame 1\nerror: stopped (Ctrl-C)\nlast\n# used ")


def test_a_step_that_is_stopped_while_python_loads_it_is_no_fault_of_the_program(tmp_path):
    log = tmp_path / "step.log"
    says = "import time; print('loading', flush=True); time.sleep(60)"
    process = subprocess.Popen(
        [sys.executable, relay.__file__, str(log), "A top: fuse", sys.executable, "-c", says],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    until = time.monotonic() + 20
    while not (log.exists() and log.read_text()) and time.monotonic() < until:
        time.sleep(0.01)
    # As a terminal does it: both get it.
    os.killpg(process.pid, signal.SIGINT)
    told = process.communicate(timeout=20)[1]
    assert process.returncode == 128 + signal.SIGINT
    why = "error: it was ended from outside (SIGINT); the same command does it again"
    assert why in told and "fault" not in told
    assert why in log.read_text().splitlines() and "KeyboardInterrupt" in log.read_text()
