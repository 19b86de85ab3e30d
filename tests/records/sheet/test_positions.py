"""The list of frames and positions: what is read, and every mistake by its row."""

import pytest

from records.errors import RecordError
from records.sheet.positions import Listed, read_positions


@pytest.fixture()
def read(tmp_path):
    def read(text):
        path = tmp_path / "positions.csv"
        path.write_text(text, encoding="utf-8")
        return read_positions(path)

    return read


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_rows_in_their_order(read, separator):
    rows = [("file", "position_um"), ("b.jpg", "-1.5"), ("a.jpg", "20")]
    text = "\ufeff" + "".join(separator.join(row) + "\r\n" for row in rows)
    assert read(text) == [Listed(2, "b.jpg", -1.5), Listed(3, "a.jpg", 20.0)]


def test_decimals_of_a_rails_list_are_told_by_those_that_can_be_no_thousands(read):
    text = "file;position_um\na;0.000\nb;1.250\nc;2.500\n"
    assert [one.position_um for one in read(text)] == [0, 1.25, 2.5]


def test_positions_may_fall_stay_or_be_left_out(read):
    assert [one.position_um for one in read("file,position_um\na,5\nb,5\nc,-1\n")] == [5, 5, -1]
    assert [one.position_um for one in read("position_um,file\n,a\n,b\n")] == [None, None]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("file,um\na,1\n", "row 1: the columns are file, um, but must be file, position_um"),
        ("file,position_um\n", "has no row yet"),
        ("file,position_um\n,1\n", "row 2, column file: a file's name is missing"),
        ("file,position_um\na,1\nb,2\na,3\n", "row 4, column file: 'a' stands in row 2 already"),
        ("file;position_um\na;1,5\n", "row 2, column position_um: is '1,5', but must be a number"),
        ("file;position_um\na;1,5\n", "of micrometres, such as 1.5"),
        ("file;position_um\na;0\nb;1.250\n", "row 3, column position_um: '1.250' can be read in"),
        ("file;position_um\na;1.250\n", "in two ways; if it is thousands: 1250; if decimals: 1.25"),
        ("file;position_um\na;1,250\n", "micrometres; if it is thousands: 1250; if decimals: 1.25"),
        ("file,position_um\na,nan\n", "row 2, column position_um: is 'nan'"),
        ("file,position_um\na,1\nb,\n", "row 3, column position_um: is empty"),
        ("file,position_um\na,1\nb,3\nc,2\nd,4\n", "row 4: c at 2 µm comes after b at 3 µm"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_by_its_row(read, text, words):
    with pytest.raises(RecordError) as refused:
        read(text)
    assert words in str(refused.value)


def test_a_missing_list_says_what_it_must_have(tmp_path):
    with pytest.raises(RecordError, match="no such list of positions; it must have the columns"):
        read_positions(tmp_path / "positions.csv")
