"""Catalogue numbers as museums have them, in a sheet as spreadsheets save it, planned and told."""

from __future__ import annotations

from tests.workflow.conftest import Tree


def test_a_catalogue_number_names_the_folder_and_what_looks_damaged_is_told_first(tmp_path, frames):
    tree = Tree(tmp_path)
    tree.write_sheet(
        f"UAM:Ento:12345;top;{frames / 'jpeg'}",
        "00123;top;",
        "124;top;",
        columns="sep=;\ncatalog_number;view;source",
    )
    run = tree.snakemake("--dry-run")
    assert run.returncode == 0, run.stderr
    assert "UAM=3AEnto=3A12345 top: import (not made yet)" in run.stdout
    assert (
        "warning: config/specimens.csv, column catalog_number: '124' in row 4 may have lost "
        "leading zeros, which '00123' in row 3 has" in run.stderr
    )


def test_a_damaged_number_stops_the_run_before_any_work(tmp_path):
    tree = Tree(tmp_path)
    tree.write_sheet("1.23457E+11,top,/media/card", "A-1,top,")
    run = tree.snakemake("--dry-run")
    assert run.returncode == 1
    assert "row 2, column specimen: '1.23457E+11' is a number that a spreadsheet shortened" in (
        run.stderr
    )
    assert "Traceback" not in run.stderr
