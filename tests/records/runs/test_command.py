"""The command that is run in the background."""

from __future__ import annotations

from pathlib import Path

from records.runs.command import command


def test_it_is_what_a_person_would_type_with_options_before_the_files(tmp_path):
    options = ["--profile", "profiles/slurm", "--resources", "rig=1"]
    files = [Path("specimens/A-1/top/archive.json"), Path("results/review/A-1/top/stack.json")]
    words = command(Path("/w"), tmp_path, *files, options=options, is_nice=False)
    assert Path(words[0]).name == "snakemake"
    assert words[1:] == [*options, "--directory", str(tmp_path), "--", *map(str, files)]
