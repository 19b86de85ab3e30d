"""Adding rows to the sheet: behind the last one, and nothing else, by one at a time."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.errors import RecordError
from records.files import sha256_file
from records.sheet.adding import add_rows
from records.sheet.spreadsheet import read_rows

PLAIN = "specimen,view,caption\nA-1,top,first\nA-2,top,second\n"
NEW = {"specimen": "B", "view": "top"}


@pytest.fixture()
def add(tmp_path):
    """Write a text as the sheet, rows behind it, and give what it holds then."""

    def add_to(text: str, *rows: dict[str, str], **form) -> str:
        form = {"encoding": "utf-8"} | form
        sheet = tmp_path / "sheet.csv"
        sheet.write_bytes(text.encode(**form))
        assert add_rows(sheet, rows, seen=sha256_file(sheet)) == sha256_file(sheet)
        assert [path.name for path in tmp_path.iterdir()] == ["sheet.csv"]
        return sheet.read_bytes().decode(**form)

    return add_to


def test_rows_come_behind_the_last_one(add):
    assert add(PLAIN, NEW, {**NEW, "view": "side", "caption": "a, b"}) == (
        PLAIN + 'B,top,\nB,side,"a, b"\n'
    )


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("specimen,view", "specimen,view\nB,top"),
        ("specimen,view\r\nA,top", "specimen,view\r\nA,top\r\nB,top"),
        ("specimen;view\r\nA;top\r\n;\r\n\r\n", "specimen;view\r\nA;top\r\nB;top\r\n;\r\n\r\n"),
        (
            'sep=;\r\n"specimen";"view"\r\n"A";"top"\r\n',
            'sep=;\r\n"specimen";"view"\r\n"A";"top"\r\n"B";"top"\r\n',
        ),
        ("view\tspecimen\t\rtop\tA\t\r", "view\tspecimen\t\rtop\tA\t\rtop\tB\t\r"),
        ('specimen,view,n\nA,top,"x\ny"\n', 'specimen,view,n\nA,top,"x\ny"\nB,top,\n'),
    ],
    ids=["header alone", "no last end", "blank rows behind", "in quotes", "old Mac", "lines"],
)
def test_a_new_row_is_written_as_the_last_one_is(add, text, after):
    assert add(text, NEW) == after


def test_a_column_that_the_sheet_lacks_is_added_behind_the_last(add):
    assert add(PLAIN, {**NEW, "rig": "r.yaml"}) == (
        "specimen,view,caption,rig\nA-1,top,first,\nA-2,top,second,\nB,top,,r.yaml\n"
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_mark_and_encoding_stay(add, encoding, tmp_path):
    after = add(PLAIN, {**NEW, "caption": "Flügel 翅"}, encoding=encoding)
    assert after == PLAIN + "B,top,Flügel 翅\n"
    assert (tmp_path / "sheet.csv").read_bytes()[:2] == PLAIN.encode(encoding)[:2]


# Python's writer puts no quotes around a carriage return alone.
CELLS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0\r"), max_size=8)
TEXTS = st.text("abcÄ翅 ,;\"'.\n", max_size=8).map(lambda text: f"a{text}a")


@pytest.mark.slow
@given(
    table=st.lists(st.tuples(CELLS, CELLS), max_size=5),
    new=st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=3),
    separator=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n"]),
    is_ended=st.booleans(),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_all_that_was_there_is_the_same_byte_for_byte(
    tmp_path_factory, table, new, separator, end, is_ended, quoting, encoding
):
    lines = io.StringIO(newline="")
    writer = csv.writer(lines, delimiter=separator, lineterminator=end, quoting=quoting)
    writer.writerow(["specimen", "note", "view", "other"])
    writer.writerows((f"S-{k}", note, "top", other) for k, (note, other) in enumerate(table))
    before = lines.getvalue() if is_ended else lines.getvalue().removesuffix(end)
    path = tmp_path_factory.mktemp("s") / "sheet.csv"
    path.write_bytes(before.encode(encoding))
    columns, known = read_rows(path)
    rows = [
        {"specimen": f"N-{k}", "note": note, "view": "side", "other": other}
        for k, (note, other) in enumerate(new)
    ]
    add_rows(path, rows, seen=sha256_file(path))
    now = path.read_bytes().decode(encoding)
    assert now.startswith(before)
    assert now.endswith(end) == is_ended
    assert read_rows(path) == (
        columns,
        [*known, *((len(table) + 2 + k, row) for k, row in enumerate(rows))],
    )


def refused(sheet, row, **options) -> str:
    before = sheet.read_bytes()
    with pytest.raises(RecordError) as error:
        add_rows(sheet, [row], **{"seen": sha256_file(sheet)} | options)
    assert sheet.read_bytes() == before
    return str(error.value)


def test_what_would_not_stay_itself_or_was_changed_is_refused(tmp_path):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(PLAIN)
    assert refused(sheet, {**NEW, "caption": "=A1"}).startswith(
        f"{sheet}, row 4, column caption: '=A1' would be a formula"
    )
    assert "shortened" in refused(sheet, {**NEW, "specimen": "1.2E+10"})
    assert "was changed meanwhile, and nothing was written" in refused(sheet, NEW, seen="x")
    sheet.with_name(".~lock.sheet.csv#").touch()
    assert "is open in LibreOffice; close it there" in refused(sheet, NEW)


def test_writers_side_by_side_lose_no_row(tmp_path):
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(PLAIN)

    def insist(k: int) -> None:
        while True:
            try:
                add_rows(sheet, [{"specimen": f"C-{k}", "view": "top"}], seen=sha256_file(sheet))
            except RecordError:
                continue
            return

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(insist, range(12)))
    assert sheet.read_text().startswith(PLAIN)
    names = sorted(row["specimen"] for _, row in read_rows(sheet)[1])
    assert names == sorted(["A-1", "A-2", *(f"C-{k}" for k in range(12))])
