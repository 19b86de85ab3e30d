"""A frame in two stacks is found by an index that the ledgers make, and that they alone confirm."""

from __future__ import annotations

import hashlib
import os
import re
import resource
import signal
import time
from pathlib import Path

import pytest

from records.archive.frame_index import OF_LEDGERS, OF_OBJECTS, note_ledger
from records.archive.known_frames import (
    Row,
    refresh,
    refuse_twins,
    twins_of_one,
    twins_words,
)
from records.errors import RecordError
from records.ledger.table import Entry, read_ledger, write_ledger
from tests.scripts.stack_folder import SPECIMEN, VIEW, make_stack, put_in_archive


@pytest.fixture()
def specimens(tmp_path) -> Path:
    """Two stacks with frames of their own, and one with a frame of the first under another name."""
    stack(tmp_path, "A-1/top", a="1", b="2")
    stack(tmp_path, "A-2/top", a="3", b="4")
    stack(tmp_path, "A-3/top", x="2", y="5")
    return tmp_path


def stack(specimens: Path, name: str, **frames: str) -> None:
    entries = [
        Entry(k, f"{file}.dng", "used", sha256=hashlib.sha256(text.encode()).hexdigest())
        for k, (file, text) in enumerate(frames.items(), 1)
    ]
    (specimens / name).mkdir(parents=True, exist_ok=True)
    write_ledger(entries, specimens / name / "frames.csv")


def sheet(*names: str, **shared: str) -> dict[str, Row]:
    return {name: Row(k, shared.get(f"row{k}")) for k, name in enumerate(names, 2)}


def held(specimens, *names, remember=True, **shared):
    found = refresh(specimens, sheet(*names, **shared), remember)
    return {
        one: [(twin.stack, twin.row, twin.files) for twin in twins] for one, twins in found.items()
    }


ALL = ("A-1/top", "A-2/top", "A-3/top")


@pytest.mark.parametrize("remember", [True, False])
def test_the_stack_further_down_in_the_sheet_is_found(specimens, remember):
    frames = (("x.dng", "b.dng"),)
    assert held(specimens, *ALL, remember=remember) == {"A-3/top": [("A-1/top", 2, frames)]}
    back = (("b.dng", "x.dng"),)
    assert held(specimens, *ALL[::-1], remember=remember) == {"A-1/top": [("A-3/top", 2, back)]}
    assert (specimens / OF_LEDGERS).exists() == remember


@pytest.mark.parametrize("remember", [True, False])
def test_asked_of_one_stack_the_index_tells_the_same_as_of_all(specimens, remember):
    rows = sheet(*ALL)
    assert twins_of_one(specimens, "A-3/top", rows["A-3/top"], remember) is None, "no such row yet"
    of_all = refresh(specimens, rows)
    for name, row in rows.items():
        assert twins_of_one(specimens, name, row, remember) == of_all.get(name, [])
    assert twins_of_one(specimens, "A-3/top", Row(9, None), remember) is None, "of another sheet"
    assert twins_of_one(specimens, "A-3/top", Row(4, "meant"), remember) == []
    # Its own ledger is looked at as it is now.
    stack(specimens, "A-2/top", a="1")
    (twin,) = twins_of_one(specimens, "A-2/top", rows["A-2/top"], remember)
    assert (twin.stack, twin.row) == ("A-1/top", 2)


def test_a_reason_in_the_row_further_down_allows_it(specimens):
    assert held(specimens, *ALL, row4="labels serve both views") == {}
    assert "A-3/top" in held(specimens, *ALL, row2="labels serve both views")


def test_a_ledger_that_was_made_anew_taken_away_or_renamed_counts_as_it_is_now(specimens):
    assert held(specimens, *ALL)
    stack(specimens, "A-3/top", x="6", y="5")
    assert held(specimens, *ALL) == {}
    stack(specimens, "A-2/top", a="1")
    assert list(held(specimens, *ALL)) == ["A-2/top"]
    (specimens / "A-1").rename(specimens / "A-9")
    assert held(specimens, "A-9/top", *ALL[1:]) == {
        "A-2/top": [("A-9/top", 2, (("a.dng", "a.dng"),))]
    }


@pytest.mark.parametrize(
    "damage", [b"", b"no database at all" * 100, None], ids=["empty", "overwritten", "within"]
)
def test_a_damaged_index_is_made_anew_and_told(specimens, capsys, damage):
    wanted = held(specimens, *ALL)
    index = specimens / OF_LEDGERS
    content = bytearray(index.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    index.write_bytes(bytes(content) if damage is None else damage)
    assert held(specimens, *ALL) == wanted
    if damage != b"":
        said = capsys.readouterr().err
        assert said == f"warning: {index} was damaged and is made anew from 3 ledgers\n"
    index.unlink()
    assert held(specimens, *ALL) == wanted


def refuse(specimens, name, shared=None):
    who = (specimens, specimens / "archive", *name.split("/"), f"holostack:{name}")
    refuse_twins(who, read_ledger(specimens / name / "frames.csv"), shared)


def test_a_disk_that_takes_no_more_is_named_as_the_reason(specimens):
    child = os.fork()
    if child == 0:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (16_384, 16_384))
        try:
            refresh(specimens, sheet(*ALL))
        except RecordError as error:
            os._exit(0 if "disk" in str(error).rpartition("(")[2] else 2)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_step_refuses_the_stack_further_down_and_warns_the_one_above(specimens, capsys):
    held(specimens, *ALL)
    with pytest.raises(RecordError, match=r"x.dng \(there b.dng\) of A-1/top \(row 2 of the sheet"):
        refuse(specimens, "A-3/top")
    refuse(specimens, "A-3/top", shared="labels serve both views")
    refuse(specimens, "A-1/top")
    assert (
        "one further down has too: b.dng (there x.dng) of A-3/top (row 4" in capsys.readouterr().err
    )


def test_what_the_index_says_of_another_stack_that_stack_must_confirm(specimens):
    held(specimens, *ALL)
    stack(specimens, "A-1/top", a="1")
    refuse(specimens, "A-3/top")


def test_a_ledger_of_the_same_run_is_known(specimens, capsys):
    held(specimens, *ALL, "A-4/top")
    stack(specimens, "A-4/top", z="9")
    note_ledger(specimens, "A-4/top")
    stack(specimens, "A-2/top", a="9")
    refuse(specimens, "A-2/top")
    assert "of A-4/top" in capsys.readouterr().err


def test_words_name_files_row_and_column(specimens):
    found = refresh(specimens, sheet(*ALL))["A-3/top"]
    assert twins_words(found, 4) == (
        "frames of this stack are another's: x.dng (there b.dng) of A-1/top (row 2 of the sheet). "
        "Is it the right card? If it is meant, say why in the sheet's column shared_source in row 4"
    )


def test_a_thousand_ledgers_that_did_not_change_are_looked_through_at_once(tmp_path):
    names = [f"S-{k:04d}/top" for k in range(1000)]
    for name in names:
        stack(tmp_path, name, **{f"f{k}": f"{name} {k}" for k in range(8)})
    held(tmp_path, *names)
    started = time.process_time()
    assert held(tmp_path, *names) == {}
    assert time.process_time() - started < 1.5


def test_what_is_archived_from_elsewhere_is_known_by_the_archives_own_index(tmp_path, demo):
    photographs = sorted((demo / "pcb-jpeg").glob("*.jpg"))[:2]
    root = tmp_path / "archive"
    put_in_archive(make_stack(tmp_path / "elsewhere", photographs), root)
    here = make_stack(tmp_path / "here", photographs, "lateral").parents[1]
    name = f"{SPECIMEN}/lateral"
    held(here, name)
    who = (here, root, SPECIMEN, "lateral", f"holostack:{name}")
    entries = read_ledger(here / name / "frames.csv")
    words = f"pcb_001.jpg, pcb_002.jpg of holostack:{SPECIMEN}/{VIEW} (archived)"
    for index in (None, b"", b"no database at all" * 100):
        if index is not None:
            (root / OF_OBJECTS).write_bytes(index)
        with pytest.raises(RecordError, match=re.escape(words)):
            refuse_twins(who, entries, None)
    (root / OF_OBJECTS).unlink()
    with pytest.raises(RecordError, match=re.escape(words)):
        refuse_twins(who, entries, None)
    refuse_twins(who, entries, "two views share the label shots")
