"""New stacks are worked on as they come; Snakemake is a few lines of Python here."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import watch
from records.errors import RecordError
from records.files import write_bytes
from records.locks import held, myself
from records.runs import arrivals

LONGEST_S = 20
# It makes the receipts of stacks, but of those whose frames are black, and says so in their logs.
MAKES = """
import sys, time
from pathlib import Path
words = sys.argv[1:]
data = Path(words[words.index("--directory") + 1])
stopped = False
for target in words[words.index("--") + 1:]:
    specimen, view, name = Path(target).parts[-3:]
    if name != "archive.json":
        continue
    if "black" in (data / "card" / specimen / "1.dng").read_text():
        log = data / "logs" / specimen / view / "ledger.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("error: frame 1 is black\\n")
        stopped = True
    else:
        (data / target).parent.mkdir(parents=True, exist_ok=True)
        (data / target).write_text("{}")
sys.exit(stopped)
"""
CRASHES = "print('no such profile'); import sys; sys.exit(1)"
BUSY = "print('the same files are being made by another'); import sys; sys.exit(1)"


@pytest.fixture
def data(tmp_path):
    """A folder with two stacks whose frames are there."""
    rows = "".join(f"{name},top,card/{name}\n" for name in ("A-1", "B-1", "C-1"))
    write_bytes(tmp_path / "config" / "specimens.csv", f"specimen,view,source\n{rows}".encode())
    for name, text in (("A-1", "bright"), ("B-1", "black")):
        write_bytes(tmp_path / "card" / name / "1.dng", text.encode())
    return tmp_path


@pytest.fixture
def watched(data, monkeypatch, capsys):
    """A function that watches until a given number of naps, each of which is a given act."""

    def run(program, *naps, options=()):
        monkeypatch.setattr(
            watch,
            "command",
            lambda workflow, data, *targets, options, is_nice: [
                *(sys.executable, "-c", program, *options),
                *("--directory", str(data), "--", *map(str, targets)),
            ],
        )
        left = list(naps)
        now = [1000.0]
        monkeypatch.setattr(arrivals.time, "monotonic", lambda: now[0])

        def rest(*_):
            now[0] += 60
            if not left:
                raise KeyboardInterrupt
            left.pop(0)()

        monkeypatch.setattr(watch, "rest", rest)
        with pytest.raises(KeyboardInterrupt):
            watch.main(["--directory", str(data), *options])
        # Without the time of day.
        return [
            re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in capsys.readouterr().err.splitlines()
        ]

    return run


def nothing():
    pass


def test_what_is_ready_is_worked_on_and_what_came_of_it_told_in_a_line_each(data, watched):
    def comes():
        write_bytes(data / "card" / "C-1" / "1.dng", b"bright")

    assert watched(MAKES, nothing, comes, nothing) == [
        f"watching {data} until Ctrl-C",
        "A-1 top, B-1 top: frames are coming; waiting until they lie still",
        "A-1 top, B-1 top: 2 files lie still; working on them",
        "1 of 2 archived, 1 stopped",
        f"B-1 top, ledger: frame 1 is black (log: {data}/logs/B-1/top/ledger.log)",
        "nothing to do; waiting for new stacks",
        "C-1 top: frames are coming; waiting until they lie still",
        "C-1 top: 1 files lie still; working on them",
        "1 of 1 archived",
        "nothing to do; waiting for new stacks",
    ]


def test_a_run_that_fails_as_a_whole_is_told_by_its_last_words_and_ends_nothing(data, watched):
    said = watched(CRASHES, nothing, nothing, nothing)
    assert said[3] == "0 of 2 archived, 2 not finished"
    assert re.fullmatch(
        r"A-1 top, B-1 top: no such profile \(see .*/logs/\.watch/.*\.log\); again in 10 min",
        said[4],
    )
    assert said[5:] == ["nothing to do; waiting for new stacks"]


@pytest.mark.parametrize(
    ("reason", "tries"),
    [
        ("frame 1 is black", 1),
        ("it was ended from outside (SIGKILL); if nobody did that, memory ran out", 2),
        ("the disk / is full, 3.0 MB are free; make room, then run again", 2),
    ],
)
def test_what_may_pass_is_tried_again_though_nothing_changed(data, watched, reason, tries):
    # Ten minutes are ten naps.
    said = watched(MAKES.replace("frame 1 is black", reason), *[nothing] * 12)
    assert sum(line.startswith("B-1 top, ledger: ") for line in said) == tries


def test_none_begins_beside_a_run_that_is_on(data, watched):
    (data / ".snakemake" / "holostack").mkdir(parents=True)
    with held(data / ".snakemake" / "holostack" / "a.run", myself("snakemake"), "in use"):
        said = watched(MAKES, nothing, nothing)
    assert said[2].startswith("A-1 top, B-1 top: ready, but the same files are being made by snake")
    assert len(said) == 3


def test_of_two_that_begin_at_once_the_later_is_done_again(data, watched):
    tries = []

    def program_of(*_):
        tries.append(1)
        if len(tries) == 3:
            raise KeyboardInterrupt

    watch_begin = watch.begin
    try:
        watch.begin = lambda *words: (program_of(), watch_begin(*words))[1]
        said = watched(BUSY, nothing, nothing)
    finally:
        watch.begin = watch_begin
    assert said.count("another run began just before; A-1 top, B-1 top will be next") == 2


def test_a_folder_is_watched_once(data):
    with (
        held(data / "results" / ".watch.lock", myself("watch.py"), "in use"),
        pytest.raises(RecordError, match=r"is watched by watch.py \(process"),
    ):
        watch.main(["--directory", str(data)])


def test_it_ends_at_a_time_of_day_that_is_the_next_such(data, monkeypatch, capsys):
    moment = watch.next_time(f"{datetime.now() - timedelta(minutes=1):%H:%M}")
    assert timedelta(hours=23) < moment - datetime.now() < timedelta(hours=24)
    monkeypatch.setattr(watch, "next_time", lambda _: datetime.now() + timedelta(seconds=0.2))
    watch.main(["--directory", str(data), "--until", "07:00"])
    assert capsys.readouterr().err.splitlines()[-1].endswith(": ended")


def test_told_to_stop_it_ends_the_run_too_and_says_how_to_go_on(data):
    program = (
        "import sys; sys.path[:0] = sys.argv[1:2]; import watch\n"
        "watch.command = lambda *_, **__: [sys.executable, '-c', 'import os, time;"
        ' open("begun", "w").write(str(os.getpid())); time.sleep(60)\']\n'
        "sys.argv = ['watch.py', *sys.argv[2:]]\n"
        "begin = watch.begin\n"
        "watch.begin = lambda words, _, log: begin(words, log.parents[2], log)\n"
        "watch.run()\n"
    )
    run = subprocess.Popen(
        [sys.executable, "-c", program, str(Path(watch.__file__).parent)]
        + ["--directory", str(data), "--quiet-for", "0.1", "--every", "0.1"],
        stderr=subprocess.PIPE,
        text=True,
    )
    begun, until = data / "begun", time.monotonic() + LONGEST_S
    while not (begun.is_file() and begun.read_text()):
        assert run.poll() is None and time.monotonic() < until
        time.sleep(0.05)
    run.send_signal(signal.SIGTERM)
    _, said = run.communicate(timeout=LONGEST_S)
    assert run.returncode == 0
    assert said.splitlines()[-1].endswith("ended (SIGTERM); the same command goes on")
    with pytest.raises(ProcessLookupError):
        os.kill(int(begun.read_text()), 0)
