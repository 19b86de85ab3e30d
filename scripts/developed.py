"""Converted frames again, where they are gone: the same bits, developed as `convert.json` tells.

Frames take far more room than all else of a stack, and are gone once it is archived. Who needs some
later (a page, a stroke, another method) has them developed again, beside what is made of them, from
raws that are proven by the ledger; each is compared with what step convert made.
"""

from __future__ import annotations

from step import run

import argparse
import os
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from records.ending import as_starter
from records.errors import RecordError
from records.files import refuse_protected, replacing
from records.known_frames import hash_of, new_hash, pixels_of
from records.layout import CONVERT, LEDGER, RAW, SETTINGS, WHITE
from records.ledger.table import Entry, used_frames
from records.ledger.unchanged import proven_raw
from records.log import progress, read_log
from records.provenance import inputs
from records.record import read_record, told_name
from records.unfinished import beside

# Side by side, in a step that has memory for frames of its own.
MOST_THREADS = 2
# Of JPEG frames, where the settings that a stack was archived with don't say.
USUAL_QUALITY = 98


def main(argv: list[str]) -> None:
    """Develop frames of a stack again, in the order in which they are named."""
    options = arguments().parse_args(argv)
    refuse_protected(options.out)
    options.out.mkdir(parents=True, exist_ok=True)
    develop_again(options.stack, options.frames, options.out, options.threads)


@contextmanager
def at_hand(
    stack: Path, rows: Sequence[Mapping[str, Any]], folder: Path, made: Path, threads: int = 1
) -> Iterator[Path]:
    """Give a folder with the converted frames that rows of a record name.

    Parameters
    ----------
    stack : folder of the stack
    rows : of `transforms.json`
    folder : where step convert put them; that, where all of them are there still
    made : file that is made of them: beside it they are developed again, and are gone at the end

    Raises
    ------
    RecordError : as `develop_again`
    """
    # Some alone are gone where a run was killed while it removed them.
    if all((folder / row["tiff"]).is_file() for row in rows):
        yield folder
        return
    with beside(made) as work:
        progress(f"{len(rows)} converted frames are developed again: they were temporary")
        numbers = [row["frame"] for row in rows]
        _develop_apart(stack, numbers, work, min(threads, MOST_THREADS))
        yield work


def _develop_apart(stack: Path, frames: Sequence[int], out: Path, threads: int) -> None:
    """As `develop_again`, by a program of its own: a step's record tells what it was made with."""
    words = [sys.executable, __file__, f"--stack={stack}", f"--out={out}", f"--threads={threads}"]
    log = out / ".developed.log"
    with log.open("w", encoding="utf-8") as said:
        # Loaded where frames are developed anew alone.
        import subprocess

        done = subprocess.run(
            [*words, "--frames", *map(str, frames)],
            stdin=subprocess.DEVNULL,
            stderr=said,
            env={**os.environ, **as_starter()},
        )
    if done.returncode:
        reason = read_log(log).error or "the program that does it broke"
        raise RecordError(f"frames that are gone cannot be developed again: {reason}")


def develop_again(stack: Path, frames: Collection[int], out: Path, threads: int = 1) -> None:
    """Develop frames of a stack into a folder, each whole or not there, by their names of before.

    Parameters
    ----------
    stack : folder of the stack
    frames : their numbers
    threads : frames that are developed side by side

    Raises
    ------
    RecordError : a raw, or what is developed of it, is not what the stack's records say
    ImagingError : a raw cannot be developed
    """
    record = inputs.read_made(stack / CONVERT, "convert", stack / LEDGER)
    ledger = {entry.frame: entry for entry in used_frames(stack / LEDGER)}
    rows = {row["frame"]: row for row in record["frames"]}
    if unknown := [number for number in frames if number not in rows or number not in ledger]:
        raise RecordError(f"{stack / CONVERT}: tells of no frame {unknown[0]}")
    develop, icc = _development(stack, record, list(ledger.values()))
    settings = stack / SETTINGS
    usual = read_record(settings, "settings").get("convert", {}) if settings.exists() else {}
    written = record.get("format", "tiff"), usual.get("jpeg_quality", USUAL_QUALITY)
    # Only who develops waits for the decoders to be loaded.
    from imaging.frames.conversion import write_frame

    def one(number: int) -> None:
        row, entry = rows[number], ledger[number]
        pixels = develop(proven_raw(stack / RAW, entry.file, entry.sha256, entry.frame))
        with replacing(out / told_name(row["tiff"], stack / CONVERT)) as partial:
            begun = new_hash(hash_of(row))
            digest = write_frame(partial, pixels, icc, *written, begun).pixels
            if (known := pixels_of(row)) and digest != known.text:
                raise RecordError(
                    f"frame {number} ({entry.file}): is not developed to the px of then, by a "
                    f"program or libraries of since; remove {stack / CONVERT} and run again, then "
                    "the stack is made anew"
                )

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, frames))


def _development(
    stack: Path, record: Mapping[str, Any], frames: Sequence[Entry]
) -> tuple[Callable[[Path], NDArray[np.uint16]], bytes]:
    """What made the converted frames of a stack, by its record, and their profile."""
    from imaging.frames import colour, raws
    from imaging.frames.conversion import of_photographs

    first = stack / RAW / frames[0].file
    try:
        if record["kind"] == "photo":
            conversion = of_photographs(first, frames, record["significant_bits"])
            develop, icc = conversion.develop, conversion.icc
        else:
            told: dict[str, Any] = {
                key: tuple(one) if isinstance(one, list) else one
                for key, one in record["development"].items()
            }
            development = raws.Development(**told)
            develop = lambda path: raws.develop(path, development)  # noqa: E731
            icc = colour.profile(development.colour_space)
    except (KeyError, TypeError):
        raise RecordError(
            f"{stack / CONVERT}: does not tell how its frames were developed, as records of before "
            "do not; remove it and run again, then the stack is made anew"
        ) from None
    return _flattened(stack, record, develop, icc), icc


def _flattened(
    stack: Path,
    record: Mapping[str, Any],
    develop: Callable[[Path], NDArray[np.uint16]],
    icc: bytes,
) -> Callable[[Path], NDArray[np.uint16]]:
    """With the dust and shading taken out that the stack's white frame shows, where it has one."""
    known = record.get("white_frame")
    if not known:
        return develop
    from imaging.frames.colour import light_curve
    from imaging.sensor import white_frame

    path = stack / WHITE / told_name(Path(known["file"]).name, stack / CONVERT)
    inputs.refuse_changed([inputs.Made(path, known["sha256"], "convert")])
    white = white_frame.white_frame(develop(path), light_curve(icc))

    def flat(source: Path) -> NDArray[np.uint16]:
        pixels = develop(source)
        white_frame.flatten(pixels, white=white)
        return pixels

    return flat


def arguments() -> argparse.ArgumentParser:
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", type=Path, required=True, help="folder of the stack")
    parser.add_argument("--frames", type=int, nargs="+", required=True, help="their numbers")
    parser.add_argument("--out", type=Path, required=True, help="folder for them")
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    run(main)
