"""What stands on labels is read for a person to confirm, and nothing else reaches the sheet."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import zxingcpp
from PIL import Image

import labels
from imaging.checks import label_text
from imaging.checks.label_text import LabelText
from records.errors import RecordError
from tests.imaging.checks.test_label_text import LINES, label, with_tesseract
from tests.scripts.stack_folder import SPECIMEN, make_stack, put_in_archive, write_master

TABLE, SHEET = Path("results", "labels.csv"), Path("config", "specimens.csv")
HOSTILE = "=1+1"
WHO = f"{SPECIMEN} label-1"


@pytest.fixture
def archive(tmp_path: Path, demo: Path, monkeypatch) -> Path:
    """An archive with a label's view and another, and the sheet beside it, where commands run."""
    monkeypatch.chdir(tmp_path)
    code = zxingcpp.create_barcode(HOSTILE, zxingcpp.BarcodeFormat.QRCode)
    qr = np.asarray(code.to_image(scale=5))
    page = Image.fromarray(np.pad(label(), ((0, qr.shape[0]), (0, 0)), constant_values=120))
    page.paste(Image.fromarray(qr), (40, 300))
    grey = np.asarray(page)
    for view in ("label-1", "dorsal"):
        stack = make_stack(tmp_path, [demo / "pcb-jpeg" / "pcb_001.jpg"], view)
        pixels = np.repeat(np.uint16(grey)[..., None] * 257, 3, axis=2)
        write_master(stack, 7, pixels=pixels)
        put_in_archive(stack, tmp_path / "archive", "--barcodes", "ignore")
    SHEET.parent.mkdir()
    SHEET.write_text(f"specimen,view,caption\n{SPECIMEN},label-1,\n{SPECIMEN},dorsal,\n")
    return tmp_path / "archive"


@pytest.fixture
def read_as(monkeypatch):
    """Have each label read as a text, whether tesseract is installed or not."""

    def set_text(text: str) -> None:
        monkeypatch.setattr(labels, "is_installed", lambda: True)
        monkeypatch.setattr(labels, "read_text", lambda grey, language: LabelText(text, 90))

    return set_text


def rows() -> list[dict[str, str]]:
    with TABLE.open(newline="") as opened:
        return list(csv.DictReader(opened))


def captions() -> dict[str, str]:
    with SHEET.open(newline="") as opened:
        return {row["view"]: row["caption"] for row in csv.DictReader(opened)}


def write(confirmed: str, separator: str = ",", **more: str) -> None:
    """Fill in the one row, as a person with a spreadsheet does."""
    (row,) = rows()
    row |= {"confirmed": confirmed, **more}
    with TABLE.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, row, delimiter=separator)
        writer.writeheader()
        writer.writerow(row)


def content(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@with_tesseract
def test_barcode_and_text_of_label_views_alone_are_read_and_enter_where_a_person_says_so(archive):
    labels.main([])
    (row,) = rows()
    assert (row["specimen"], row["view"], row["confirmed"]) == (SPECIMEN, "label-1", "")
    assert row["barcode"] == "'=1+1"
    assert " | ".join(LINES) in row["text"]
    assert 60 < int(row["confidence_percent"]) <= 100
    write("yes")
    labels.main(["--enter"])
    assert captions() == {"label-1": row["text"], "dorsal": ""}


def test_where_no_view_is_of_a_label_it_says_so_and_writes_no_table(archive, capsys):
    labels.main(["--object", f"{SPECIMEN}/dorsal"])
    assert "holds no view whose name begins with label" in capsys.readouterr().err
    assert not TABLE.exists()


def test_what_nobody_confirmed_reaches_neither_sheet_nor_archive(archive, read_as, capsys):
    read_as("Coleoptera")
    before = content(archive), SHEET.read_bytes()
    labels.main([])
    labels.main(["--enter"])
    assert "nothing is confirmed yet, and nothing was entered" in capsys.readouterr().err
    assert (content(archive), SHEET.read_bytes()) == before


def test_a_person_s_words_go_before_what_was_read_and_stay_when_it_is_read_again(archive, read_as):
    read_as("Grcece 1931")
    labels.main([])
    write(" Greece\n1931 ", separator=";", seen_by="A. B.")
    read_as("something else")
    labels.main([])
    (row,) = rows()
    assert row["confirmed"] == "Greece | 1931"
    # What was confirmed is what the person had before them.
    assert (row["text"], row["seen_by"]) == ("Grcece 1931", "A. B.")
    labels.main(["--enter"])
    labels.main(["--enter"])
    assert captions() == {"label-1": "Greece | 1931", "dorsal": ""}


def test_a_caption_that_says_something_else_stays(archive, read_as, capsys):
    read_as("Greece")
    labels.main([])
    SHEET.write_text(SHEET.read_text().replace("label-1,", "label-1,Crete"))
    before = SHEET.read_bytes()
    write("yes")
    with pytest.raises(RecordError, match=f"1 stack could not be entered, {WHO} first"):
        labels.main(["--enter"])
    assert "'Crete' stands there and stays" in capsys.readouterr().err
    assert SHEET.read_bytes() == before


@pytest.mark.parametrize(
    ("confirmed", "said"),
    [
        ("=1+1", "would be a formula to a spreadsheet"),
        ("yes", "confirms a text, but none was read; write what stands on the label"),
    ],
)
def test_what_is_no_caption_is_not_entered_and_said(archive, read_as, capsys, confirmed, said):
    read_as("")
    labels.main([])
    before = SHEET.read_bytes()
    write(confirmed)
    with pytest.raises(RecordError, match="1 stack could not be entered"):
        labels.main(["--enter"])
    assert said in capsys.readouterr().err
    assert SHEET.read_bytes() == before


def test_a_text_that_would_be_a_formula_is_none_in_the_table_and_in_the_sheet(
    archive, read_as, capsys
):
    read_as("=HYPERLINK(1)\x1b[2J")
    labels.main([])
    assert rows()[0]["text"] == r"'=HYPERLINK(1)\x1b[2J"
    write("yes")
    with pytest.raises(RecordError, match="1 stack could not be entered"):
        labels.main(["--enter"])
    assert r"'=HYPERLINK(1)\\x1b[2J' would be a formula" in capsys.readouterr().err


def test_without_tesseract_barcodes_alone_are_read_and_a_sentence_says_what_to_install(
    archive, monkeypatch, capsys
):
    monkeypatch.setattr(label_text, "PROGRAM", "no-such-program")
    labels.main([])
    (row,) = rows()
    assert (row["barcode"], row["text"]) == ("'=1+1", "")
    assert "its package is tesseract-ocr" in capsys.readouterr().err


def test_a_table_that_is_another_or_tells_a_label_twice_is_left_as_it_is(archive, read_as):
    read_as("Greece")
    TABLE.parent.mkdir()
    for text, said in (
        ("specimen,view,note\nA-1,label,x\n", "has no column 'barcode'"),
        (f"{','.join(labels.COLUMNS)}\nA,label,,,,x\nA,label,,,,y\n", "A label is there twice"),
    ):
        TABLE.write_text(text)
        for words in ([], ["--enter"]):
            with pytest.raises(RecordError, match=said):
                labels.main(words)
        assert TABLE.read_text() == text
