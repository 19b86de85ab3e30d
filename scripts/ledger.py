"""Step 2: account for every file of a stack's raw folder, and refuse frames that do not agree."""

from __future__ import annotations

import argparse
import os
import time
import unicodedata
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from imaging.errors import ImagingError
from imaging.frames import formats
from imaging.frames.inspection import inspect
from records.archive.known_frames import note_ledger, refuse_twins
from records.archive.ocfl import object_id
from records.archive.upheld import (
    archived_raws,
    put_back_command,
    refuse_other_raws,
    refuse_unlike_import,
    refuse_unlike_ledger,
)
from records.errors import RecordError
from records.files import refuse_outputs, replacing, sha256_file
from records.ledger.depth import AWAY, TOWARD
from records.ledger.shots import read_shots
from records.ledger.table import REJECTED, USED, Entry, printable, write_ledger
from records.ledger.unchanged import keep_stamps, stamp
from records.ledger.verdict import (
    CAPTURED,
    LIST,
    LISTED,
    NAME,
    TIME,
    Arrangement,
    Found,
    Verdict,
    judge,
)
from records.log import progress, warn
from records.metadata.exif import describe_multipliers, read_capture
from records.sheet.consistency import of_cells
from records.sheet.positions import read_positions
from records.sheet.settings import add_settings
from step import run

# A stack that takes longer than this tells now and then how far it is.
TOLD_EVERY_S = 5.0
ORDERS = {
    TIME: " in the order of times",
    LIST: " in the order of the list",
    CAPTURED: " in the order of the capture",
}


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="the stack's raw folder")
    parser.add_argument("--out", type=Path, required=True, help="frames.csv to write")
    parser.add_argument("--capture", type=Path, help="capture.json of the session, if there is one")
    parser.add_argument(
        "--step-um",
        type=float,
        metavar="UM",
        help="focus step, for frames without a recorded position",
    )
    parser.add_argument(
        "--order",
        choices=(NAME, TIME, LIST),
        help="what the frames are ordered by (default: the list of positions, else their names)",
    )
    parser.add_argument(
        "--direction",
        choices=(TOWARD, AWAY),
        help="how focus moves from the first to the last frame, seen from the camera",
    )
    parser.add_argument(
        "--positions", type=Path, metavar="CSV", help="list of frames: file,position_um"
    )
    parser.add_argument(
        "--exclude",
        metavar="A;B",
        help="frames to leave out: names, numbers or ranges of numbers, apart by semicolons",
    )
    parser.add_argument("--exclude-reason", metavar="TEXT", help="why these are left out")
    add_settings(parser, "ledger")
    parser.add_argument(
        "--archived-as",
        nargs=3,
        metavar=("ROOT", "SPECIMEN", "VIEW"),
        help="archive that may hold the stack, whose raws must then be these",
    )
    parser.add_argument(
        "--raws-changed",
        metavar="vN: WHY",
        help="says that they are not those of this archived version, on purpose",
    )
    parser.add_argument(
        "--known-in",
        type=Path,
        metavar="FOLDER",
        help="the master folder, by whose index frames of other stacks are known",
    )
    parser.add_argument(
        "--shared-source", metavar="WHY", help="why the stack may have frames of another"
    )
    parser.add_argument("--threads", type=int, default=1)
    return parser


def main(argv: list[str]) -> None:
    """Write the ledger; a stack that is refused leaves `frames.refused.csv` beside it instead.

    Raises
    ------
    RecordError : the stack is refused; the message has all reasons
    """
    options = arguments().parse_args(argv)
    refuse_outputs(options, "out")
    refused = options.out.with_name("frames.refused.csv")
    stamps = stamps_of(options.raw)
    verdict = judge_folder(options)
    compare_with_records(options, verdict.entries)
    for warning in verdict.warnings:
        warn(warning)
    for note in verdict.notes:
        progress(note)
    with replacing(refused if verdict.problems else options.out) as partial:
        write_ledger(verdict.entries, partial)
    if verdict.problems:
        raise RecordError(refusal(options.raw, refused, verdict))
    refused.unlink(missing_ok=True)
    keep_stamps(options.out.parent, stamps, "raw/")
    if options.known_in and options.archived_as:
        note_ledger(options.known_in, "/".join(options.archived_as[1:]))
    progress(summary(verdict))


def stamps_of(raw: Path) -> dict[str, list[int]]:
    """What the disk notes about each file before it is read, by its path in the stack."""
    found = contents(raw) if raw.is_dir() else ()
    return {f"raw/{name}": stamp(raw / name) for name in found if (raw / name).is_file()}


def compare_with_records(options: argparse.Namespace, entries: Sequence[Entry]) -> None:
    """Refuse raws that are not those archived; before that, not those imported or known so far."""
    stack = options.out.parent
    now = {entry.file: entry.sha256 for entry in entries if entry.sha256}
    archived = None
    if options.archived_as:
        root, specimen, view = Path(options.archived_as[0]), *options.archived_as[1:]
        archived = archived_raws(root, object_id(specimen, view))
        home = Path(__file__).parents[1]
        command = put_back_command(home, root, specimen, view, stack)
        refuse_other_raws(stack, now, archived, options.raws_changed, command)
        if options.known_in:
            refuse_twins(
                (options.known_in, root, specimen, view, object_id(specimen, view)),
                entries,
                options.shared_source,
            )
    if archived is None:
        if (stack / "import.json").is_file():
            refuse_unlike_import(stack / "import.json", now)
        if options.out.is_file():
            refuse_unlike_ledger(options.out, now)


def judge_folder(options: argparse.Namespace) -> Verdict:
    """Look at every file of the folder and judge them together."""
    if options.raw.is_symlink() and not options.raw.exists():
        raise RecordError(
            f"{options.raw}: is a link to {options.raw.readlink()}, which is not there; "
            "connect the disk that holds it"
        )
    if not options.raw.is_dir():
        raise RecordError(
            f"{options.raw}: no such folder; put the stack's raws there, "
            "or name their folder in the sheet's column source"
        )
    said = arrangement(options)
    shots = read_shots(options.capture) if options.capture else ()
    inside = list(contents(options.raw))
    found: list[Found] = []
    told = time.monotonic()
    with ThreadPoolExecutor(max(1, options.threads)) as pool:
        for one in pool.map(lambda name: look(options.raw, name), inside):
            found.append(one)
            if time.monotonic() - told > TOLD_EVERY_S:
                told = time.monotonic()
                progress(f"{len(found)} of {len(inside)} files examined")
    return judge(
        found,
        unreadable=options.unreadable,
        allow=options.allow_differences,
        tolerance={
            "aperture": options.aperture_tolerance,
            "iso": options.iso_tolerance,
            "exposure": options.exposure_tolerance,
            "white_balance": options.white_balance_tolerance,
        },
        shots=shots,
        step_um=options.step_um,
        arrangement=said,
    )


def arrangement(options: argparse.Namespace) -> Arrangement:
    """What the options say of order, positions and excluded frames.

    Raises
    ------
    RecordError : they contradict each other, or the list of positions is wrong
    """
    if options.capture and (options.order or options.positions):
        raise RecordError(
            "a captured stack has its order and its positions from capture.json; "
            "leave order and positions out"
        )
    if faults := of_cells(vars(options)):
        raise RecordError("; ".join(faults))
    listed = read_positions(options.positions) if options.positions else ()
    if options.step_um is not None and any(row.position_um is not None for row in listed):
        raise RecordError(
            f"{options.positions} and step_um both say where the frames are; leave one out"
        )
    return Arrangement(
        options.order,
        options.direction,
        listed,
        str(options.positions),
        options.exclude,
        options.exclude_reason,
    )


def contents(raw: Path) -> Iterator[str]:
    """Every file in a folder, those of sub-folders too, and sub-folders with nothing in them."""
    for folder, subfolders, files in os.walk(raw):
        here = Path(folder).relative_to(raw)
        linked = [name for name in subfolders if (Path(folder) / name).is_symlink()]
        for name in sorted(files + linked):
            yield (here / name).as_posix()
        if not files and not subfolders and here != Path():
            yield f"{here.as_posix()}/"


def look(raw: Path, name: str) -> Found:
    """Hash, decode and read one file of the raw folder."""
    path = raw / name
    if not path.is_file():
        what = "a folder" if path.is_dir() else "neither a file nor a link to one"
        return Found(name, fault=f"{what}; frames lie directly in raw/", stray=True)
    try:
        size, digest = path.stat().st_size, sha256_file(path)
        if "/" in name:
            return Found(
                name,
                digest,
                size,
                stray=True,
                fault=f"in the sub-folder {name.rsplit('/', 1)[0]}; frames lie directly in raw/",
            )
        if name.startswith("."):
            return Found(name, digest, size, stray=True, fault="hidden file")
        if not formats.is_picture(path):
            return Found(name, digest, size, stray=True, fault="stray file: not a picture")
        if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
            fault = "its name has control characters or is not UTF-8; rename it"
            return Found(name, digest, size, fault=fault)
        taken = read_capture(path)
    except OSError as error:
        return Found(name, fault=f"cannot be read ({error.strerror})")
    claimed = "raw" if formats.claims_raw(path) else "photo"
    try:
        seen = inspect(path)
    except ImagingError as error:
        return Found(
            name, digest, size, claimed, formats.sniff(path), capture=taken, fault=str(error)
        )
    fault = None
    if (claimed, seen.kind) == ("raw", "photo"):
        fault = (
            f"no raw, whatever its name says, but a {seen.format.upper()} picture of "
            f"{seen.width_px} x {seen.height_px} px; copy the raw again from the camera, or "
            "name the file as what it is"
        )
    multipliers = seen.white_balance
    return Found(
        name,
        digest,
        size,
        seen.kind,
        seen.format,
        seen.width_px,
        seen.height_px,
        seen.orientation,
        describe_multipliers(multipliers) if multipliers else None,
        seen.colour,
        seen.bits,
        seen.highest_sample,
        taken,
        fault,
    )


def refusal(raw: Path, refused: Path, verdict: Verdict) -> str:
    """All reasons why a stack is refused, in one message."""
    every = f"every file is listed in {refused}"
    if len(verdict.problems) == 1:
        return f"{raw}: {verdict.problems[0]} ({every})"
    reasons = "".join(f"\n  - {problem}" for problem in verdict.problems)
    return f"{raw}: {len(verdict.problems)} reasons to refuse this stack; {every}{reasons}"


def summary(verdict: Verdict) -> str:
    """How many frames are used, what is not and why, and what could not be compared."""
    used = [entry for entry in verdict.entries if entry.status == USED]
    rejected = [entry for entry in verdict.entries if entry.status == REJECTED]
    order = ORDERS.get(used[0].ordered_by or "", "") if used else ""
    counted = (
        f"{len(used)} frame{'s' if len(used) != 1 else ''} used{order}, {len(rejected)} rejected"
    )
    listed = "; ".join(f"{printable(entry.file)} ({entry.reason})" for entry in rejected[:LISTED])
    more = len(rejected) - LISTED
    counted += (f": {listed}" if listed else "") + (f"; {more} more" if more > 0 else "")
    if not verdict.unknown:
        return counted
    *most, last = verdict.unknown
    facts = f"{', '.join(most)} or {last}" if most else last
    return f"{counted}; unknown: the frames' files name no {facts}, so nothing was compared there"


if __name__ == "__main__":
    run(main)
