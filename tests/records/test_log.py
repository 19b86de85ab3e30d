"""The words of a log, as steps write them and reports read them."""

from __future__ import annotations

import platform
import subprocess
import sys
import types

import pytest

from records.log import Log, fail, listed, logged, note, progress, read_log, warn


def write_log(path, monkeypatch, work):
    """What `work` says, as a step's log."""
    with path.open("w") as file:
        monkeypatch.setattr(sys, "stderr", file)
        with logged("python", "scripts/fuse.py", "--out", "a b"):
            work()
    return path


def test_what_a_step_says_is_read_from_its_log(tmp_path, monkeypatch):
    def work():
        progress("frame 1 of 2")
        warn("a gap")
        note("from 0 µm")

    log = read_log(write_log(tmp_path / "fuse.log", monkeypatch, work))
    assert log.command == "python scripts/fuse.py --out 'a b'"
    assert log.started and log.started <= log.ended
    assert log.software["Python"] == sys.version.split()[0]
    assert log.software["processor"] == platform.machine()
    assert log.warnings == ("a gap",)
    assert not log.error and not log.is_fault


def test_a_library_that_is_loaded_on_the_way_is_told_at_the_end(tmp_path, monkeypatch):
    library = types.ModuleType("found_needed")
    library.__version__ = "1.2"  # type: ignore[attr-defined]
    path = write_log(
        tmp_path / "a.log", monkeypatch, lambda: sys.modules.update(found_needed=library)
    )
    monkeypatch.delitem(sys.modules, "found_needed")
    begun, ended = path.read_text().splitlines()[1:]
    assert "found_needed" not in begun and "found_needed 1.2" in ended
    log = read_log(path)
    assert log.software["found_needed"] == "1.2" and log.software["processor"]
    # Where nothing came, nothing is said twice.
    assert " with " not in write_log(path, monkeypatch, lambda: None).read_text().splitlines()[-1]


def test_a_step_that_stopped_has_not_ended_and_says_why_with_all_reasons(tmp_path, monkeypatch):
    with pytest.raises(SystemExit, match="1"):
        write_log(tmp_path / "a.log", monkeypatch, lambda: fail("two reasons\n  - one\n  - other"))
    log = read_log(tmp_path / "a.log")
    assert log.error == "two reasons\n  - one\n  - other"
    assert log.started and not log.ended


def test_only_the_last_error_counts_and_only_at_the_beginning_of_a_line(tmp_path):
    (tmp_path / "a.log").write_text("error: old\nerror: new\n  no error: here\n")
    assert read_log(tmp_path / "a.log").error == "new\n  no error: here"
    (tmp_path / "a.log").write_text("an error: within\n")
    assert read_log(tmp_path / "a.log").error == ""


def test_a_traceback_is_a_fault_and_a_log_that_is_not_there_says_nothing(tmp_path):
    (tmp_path / "a.log").write_text("Traceback (most recent call last):\n  File x\nKeyError: 1\n")
    assert read_log(tmp_path / "a.log") == Log(is_fault=True)
    assert read_log(tmp_path / "b.log") == Log()


MARKS = ["error: x", "warning: x", "note: x", "$ rm", "# ended now", "Traceback (most recent call"]


@pytest.mark.parametrize("line", MARKS)
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x85", "\u2028", "\x0b"])
def test_no_text_that_is_quoted_begins_a_line_of_ours(tmp_path, monkeypatch, line, end):
    def work():
        for say in (progress, warn, note):
            say(f"cell{end}{line}")
            say(line)

    log = read_log(write_log(tmp_path / "a.log", monkeypatch, work))
    assert log.command == "python scripts/fuse.py --out 'a b'" and log.ended != "now"
    assert not log.error and not log.is_fault
    assert len(log.warnings) == 2 and log.warnings[1] == line


def test_reasons_of_an_error_are_indented_and_nothing_else_is_one(tmp_path, monkeypatch):
    with pytest.raises(SystemExit, match="1"):
        write_log(tmp_path / "a.log", monkeypatch, lambda: fail("row 2: a\nrow 3: b\x1b[2J"))
    (tmp_path / "a.log").open("a").write("a library's last words\n")
    assert read_log(tmp_path / "a.log").error == "row 2: a\n  row 3: b\\x1b[2J"


def test_the_command_is_one_line_that_a_shell_takes(tmp_path, monkeypatch):
    words = ["python", "a.py", "--metadata", "caption=it's\nred \\ \x1b"]
    with (tmp_path / "a.log").open("w") as file:
        monkeypatch.setattr(sys, "stderr", file)
        with logged(*words):
            pass
    command = read_log(tmp_path / "a.log").command
    done = subprocess.run(["bash", "-c", f"printf '%s|' {command}"], capture_output=True, text=True)
    assert done.stdout == "".join(f"{word}|" for word in words)


def test_a_terminal_sees_the_work_alone(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    with logged("python", "scripts/fuse.py"):
        progress("fused")
    assert capsys.readouterr().err == "fused\n"


@pytest.mark.parametrize(
    ("most", "words"), [(3, "a, b, c"), (2, "a, b and 1 more"), (1, "a and 2 more")]
)
def test_many_names_are_counted(most, words):
    assert listed(("a", "b", "c"), most) == words
