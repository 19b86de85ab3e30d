"""Text on labels, as tesseract reads it where it is installed."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from imaging.checks import label_text
from imaging.checks.label_text import LabelText, is_installed, read_text
from imaging.errors import ImagingError

LINES = ("Coleoptera Carabidae", "Greece, 12 May 1931")
with_tesseract = pytest.mark.skipif(not is_installed(), reason="tesseract is not installed")


def label() -> np.ndarray:
    """A white label with two lines on a darker ground, (H, W) uint8."""
    page = Image.new("L", (620, 300), 120)
    draw = ImageDraw.Draw(page)
    draw.rectangle((40, 40, 580, 260), fill=245)
    for k, line in enumerate(LINES):
        draw.text((70, 70 + 80 * k), line, fill=10, font=ImageFont.load_default(size=44))
    return np.asarray(page)


@with_tesseract
@pytest.mark.parametrize("quarters", range(4))
def test_lines_are_read_whichever_edge_of_the_picture_is_up_in_the_label(quarters):
    found = read_text(np.rot90(label(), quarters), "eng")
    assert found.text == " | ".join(LINES)
    assert 70 < found.confidence_percent <= 100


@with_tesseract
def test_where_there_is_no_text_none_is_invented():
    assert read_text(np.full((200, 300), 200, np.uint8), "eng") == LabelText("", 0)


@with_tesseract
def test_a_language_that_is_not_installed_is_told_with_how_to_see_which_are():
    with pytest.raises(ImagingError, match=r"xyz.*`tesseract --list-langs` names the languages"):
        read_text(label(), "xyz")


def stand_in(folder: Path, line: str) -> str:
    """A program that does one thing in place of tesseract."""
    program = folder / "program"
    program.write_text(f"#!{sys.executable}\n{line}\n")
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("import time; time.sleep(60)", r"did not read the picture in 0\.2 s and was stopped"),
        ("import sys; sys.exit('no memory')", r"failed \(no memory\)"),
        ("import os; os.kill(os.getpid(), 9)", r"failed \(exit status -9\)"),
    ],
)
def test_a_program_that_fails_or_takes_too_long_is_an_error_in_words(
    tmp_path, monkeypatch, line, said
):
    monkeypatch.setattr(label_text, "PROGRAM", stand_in(tmp_path, line))
    if "sleep" in line:
        monkeypatch.setattr(label_text, "LIMIT_S", 0.2)
    with pytest.raises(ImagingError, match=said):
        read_text(label(), "eng")


def test_the_program_is_told_no_name_of_ours_or_of_a_sheet_but_given_the_picture(
    tmp_path, monkeypatch
):
    told = tmp_path / "told"
    line = (
        "import sys; from pathlib import Path; "
        f"Path({str(told)!r}).write_text(repr([*sys.argv[1:], sys.stdin.buffer.read(8)]))"
    )
    monkeypatch.setattr(label_text, "PROGRAM", stand_in(tmp_path, line))
    assert read_text(label(), "deu+lat") == LabelText("", 0)
    png = rb"b'\x89PNG\r\n\x1a\n'"
    words = "'stdin', 'stdout', '-l', 'deu+lat', '--psm', '11', 'tsv'"
    assert told.read_text() == f"[{words}, {png.decode()}]"
