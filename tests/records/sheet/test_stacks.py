"""The sheet and the configuration: what is accepted, what is refused and in which words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.errors import RecordError
from records.sheet.configuration import parsed
from records.sheet.stacks import doubtful, read_sheet
from tests.records.sheet.shipped import CONFIG


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("specimen\nA\n", "row 1: the column 'view' is missing"),
        ("specimen,view,colour\nA,top,red\n", "row 1: column 'colour' is unknown; use one of"),
        ("Specimen,view\nA,top\n", "row 1: column 'Specimen' is unknown; is 'specimen' meant?"),
        ("specimen,view,view\nA,top,top\n", "row 1: the column 'view' stands there twice"),
        ("specimen,view\n", "has no row yet"),
        ("specimen,view\n../A,top\n", "row 2, column specimen: is '../A', but must be letters"),
        ("specimen,view\nA,nul\n", "row 2, column view: is 'nul'"),
        (
            "specimen,view,pixel_size_um\nA,top,wide\n",
            "row 2, column pixel_size_um: is 'wide', but must be a number of µm above 0",
        ),
        (
            "specimen;view;pixel_size_um\nA;top;2,4\n",
            "is '2,4', but must be a number of µm above 0, such as 2.4",
        ),
        ("specimen,view,step_um\nA,top,nan\n", "row 2, column step_um: is 'nan', but must be"),
        (
            "specimen,view,align.reference\nA,top,0\n",
            "is 0, but must be first, middle, last or a frame number",
        ),
        (
            "specimen,view,ledger.allow_differences\nA,top,lens\n",
            "is 'lens', but must be a list in brackets",
        ),
        (
            "specimen,view,convert.keep\nA,top,false\n",
            "row 1, column convert.keep: holds for a whole run",
        ),
        (
            "specimen,view\nA,top\nB,top\nA,Top\n",
            "row 4: specimen 'A', view 'Top' is already in row 2",
        ),
        (
            "specimen,view,fuse.power\nA,top,99\n",
            "row 2, column fuse.power: is 99, but must be a whole number from 1 to 8",
        ),
        (
            "specimen,view,fuse.strength\nA,top,9\n",
            "row 2, column fuse.strength: has the unknown key 'strength'",
        ),
        ("specimen,view\nA,top,extra\n", "row 2: the cell 'extra' belongs to no column"),
        ('specimen,view\n"A,top\n', "row 2: is not CSV"),
        ('specimen,view,caption\nA,top,"two\nlines"\n\nB/,top,\n', "row 4, column specimen: is"),
        (
            "specimen,view,order\nA,top,names\n",
            "row 2, column order: is 'names', but must be one of name, time, listed",
        ),
        (
            "specimen,view,direction\nA,top,down\n",
            "row 2, column direction: is 'down', but must be one of toward, away",
        ),
        (
            "specimen,view,step_um\nA,top,-50\n",
            "above 0; for a stack shot from the top down, say direction away",
        ),
        ("specimen,view,order\nA,top,listed\n", "row 2, column order: listed needs the list"),
        (
            "specimen,view,exclude\nA,top,3\n",
            "row 2, column exclude_reason: is empty, but must be filled where exclude is",
        ),
        (
            "specimen,view,exclude_reason\nA,top,blurred\n",
            "row 2, column exclude: is empty, but must be filled where exclude_reason is",
        ),
        ("specimen,view,rig,order\nA,top,rig.yaml,time\n", "row 2: has both rig and order"),
        ("specimen,view,rig,positions\nA,top,r.yaml,p.csv\n", "row 2: has both rig and positions"),
        (
            "specimen,view,fuse.slab_frames,fuse.slab_overlap\nA,top,4,4\n",
            "row 2, column fuse.slab_overlap is 4, but must be fewer than fuse.slab_frames, 4",
        ),
        (
            "specimen,view,derive.web.scale_bar\nA,top,on\n",
            "row 2, column pixel_size_um: is empty, but derive.web.scale_bar is on",
        ),
        (
            "specimen,view,direction,derive.web.format\nA,top,away,height\n",
            "row 2, column step_um: is empty, but derive.web is of format height; fill it in",
        ),
        (
            "specimen,view,step_um,derive.web.format\nA,top,50,height-16\n",
            "row 2, column direction: is empty, but derive.web is of format height-16",
        ),
        (
            "specimen,view,step_um,direction,derive.web.format\nA,top,50,away,glb\n",
            "row 2, column pixel_size_um: is empty, but derive.web is of format glb; fill it in",
        ),
        (
            "specimen,view,scale_division_mm\nA,top,0.1\n",
            "row 2, column scale_division_mm: is filled, but scale_frame is empty; name the",
        ),
        (
            "specimen,view,scale_frame,derive.web.scale_bar\nA,top,r.nef,on\n",
            "row 2, column scale_division_mm: is not filled, but one of them must be",
        ),
        (
            "specimen,view,scale_frame,scale_points\nA,top,r.nef,0 0 1 1\n",
            "row 2, column scale_points: is '0 0 1 1', but must be two points x,y x,y in px",
        ),
        (
            "specimen,view,scale_frame,scale_division_mm,pixel_size_um\nA,top,r.nef,1,3\n",
            "row 2, column pixel_size_um: is filled, and so is scale_frame, which measures it",
        ),
        (
            "specimen,view,derive.print\nA,top,none\n",
            "column derive.print: is 'none', but must be the settings of a derivative, or null",
        ),
        ("specimen,view\n,top\n", "row 2: lacks specimen (or catalog_number)"),
        ("view\ntop\n", "row 1: the column 'specimen' is missing"),
        (
            "specimen,view\n1.23457E+11,top\n",
            "row 2, column specimen: '1.23457E+11' is a number that a spreadsheet shortened",
        ),
        ("specimen,view,caption\nA,top,#N/A\n", "row 2, column caption: '#N/A' is a spreadsheet's"),
        ("specimen;view;step_um\nA;top;2,4\n", "(with a point for the comma: 2.4)"),
        (
            "specimen;view;start_um\nA;top;1,000\n",
            "such as 2.4 (if it is thousands: 1000; if decimals: 1.0)",
        ),
        (
            "specimen;view;start_um\nA;top;0\nA;side;1.000\n",
            "row 3, column start_um: '1.000' can be read in two ways; if it is thousands: 1000; "
            "if decimals: 1.0",
        ),
        (
            "specimen\tview\tfuse.power\nA\ttop\t2.000\n",
            "row 2, column fuse.power: '2.000' can be read in two ways",
        ),
        (
            "specimen;view;start_um;step_um\nA;top;1.000;2.5\n",
            "row 2, column start_um: '1.000' can be read in two ways",
        ),
        (
            "catalog_number,view\nA 1,top\na 1,side\n",
            "row 3: specimen 'a=201' differs from 'A=201' in row 2 by case alone",
        ),
        (
            "specimen,catalog_number,view\nA,A 1,top\nA,A 2,side\n",
            "row 3: specimen 'A' has catalog_number 'A 2' here and 'A 1' in row 2",
        ),
        (
            f"catalog_number,view\n{'ä' * 30},top\n",
            "row 2, column catalog_number: makes a folder's name of 180 letters, more than 80",
        ),
        ("specimen,view,source,rig\nA,top,card,rig.yaml\n", "row 2: has both source and rig"),
    ],
)
def test_a_wrong_row_is_named_by_file_row_column_and_value(read, text, words):
    with pytest.raises(RecordError) as refused:
        read(text)
    assert "sheet.csv" in str(refused.value)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "specimen;view;step_um\nA;top;1.000\nA;side;2.5\n",
        "specimen;view;step_um\nA;top;1.000\nA;side;0.125\n",
        "specimen,view,step_um\nA,top,1.000\nA,side,3\n",
        "specimen;view;step_um\nA;top;1.0\nA;side;3\n",
    ],
)
def test_a_point_is_a_decimal_one_where_its_column_or_the_separator_shows_it(read, text):
    assert read(text)["A", "top"].cells["step_um"] in ("1.000", "1.0")


def test_names_and_texts_may_look_like_thousands(read):
    assert list(read("specimen;view;caption\nA;2.000;3.000\n")) == [("A", "2.000")]


def test_of_some_specimens_alone_the_whole_column_tells_what_a_point_is(tmp_path, config):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("specimen;view;step_um\nA;top;1.000\nB;top;2.5\n")
    assert list(read_sheet(sheet, config, {"A"})) == [("A", "top")]


def test_all_faults_are_told_at_once(read):
    with pytest.raises(RecordError) as refused:
        read("specimen,view\nA/B,top\nC,to:p\n")
    assert "row 2" in str(refused.value)
    assert "row 3" in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "\ufeffspecimen,view\r\nA,top\r\n\r\n",
        "specimen;view;\r\nA;top;\r\n;;\r\n",
        "specimen\tview\nA\ttop\n",
        "specimen,view,,\nA,top,,\n",
        "sep=;\r\nspecimen;view\r\nA;top\r\n",
        "\ufeffsep=,\nspecimen,view\nA,top\n",
        '"sep=\t"\nspecimen\tview\nA\ttop\n',
        "specimen\u00a0,view\nA\u00a0,top\n",
        'specimen,view\n"=""A""",top\n',
    ],
    ids=[
        "byte order mark",
        "semicolons",
        "tabs",
        "empty columns",
        "sep",
        "sep after a mark",
        "sep in quotes",
        "non-breaking spaces",
        "text as a formula",
    ],
)
def test_a_sheet_is_read_as_spreadsheets_save_it(read, text):
    assert list(read(text)) == [("A", "top")]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_sheet_in_unicode_is_read_whatever_its_form(tmp_path, config, encoding):
    path = tmp_path / "sheet.txt"
    path.write_bytes("catalog_number\tview\r\nKäfer 1\ttop\r\n".encode(encoding))
    assert list(read_sheet(path, config)) == [("K=C3=A4fer=201", "top")]


def test_rows_are_counted_as_the_spreadsheet_shows_them_after_its_own_first_line(read):
    with pytest.raises(RecordError, match="row 2, column specimen"):
        read("sep=;\nspecimen;view\nA/1;top\n")


def test_a_catalogue_number_names_the_folder_where_no_specimen_does(read):
    stacks = read("catalog_number,specimen,view\nUAM:Ento:12345,,top\nMNHN-EY-1234/5,ey-1234,top\n")
    assert list(stacks) == [("UAM=3AEnto=3A12345", "top"), ("ey-1234", "top")]
    assert stacks["ey-1234", "top"].cells["catalog_number"] == "MNHN-EY-1234/5"
    assert list(read("view,catalog_number\ntop,USNMENT 00123456\n")) == [
        ("USNMENT=2000123456", "top")
    ]


def test_what_a_spreadsheet_may_have_damaged_is_told_by_row_and_column(read, tmp_path):
    blanks = "".join(f"A\u00a0{number},top\n" for number in range(7, 37))
    stacks = read(f"catalog_number,view\n00123456,top\n123457,top\n{blanks}")
    assert doubtful(Path("s.csv"), stacks.values()) == [
        "s.csv, row 4, column catalog_number: 'A 7' had blanks or characters that do not show, and "
        "is read without (and 29 more)",
        "s.csv, column catalog_number: '123457' in row 3 may have lost leading zeros, which "
        "'00123456' in row 2 has",
    ]
    assert doubtful(Path("s.csv"), read("specimen,view\nA-1,top\n").values()) == []


def test_a_sheet_in_another_encoding_is_named_with_the_row(tmp_path, config):
    path = tmp_path / "sheet.csv"
    path.write_bytes("specimen,view,caption\nA,top,\nB,top,Käfer\n".encode("latin-1"))
    with pytest.raises(RecordError, match="row 3: is not UTF-8; save it as CSV UTF-8"):
        read_sheet(path, config)


@pytest.mark.slow
@given(st.text(max_size=12))
def test_a_name_that_is_accepted_is_one_plain_path_component(tmp_path_factory, name):
    path = tmp_path_factory.mktemp("s") / "sheet.csv"
    quoted = name.replace('"', '""')
    path.write_text(f'specimen,view\n"{quoted}",top\n', encoding="utf-8", errors="replace")
    config = parsed((CONFIG / "config.yaml").read_text())
    try:
        stacks = read_sheet(path, config)
    except RecordError:
        return
    for specimen, _ in stacks:
        assert Path(specimen).name == specimen
        assert specimen not in (".", "..")
        assert specimen.isascii()
        assert not specimen.startswith("-")


def test_a_code_that_does_not_exist_cannot_be_acknowledged(read):
    with pytest.raises(RecordError, match="row 2, column acknowledge: there is no code 'mvoed'"):
        read("specimen,view,acknowledge\nA-1,top,mvoed: a leg\n")
    stack = read("specimen,view,acknowledge\nA-1,top,moved: a leg\n")["A-1", "top"]
    assert stack.cells["acknowledge"] == "moved: a leg"


def test_of_specimens_that_are_named_the_rows_alone_are_read(tmp_path, config):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("specimen,view,step_um\nA,top,2\nB,top,wide\nA,label,3\n")
    read = read_sheet(sheet, config, only={"A"})
    assert {stack: row.row for stack, row in read.items()} == {("A", "top"): 2, ("A", "label"): 4}


def test_one_fault_of_many_rows_is_told_once(read):
    rows = "".join(f"A-{number},top,height\n" for number in range(2, 32))
    with pytest.raises(RecordError) as refusal:
        read(f"specimen,view,derive.web.format\n{rows}B-1,top,glb\n")
    step, direction, *others = str(refusal.value).splitlines()
    assert "row 2, column step_um: is empty, but derive.web is of format height;" in step
    assert step.endswith("(the same in rows 3, 4, 5, 6, 7, 8 and 23 more)")
    assert "row 2, column direction" in direction and "23 more" in direction
    assert all("row 32, " in other for other in others)
