"""The command that is run in the background."""

from __future__ import annotations

import os
from pathlib import Path

from records.runs.command import command, step_under_way


def test_it_is_what_a_person_would_type_with_options_before_the_files(tmp_path):
    options = ["--profile", "profiles/slurm", "--resources", "rig=1"]
    files = [Path("specimens/A-1/top/archive.json"), Path("results/review/A-1/top/stack.json")]
    words = command(Path("/w"), tmp_path, *files, options=options, is_nice=False)
    assert Path(words[0]).name == "snakemake"
    assert words[1:] == [*options, "--directory", str(tmp_path), "--", *map(str, files)]


def test_the_step_under_way_is_that_of_the_newest_log_that_was_begun_and_has_no_end(tmp_path):
    for k, (step, text) in enumerate(
        [("import_raws", "# ended now\n"), ("ledger", "reading\n"), ("archive", "")]
    ):
        log = tmp_path / f"{step}.log"
        log.write_text(text)
        os.utime(log, (1000 + k, 1000 + k))
    # Snakemake leaves an empty one for steps that waited for one that failed.
    assert step_under_way(tmp_path, since=999) == "ledger"
    assert step_under_way(tmp_path, since=1002) == ""
    (tmp_path / "ledger.log").write_text("reading\nerror: frame 3 is black\n")
    assert step_under_way(tmp_path, since=999) == ""
