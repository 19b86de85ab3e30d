"""Writing into the sheet: these cells and nothing else, by one at a time, or not at all."""

from __future__ import annotations

import csv
import io
import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.errors import RecordError
from records.files import sha256_file
from records.sheet.spreadsheet import read_rows
from records.sheet.writing import write_cells, write_rows

PLAIN = "specimen,view,caption\nA-1,top,first\nA-2,top,second\n"


@pytest.fixture()
def write(tmp_path):
    """Write a text as the sheet, cells into it, and give what it holds then."""

    def write_into(text: str, cells: dict[str, str], specimen: str = "A-1", **form) -> str:
        form = {"encoding": "utf-8"} | form
        sheet = tmp_path / "sheet.csv"
        sheet.write_bytes(text.encode(**form))
        now = write_cells(sheet, specimen, "top", cells, seen=sha256_file(sheet))
        assert now == sha256_file(sheet)
        assert [path.name for path in tmp_path.iterdir()] == ["sheet.csv"]
        return sheet.read_bytes().decode(**form)

    return write_into


def refused(sheet: Path, cells: dict[str, str], specimen: str = "A-1", **options) -> str:
    """The message of a refusal, which leaves the sheet as it was."""
    before = sheet.read_bytes() if sheet.is_file() else None
    options.setdefault("seen", sha256_file(sheet) if sheet.is_file() else "")
    with pytest.raises(RecordError) as error:
        write_cells(sheet, specimen, "top", cells, **options)
    assert (sheet.read_bytes() if sheet.is_file() else None) == before
    assert not list(sheet.parent.glob("*partial*"))
    return str(error.value)


@pytest.fixture()
def sheet(tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text(PLAIN)
    return path


def test_a_cell_is_set_in_the_row_of_its_stack(write):
    assert write(PLAIN, {"caption": "a wing"}, "A-2") == PLAIN.replace("second", "a wing")


def test_an_empty_text_clears_a_cell(write):
    assert write(PLAIN, {"caption": ""}) == PLAIN.replace("first", "")


def test_a_row_is_found_by_the_catalogue_number_where_no_folder_is_named(write):
    text = "catalog_number,view,caption\nKäfer 1,top,\n"
    assert write(text, {"caption": "x"}, "K=C3=A4fer=201") == text.replace("top,", "top,x")


def test_what_a_cell_holds_is_put_in_quotes_where_it_must_be(write):
    assert write(PLAIN, {"caption": 'the "left", wing\nof two'}) == PLAIN.replace(
        "first", '"the ""left"", wing\nof two"'
    )


def test_a_column_that_is_missing_is_added_behind_the_last(write):
    assert write(PLAIN, {"acknowledge": "moved: a leg", "exclude": "3"}) == (
        "specimen,view,caption,acknowledge,exclude\n"
        "A-1,top,first,moved: a leg,3\n"
        "A-2,top,second,,\n"
    )


@pytest.mark.parametrize(
    ("text", "after"),
    [
        (
            'sep=;\r\nspecimen;view;caption\r\nA-1;top;"was"\r\n\r\n;;\r\n',
            'sep=;\r\nspecimen;view;caption\r\nA-1;top;"a, b"\r\n\r\n;;\r\n',
        ),
        ("specimen\tview\tcaption\rA-1\ttop\t", "specimen\tview\tcaption\rA-1\ttop\ta, b"),
        ("view,specimen,caption\ntop,A-1", 'view,specimen,caption\ntop,A-1,"a, b"'),
        (
            '"specimen","view"\r\n"A-1","top"\r\n"B","top"',
            '"specimen","view","caption"\r\n"A-1","top","a, b"\r\n"B","top",""',
        ),
        (
            "specimen,view,,\nA-1,top,,\nB,top\n\n",
            'specimen,view,,,caption\nA-1,top,,,"a, b"\nB,top\n\n',
        ),
        (
            'specimen,view,"odd\ncolumn",caption\n"=""A-1""",top, x ,\u00a0\n',
            'specimen,view,"odd\ncolumn",caption\n"=""A-1""",top, x ,"a, b"\n',
        ),
    ],
    ids=["semicolons", "old Mac", "short row", "all in quotes", "empty columns", "odd cells"],
)
def test_all_else_stays_as_the_spreadsheet_wrote_it(write, text, after):
    assert write(text, {"caption": "a, b"}) == after


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_mark_and_encoding_stay(write, encoding, tmp_path):
    after = write(PLAIN, {"caption": "Flügel 翅"}, encoding=encoding)
    assert after == PLAIN.replace("first", "Flügel 翅")
    assert (tmp_path / "sheet.csv").read_bytes()[:2] == PLAIN.encode(encoding)[:2]


# Python's writer puts no quotes around a carriage return alone.
CELLS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r"), max_size=8)


@pytest.mark.slow
@given(
    table=st.lists(st.tuples(CELLS, CELLS), max_size=5),
    row=st.integers(0, 5),
    column=st.sampled_from(["note", "other", "new"]),
    separator=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    text=st.text("abcÄ翅 ,;\"'.\n", min_size=1, max_size=8).map(lambda text: f"a{text}a"),
)
def test_every_other_cell_is_the_same_byte_for_byte(
    tmp_path_factory, table, row, column, separator, end, quoting, encoding, text
):
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, delimiter=separator, lineterminator=end, quoting=quoting)
    writer.writerow(["specimen", "note", "view", "other"])
    rows = [(f"S-{k}", note, "top", other) for k, (note, other) in enumerate(table)]
    rows.insert(row, ("A-1", "before\r\n", "top", ""))
    writer.writerows(rows)
    path = tmp_path_factory.mktemp("s") / "sheet.csv"
    path.write_bytes(lines.getvalue().encode(encoding))
    columns, known = read_rows(path)
    write_cells(path, "A-1", "top", {column: text}, seen=sha256_file(path))
    place = min(row, len(table))
    if column != "new":
        # The written row apart, the file is what it was.
        now, before = path.read_bytes().decode(encoding), lines.getvalue()
        start = len(writer_text(rows[:place], separator, end, quoting))
        rest = len(writer_text(rows[place + 1 :], separator, end, quoting, header=False))
        assert now[:start] == before[:start]
        assert now[len(now) - rest :] == before[len(before) - rest :]
    now_columns, now = read_rows(path)
    known[place][1][column] = text
    assert now_columns == columns + (["new"] if column == "new" else [])
    assert [(k, {c: cell for c, cell in one.items() if cell}) for k, one in now] == [
        (k, {c: cell for c, cell in one.items() if cell}) for k, one in known
    ]


def writer_text(rows, separator, end, quoting, header=True):
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator=end, quoting=quoting)
    if header:
        writer.writerow(["specimen", "note", "view", "other"])
    writer.writerows(rows)
    return text.getvalue()


def test_a_sheet_that_was_changed_meanwhile_is_left_alone(sheet):
    seen = sha256_file(sheet)
    sheet.write_text(PLAIN + "A-3,top,third\n")
    assert refused(sheet, {"caption": "x"}, seen=seen) == (
        f"{sheet}: was changed meanwhile, and nothing was written; look at it again"
    )


def test_of_writers_that_saw_the_same_sheet_one_alone_writes(sheet):
    seen = sha256_file(sheet)

    def attempt(k: int) -> bool:
        try:
            write_cells(sheet, "A-1", "top", {"caption": f"writer {k}"}, seen=seen)
        except RecordError as error:
            assert "changed meanwhile" in str(error)
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(24))) == 1
    assert re.fullmatch(r"writer \d+", read_rows(sheet)[1][0][1]["caption"])


def test_writers_that_look_again_lose_nothing(sheet):
    def insist(k: int) -> None:
        while True:
            try:
                write_cells(sheet, "A-1", "top", {f"c{k}": "x"}, seen=sha256_file(sheet))
            except RecordError:
                continue
            return

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(insist, range(12)))
    assert sorted(read_rows(sheet)[0][3:]) == sorted(f"c{k}" for k in range(12))


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"caption": "a\0b"}, "'a\\x00b' has characters that no sheet can hold"),
        ({"caption": "half \ud800"}, "has characters that no sheet can hold"),
        ({"caption": "a\tb"}, "has characters that no sheet can hold"),
        ({"caption": " a"}, "has blanks around it"),
        ({"caption": "a\u00a0b"}, "has blanks around it, or others that would be read as plain"),
        ({"caption": "=A1"}, "would be a formula to a spreadsheet"),
        ({"caption": "- a leg"}, "would be a formula to a spreadsheet"),
        ({"caption": "-1,2+3"}, "would be a formula to a spreadsheet"),
        ({"caption": "#N/A"}, "is a spreadsheet's error"),
        ({"view": "side"}, "is the stack's name; change it in the sheet itself"),
        ({"a,b": "c"}, "'a,b' is no name of a column"),
    ],
)
def test_a_text_that_would_not_stay_itself_is_refused_by_row_and_column(sheet, cells, words):
    message = refused(sheet, cells)
    assert message.startswith(f"{sheet}, row 2, column {next(iter(cells))}: ")
    assert words in message


def test_a_negative_number_is_no_formula_nor_are_several(write):
    assert "A-1,top,first,-200\n" in write(PLAIN, {"start_um": "-200"})
    assert '-20,15,340,40,90"' in write(PLAIN, {"crop": "-20,15,340,40,90"})


def test_a_stack_without_a_row_or_with_two_is_refused(sheet):
    assert refused(sheet, {"caption": "x"}, "B") == (
        f"{sheet}: has no row with specimen B, view top; nothing was written"
    )
    sheet.write_text(PLAIN + "A-1,top,again\n")
    assert "specimen A-1, view top is in the rows 2, 4; a stack has one row" in refused(
        sheet, {"caption": "x"}
    )


def test_what_a_check_refuses_is_not_written(sheet):
    def check(written: Path) -> None:
        assert "A-1,top,x\n" in written.read_text()
        raise RecordError("no such code")

    assert refused(sheet, {"caption": "x"}, check=check) == "no such code"


def test_a_sheet_is_missing_or_no_text(sheet):
    sheet.write_bytes(b"PK\x03\x04...")
    assert refused(sheet, {"caption": "x"}) == (
        f"{sheet}: is a spreadsheet program's own file; save it as CSV UTF-8"
    )
    sheet.write_bytes("specimen,view\nKäfer,top\n".encode("cp1252"))
    assert "row 2: is not UTF-8; save it as CSV UTF-8" in refused(sheet, {"caption": "x"})
    sheet.unlink()
    assert refused(sheet, {"caption": "x"}) == f"{sheet}: the sheet is missing; nothing was written"


def test_a_sheet_that_is_read_only_is_left_alone(sheet):
    sheet.chmod(0o444)
    assert refused(sheet, {"caption": "x"}) == f"{sheet}: cannot be written (it is read-only)"


def test_cells_of_several_rows_are_written_at_once_or_not_at_all(sheet):
    cells = {("A-1", "top"): {"caption": "x"}, ("A-2", "top"): {"caption": "y", "note": "n"}}
    seen = sha256_file(sheet)
    for wrong in ({("A-3", "top"): {"caption": "z"}}, {("A-1", "top"): {"caption": "=1"}}):
        with pytest.raises(RecordError, match="nothing was written"):
            write_rows(sheet, cells | wrong, seen=seen)
        assert sheet.read_text() == PLAIN
    now = write_rows(sheet, cells, seen=seen)
    assert sheet.read_text() == "specimen,view,caption,note\nA-1,top,x,\nA-2,top,y,n\n"
    assert now == sha256_file(sheet)


def test_a_sheet_that_is_open_in_libreoffice_is_left_alone(sheet):
    sheet.with_name(".~lock.sheet.csv#").touch()
    assert "is open in LibreOffice; close it there" in refused(sheet, {"caption": "x"})


def test_rights_stay_as_they_were(sheet):
    sheet.chmod(0o664)
    write_cells(sheet, "A-1", "top", {"caption": "x"}, seen=sha256_file(sheet))
    assert sheet.stat().st_mode & 0o777 == 0o664


def test_of_a_link_what_it_leads_to_is_written(sheet, tmp_path):
    link = tmp_path / "here" / "specimens.csv"
    link.parent.mkdir()
    link.symlink_to(os.path.relpath(sheet, link.parent))
    write_cells(link, "A-1", "top", {"caption": "x"}, seen=sha256_file(link))
    assert link.is_symlink()
    assert sheet.read_text() == PLAIN.replace("first", "x")
    assert [path.name for path in link.parent.iterdir()] == ["specimens.csv"]


def test_raws_and_archive_are_never_written_to(tmp_path):
    raw = tmp_path / "A-1" / "top" / "raw"
    raw.mkdir(parents=True)
    (raw.parent / "frames.csv").touch()
    sheet = raw / "sheet.csv"
    sheet.write_text(PLAIN)
    assert "raws lie in" in refused(sheet, {"caption": "x"})
