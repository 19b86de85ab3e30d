"""`frames.csv`: what is written is read back, and what is not a ledger is refused in words."""

import os
from dataclasses import fields

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from records.errors import RecordError
from records.ledger.table import (
    COLUMNS,
    KINDS,
    UNKNOWN,
    VERSION,
    Entry,
    read_ledger,
    used_frames,
    write_ledger,
)

DIGEST = "ab" * 32
# Cells are text of any kind; an empty cell is what is not known, and so is one that says so.
TEXT = st.text(min_size=1, max_size=20).filter(lambda text: text != UNKNOWN)
NAMES = st.binary(min_size=1, max_size=12).map(os.fsdecode)
# No folder has a file of another name.
FILES = st.one_of(TEXT, NAMES).filter(lambda name: "/" not in name and name not in (".", ".."))
CELLS = {str: TEXT, int: st.integers(0, 1 << 40), float: st.floats(allow_nan=False)}
# What rows have of each other, or of their kind, is drawn by itself.
FACTS = [
    field.name
    for field in fields(Entry)
    if field.name not in ("frame", "file", "status", "reason", "sha256")
]


@st.composite
def ledgers(draw):
    """Rows with every fact that an entry has, used ones numbered in order."""
    entries, used = [], 0
    for _ in range(draw(st.integers(0, 6))):
        is_used = draw(st.booleans())
        used += is_used
        entries.append(
            Entry(
                frame=used if is_used else None,
                file=draw(FILES),
                status="used" if is_used else "rejected",
                reason=None if is_used else draw(st.none() | TEXT),
                sha256=DIGEST if is_used else draw(st.none() | st.just(DIGEST)),
                **{name: draw(st.none() | CELLS[KINDS[name]]) for name in FACTS},
            )
        )
    return entries


# The first draw of text builds tables of Unicode, which can take seconds.
@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ledgers())
def test_what_is_written_is_read_back(tmp_path_factory, entries):
    path = tmp_path_factory.getbasetemp() / "round-trip.csv"
    write_ledger(entries, path)
    assert read_ledger(path) == entries
    first = path.read_bytes()
    write_ledger(read_ledger(path), path)
    assert path.read_bytes() == first


def test_columns_are_those_of_the_contract():
    assert ",".join(COLUMNS) == (
        "frame,file,status,reason,sha256,bytes,format,width_px,height_px,orientation,camera,lens,"
        "aperture_f,iso,exposure_s,white_balance,taken_at,focus_um,ordered_by,colour,"
        "bits,highest_sample,ledger_version"
    )


def test_a_fact_of_an_entry_is_a_column():
    """A new one needs the next version in `_LAST_FACT`, or it is not written."""
    facts = [field.name for field in fields(Entry)]
    assert list(COLUMNS) == [*facts, "ledger_version"]


def test_lines_end_alike_everywhere(tmp_path):
    path = tmp_path / "frames.csv"
    write_ledger([Entry(1, "a.dng", "used", sha256=DIGEST, exposure_s=1 / 60)], path)
    assert path.read_bytes().count(b"\n") == 2
    assert b"\r" not in path.read_bytes()
    assert b",0.016666666666666666," in path.read_bytes()


@pytest.mark.parametrize("last", ["focus_um", "ordered_by", "highest_sample"])
def test_a_ledger_of_before_there_were_all_columns_is_read(tmp_path, last):
    path = tmp_path / "frames.csv"
    write_ledger([Entry(1, "a.dng", "used", sha256="0" * 64, ordered_by="time")], path)
    kept = COLUMNS.index(last) + 1
    older = [",".join(line.split(",")[:kept]) for line in path.read_text().splitlines()]
    path.write_text("\n".join(older) + "\n")
    order = None if last == "focus_um" else "time"
    assert read_ledger(path) == [Entry(1, "a.dng", "used", sha256="0" * 64, ordered_by=order)]


def test_a_ledger_of_a_newer_program_is_refused_by_what_to_do(tmp_path):
    path = write(tmp_path / "frames.csv", row(ledger_version=str(VERSION + 1)))
    with pytest.raises(RecordError, match=r"line 2: was written by a newer Holostack .*later prog"):
        read_ledger(path)


def test_used_frames_leave_out_the_rejected(tmp_path):
    path = tmp_path / "frames.csv"
    used = Entry(1, "a.dng", "used", sha256=DIGEST)
    write_ledger([used, Entry(None, "b.txt", "rejected", "stray file")], path)
    assert used_frames(path) == [used]


def write(path, *rows):
    path.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n", encoding="utf-8")
    return path


def row(**cells):
    default = {"frame": "1", "file": "a.dng", "status": "used", "sha256": DIGEST}
    default["ledger_version"] = "1"
    return ",".join((default | cells).get(name, "") for name in COLUMNS)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row(iso="high")], "line 2, column iso: 'high' is not a number"),
        ([row(width_px="12.5")], "line 2, column width_px: '12.5' is not a number"),
        ([row(status="maybe")], "column status: 'maybe' must be used or rejected"),
        ([row(file="")], "column file: a file's name is missing"),
        ([row(sha256="1.5E+63")], "column sha256: '1.5E+63' is no SHA-256"),
        (["1,a.dng"], f"line 2: 2 cells where a ledger has {len(COLUMNS)}"),
        ([row(), row(frame="3", file="b.dng")], "must be numbered 1, 2, … in order"),
        ([row(frame="2"), row(frame="1", file="b.dng")], "must be numbered 1, 2, … in order"),
        ([row(frame="")], "must be numbered 1, 2, … in order"),
        (['1,"a.dng'], "not a ledger"),
    ],
)
def test_a_damaged_ledger_is_refused_in_words(tmp_path, rows, words):
    path = write(tmp_path / "frames.csv", *rows)
    with pytest.raises(RecordError) as error:
        read_ledger(path)
    assert str(path) in str(error.value)
    assert words in str(error.value)


@pytest.mark.parametrize("content", ["", "file;sha256\n", "file,sha256\na,b\n"])
def test_another_table_is_no_ledger(tmp_path, content):
    path = tmp_path / "frames.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(RecordError, match="not a ledger; its columns must be frame, file"):
        read_ledger(path)


def test_a_missing_ledger(tmp_path):
    with pytest.raises(RecordError, match="no such ledger"):
        read_ledger(tmp_path / "frames.csv")


def test_a_ledger_without_frames_has_nothing_to_use(tmp_path):
    path = tmp_path / "frames.csv"
    write_ledger([Entry(None, "b.txt", "rejected", "stray file")], path)
    with pytest.raises(RecordError, match="no frame of the stack is used"):
        used_frames(path)


def test_a_fact_that_a_picture_does_not_name_reads_unknown_and_older_ledgers_are_read(
    tmp_path,
):
    frame = Entry(1, "a.png", "used", sha256=DIGEST, format="png", iso=100)
    stray = Entry(None, "notes.txt", "rejected", "stray file", DIGEST)
    path = tmp_path / "frames.csv"
    write_ledger([frame, stray], path)
    header, first, second = path.read_text().splitlines()
    cells = dict(zip(header.split(","), first.split(","), strict=True))
    assert {name for name, cell in cells.items() if cell == "unknown"} == {
        "camera", "lens", "aperture_f", "exposure_s", "white_balance", "taken_at"
    }  # fmt: skip
    assert cells["focus_um"] == ""
    assert "unknown" not in second
    assert read_ledger(path) == [frame, stray]
    path.write_text(path.read_text().replace("unknown", ""))
    assert read_ledger(path) == [frame, stray]
