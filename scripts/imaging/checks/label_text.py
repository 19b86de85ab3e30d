"""The text of a label in a picture, as the program tesseract reads it, where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from imaging.errors import ImagingError

PROGRAM = "tesseract"
# Letters are read as well in a picture of this size, and a larger one takes minutes.
LONG_EDGE_PX = 4000
LIMIT_S = 120.0
# How it looks for text (`--psm`): in blocks and lines; scattered, where that finds none.
LAYOUTS = ("3", "11")
BETWEEN_LINES = " | "


@dataclass(frozen=True)
class LabelText:
    """What was read.

    Attributes
    ----------
    text : lines, with `BETWEEN_LINES` between them; "" where nothing was read
    confidence_percent : mean of what the program says of each word, weighed by its letters
    """

    text: str
    confidence_percent: int


def is_installed() -> bool:
    """Whether there is a program that reads text."""
    return shutil.which(PROGRAM) is not None


def read_text(grey: NDArray[np.uint8], language: str) -> LabelText:
    """The text in a picture, whichever of its four edges is up in the label.

    Text that lies on its side or head is read as other letters, of which the program is not sure:
    of the four readings, that counts which has the most letters by how sure they are.

    Parameters
    ----------
    grey : (H, W)
    language : as tesseract calls it; several with + between them

    Raises
    ------
    ImagingError : the program cannot be run, lacks the language, fails, or takes too long
    """
    scale = LONG_EDGE_PX / max(grey.shape)
    if scale < 1:
        shrunk = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        grey = shrunk.astype(np.uint8, copy=False)
    for layout in LAYOUTS:
        turned = (np.ascontiguousarray(np.rot90(grey, quarters)) for quarters in range(4))
        found = max(
            (_parsed(_run(picture, layout, language)) for picture in turned),
            key=lambda one: len(one.text) * one.confidence_percent,
        )
        if found.text:
            break
    return found


def _run(picture: NDArray[np.uint8], layout: str, language: str) -> str:
    """What the program writes of a picture that it is given through a pipe, by no name."""
    command = [PROGRAM, "stdin", "stdout", "-l", language, "--psm", layout, "tsv"]
    try:
        done = subprocess.run(
            command,
            input=cv2.imencode(".png", picture)[1].tobytes(),
            capture_output=True,
            timeout=LIMIT_S,
            check=False,
            # Its threads wait for each other more than they gain.
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except subprocess.TimeoutExpired:
        raise ImagingError(
            f"{PROGRAM} did not read the picture in {LIMIT_S:g} s and was stopped; try again while "
            "the computer has less to do"
        ) from None
    except OSError as error:
        raise ImagingError(f"{PROGRAM} cannot be run ({error.strerror})") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").split("\n")[0].strip()
        raise ImagingError(
            f"{PROGRAM} failed ({said or f'exit status {done.returncode}'}); "
            f"`{PROGRAM} --list-langs` names the languages that are installed"
        )
    return done.stdout.decode(errors="replace")


def _parsed(table: str) -> LabelText:
    """The words of tesseract's table: a row each, with block, paragraph, line and confidence."""
    header, *rows = table.split("\n")
    names = header.split("\t")
    lines: dict[tuple[str, ...], list[str]] = {}
    sure = letters = 0.0
    for row in rows:
        known = dict(zip(names, row.split("\t")))
        word = known.get("text", "").strip()
        # Rows of blocks and lines, which are no words, have a confidence of -1.
        if not word or float(known["conf"]) < 0:
            continue
        place = tuple(known[name] for name in ("block_num", "par_num", "line_num"))
        lines.setdefault(place, []).append(word)
        sure += float(known["conf"]) * len(word)
        letters += len(word)
    text = BETWEEN_LINES.join(" ".join(words) for words in lines.values())
    return LabelText(text, round(sure / letters) if letters else 0)
