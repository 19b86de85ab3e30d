"""How far the work is, on one screen."""

from __future__ import annotations

import csv
import os
import time
from datetime import datetime
from pathlib import Path

import pytest

from records.locks import Holder
from records.reports import run_status, status_screen
from records.reports.review_rows import COLUMNS, write_csv
from records.reports.run_status import ENDED, INTERRUPTED, RunStatus
from records.reports.status_screen import count_states, screen

NOW = datetime(2026, 11, 27, 6, 30).timestamp()
BY = Holder("snakemake", 4711, "bench-3", "ada", "")
RESULTS = Path("results")
# Three of 240 are done, one stopped, two are at work.
STACKS = [(f"K-{k}", "dorsal") for k in range(240)]


@pytest.fixture
def status(monkeypatch, tmp_path):
    """A run on a disk with 810 GB, begun three hours ago."""
    clock = [NOW - 3 * 3600]
    for module in (run_status, status_screen):
        monkeypatch.setattr(module.time, "time", lambda: clock[0])
    monkeypatch.setattr(run_status, "_free", lambda _: 810_000_000_000)
    jobs = {k: (stack, "fuse") for k, stack in enumerate(STACKS)}
    status = RunStatus(jobs, tmp_path, BY)
    status.started(range(6))
    for k in range(3):
        status.finished(k)
    status.failed(3, "frame 3 is black\n  and 4", "ledger", "logs/K-3/dorsal/ledger.log")
    clock[0] = NOW
    return status


def test_a_run_that_is_on_says_what_is_done_at_work_stopped_and_waiting(status):
    counts = ({"archived": 9700, "stopped": 12}, NOW - 60)
    assert screen(status.told(), counts, [], RESULTS) == [
        "A run is on since 03:30, for 3 h 0 min",
        "",
        "  run         process 4711 on bench-3, by ada",
        "  done          3 of 240 stacks",
        "  stopped       1",
        "  at work       2  K-4/dorsal  fuse  for 3 h 0 min",
        "                   K-5/dorsal  fuse  for 3 h 0 min",
        "  waiting     234",
        "  rate        1 an hour",
        "  left        about 9 days 20 h",
        "  disk        810 GB free",
        "",
        "Stopped, with the reason and its log",
        "  K-3/dorsal  ledger  frame 3 is black …",
        "    logs/K-3/dorsal/ledger.log",
        "",
        "  all stacks  9,700 archived, 12 stopped (at 06:29)",
        "  page        results/index.html",
    ]


def lost(status):
    told = status.told()
    return told | {"state": "lost", "now": [], "was_at": told["now"], "seconds_left": None}


def test_of_a_run_that_ended_without_a_word_it_is_said_when_where_and_at_what(status):
    assert screen(lost(status), None, [], RESULTS)[:9] == [
        "The last run ended without a word: it was killed, or its machine went off",
        "It was begun at 03:30 and last heard of at 06:30",
        "The same command goes on where it stopped.",
        "",
        "  run         process 4711 on bench-3, by ada",
        "  done          3 of 240 stacks",
        "  stopped       1",
        "  was at      K-4/dorsal fuse, K-5/dorsal fuse",
        "  not done    236",
    ]


def test_a_machine_that_was_started_again_since_is_said_to_have_gone_off(status):
    first = screen(lost(status), None, [], RESULTS, booted=NOW + 60)[0]
    assert first.endswith("its machine went off, and was started again at 06:31")
    # Started before the run: it did not go off.
    assert "it was killed, or" in screen(lost(status), None, [], RESULTS, booted=NOW - 86400)[0]


@pytest.mark.parametrize("state", [ENDED, INTERRUPTED])
def test_a_run_that_is_over_says_how_and_when(status, state):
    first, *more = screen(status.told(state), None, [], RESULTS)
    assert (
        first
        == f"The last run {'was ' if state == INTERRUPTED else ''}{state} at 06:30, after 3 h 0 min"
    )
    assert ("The same command goes on where it stopped." in more) == (state == INTERRUPTED)
    assert not any("at work" in line for line in more)


def test_other_runs_of_the_folder_are_named(status):
    words = "snakemake (process 4711 on bench-3, by ada, since )"
    assert screen(None, None, [BY], RESULTS) == [
        "No run has told anything here yet.",
        f"At work: {words}",
    ]
    assert f"At work beside it: {words}" in screen(status.told(), None, [BY], RESULTS)


def test_a_terminal_s_lines_are_cut_and_its_lists_counted(status):
    for k in range(10, 60):
        status.started([k])
        status.failed(k, "a reason that is longer than any terminal " * 9, "ledger", "a.log")
    status.started(range(60, 100))
    lines = screen(status.told(), ({"archived": 9}, NOW), [BY], RESULTS, width=60, height=24)
    assert max(map(len, lines)) == 60
    assert len(lines) < 24
    assert any(line.endswith("and 40 more") for line in lines)
    assert "  and 49 more: results/stacks.csv" in lines


def test_ten_thousand_stacks_are_counted_by_their_states_at_once(tmp_path):
    rows = [[None] * len(COLUMNS) for _ in range(10_000)]
    for k, row in enumerate(rows):
        row[COLUMNS.index("state")] = "stopped" if k % 10 == 3 else "archived"
        row[COLUMNS.index("warnings")] = []
        row[COLUMNS.index("reason")] = "frame 3 is black, " * 15
    write_csv(rows, tmp_path / "stacks.csv")
    os.utime(tmp_path / "stacks.csv", (NOW, NOW))
    before = time.process_time()
    assert count_states(tmp_path) == ({"archived": 9000, "stopped": 1000}, NOW)
    assert time.process_time() - before < 1.0


@pytest.mark.parametrize("text", [None, "", "specimen\nA-1\n"])
def test_without_a_table_of_states_nothing_is_counted(tmp_path, text):
    if text is not None:
        (tmp_path / "stacks.csv").write_text(text)
    counts = count_states(tmp_path)
    assert counts is None or counts[0] == {}


def test_the_table_is_that_of_the_collection():
    assert "state" in csv.DictReader([",".join(COLUMNS)]).fieldnames
