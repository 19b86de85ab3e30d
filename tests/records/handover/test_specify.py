"""Specify's mapping file: its columns are found as Specify finds them, each file's name once."""

from __future__ import annotations

import re

from records.handover import specify
from tests.judges import rules
from tests.records.handover.stacks import picture, stack

FULL = {"creator": "Ann Lee", "rights": "CC0"}


def test_specify_finds_the_specimen_and_the_files_name_among_the_columns():
    told = rules("specify_mapping_file.json")
    fields = [name.lower() for name in told["fields"]]
    of_record = [name for name in specify.COLUMNS if name.lower() in fields]
    of_file = [
        name
        for name in specify.COLUMNS
        if any(re.fullmatch(pattern, name, re.IGNORECASE) for pattern in told["file_names"])
    ]
    # It takes the first of each.
    assert (of_record[0], of_file[0]) == ("catalogNumber", "fileName")


def test_a_row_says_the_number_the_file_and_what_is_known_of_it():
    (row,), lacks = specify.rows([stack(catalog_number="N 12", **FULL)])
    assert (row["catalogNumber"], row["fileName"]) == ("N 12", "A-1_dorsal_large.jpg")
    assert row["file_in_archive"].endswith("v1/content/derivatives/A-1_dorsal_large.jpg")
    assert (row["pixel_size_um"], row["sampling_limit_um"]) == ("2.5", "5")
    assert (row["variant"], row["creator"], row["rights"]) == ("large", "Ann Lee", "CC0")
    assert row.keys() == set(specify.COLUMNS)
    assert lacks == []


def test_a_files_name_that_two_stacks_have_is_given_once_and_told():
    first = stack(picture("A_b_c_web.jpg", 2000), specimen="A_b", view="c", **FULL)
    second = stack(picture("A_b_c_web.jpg", 2000), specimen="A", view="b_c", **FULL)
    (row,), (lack,) = specify.rows([first, second])
    assert row["catalogNumber"] == "A_b"
    assert (lack.stack, lack.sentence) == (
        "A/b_c",
        "Specify takes a file's name once, and A_b_c_web.jpg is that of A_b/c too: the stack is "
        "left out",
    )


def test_what_nobody_said_is_told_and_the_stack_handed_over():
    (row,), (lack,) = specify.rows([stack()])
    assert row["rights"] == ""
    assert lack.sentence.startswith("Specify asks for rights, creator, which nothing says")
