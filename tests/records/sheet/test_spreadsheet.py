"""A table as spreadsheets save it: its form, its columns and its rows as they are counted."""

import pytest

from records.errors import RecordError
from records.sheet.spreadsheet import Form, read_form, read_rows


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (b"a,b\n", Form(b"", "utf-8", "", ",")),
        (b"\xef\xbb\xbfa;b\n", Form(b"\xef\xbb\xbf", "utf-8", "", ";")),
        ("\ufeffa\tb\n".encode("utf-16-le"), Form(b"\xff\xfe", "utf-16-le", "", "\t")),
        (b"sep=|\r\na|b\n", Form(b"", "utf-8", "sep=|\r\n", "|")),
        (b"sep=;\ra;b\r", Form(b"", "utf-8", "sep=;\r", ";")),
        ("a\tb\n".encode("utf-16-le"), Form(b"", "utf-16-le", "", "\t")),
        ("a\tb\n".encode("utf-16-be"), Form(b"", "utf-16-be", "", "\t")),
    ],
)
def test_the_form_of_a_sheet_is_told_from_its_first_bytes_and_its_header(tmp_path, content, form):
    path = tmp_path / "sheet.csv"
    path.write_bytes(content)
    assert read_form(path)[0] == form
    assert read_rows(path) == (["a", "b"], [])


def test_rows_are_counted_as_the_spreadsheet_shows_them(tmp_path):
    path = tmp_path / "sheet.csv"
    path.write_text('a,b\n1,"two\nlines"\n\n,,\n5\n')
    assert read_rows(path) == (["a", "b"], [(2, {"a": "1", "b": "two\nlines"}), (5, {"a": "5"})])


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04rest",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest",
        b"<html><table>",
        b"{\\rtf1",
        b"bplist00",
    ],
)
def test_a_spreadsheet_programs_own_file_is_refused_with_what_to_do(tmp_path, content):
    (tmp_path / "sheet.xlsx").write_bytes(content)
    with pytest.raises(RecordError, match="a spreadsheet program's own file; save it as CSV UTF-8"):
        read_rows(tmp_path / "sheet.xlsx")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sep=:\nspecimen:view\n", "row 1: 'sep=:' names no separator that is read"),
        ("sep= ;\nspecimen;view\n", "row 1: 'sep= ;' names no separator that is read"),
        ("sep=;\nspecimen,view\n", "sep=; in front .* has ',' there; correct that line or delete"),
        ("\nspecimen,view\nA,top\n", "row 2: the names of the columns stand here"),
        ("Stacks of May,,\n,,\nSpecimen,View,x\n", "row 3: .* delete the rows above"),
        ("s\0\0\0p\0\0\0", "is text of an unknown encoding; save it as CSV UTF-8"),
    ],
)
def test_a_sheet_that_does_not_begin_with_its_header_says_so(tmp_path, text, words):
    (tmp_path / "sheet.csv").write_text(text)
    with pytest.raises(RecordError, match=words):
        read_rows(tmp_path / "sheet.csv")
