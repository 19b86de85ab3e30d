"""What of a step's lines reaches the terminal and what the log."""

from __future__ import annotations

import io

import pytest

import relay


def told(lines, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))
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
