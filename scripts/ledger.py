"""Step 2: account for every file of a stack's raw folder, and refuse frames that do not agree."""

from __future__ import annotations

from step import run

import argparse
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from imaging.errors import ImagingError
from imaging.frames import decoder_words, formats
from imaging.frames.inspection import inspect
from records.archive.frame_index import note_ledger
from records.archive.known_frames import refuse_twins
from records.archive.ocfl import object_id
from records.archive.options import add_known_in
from records.archive.why_held import (
    archived_raws,
    put_back_command,
    refuse_other_raws,
    refuse_unlike_import,
    refuse_unlike_ledger,
)
from records.errors import RecordError
from records.files import refuse_outputs, replacing
from records.layout import REFUSED
from records.ledger.arrangement import read_arrangement
from records.ledger.candidate import Candidate
from records.ledger.raw_folder import contents, examine, refuse_missing, stamps_of
from records.ledger.refused import forget_refusal, keep_refusal, kept_refusal, key_of
from records.ledger.table import Entry, was_cut_off, write_ledger
from records.ledger.unchanged import Stamp, keep_stamps
from records.ledger.verdict import judge, refusal, summary
from records.locks import stack_of, writing
from records.log import counted, progress, warn
from records.metadata.exif import describe_multipliers
from records.program import code_hash
from records.provenance import quick_digests
from records.provenance.codes_seen import codes_seen, to_note
from records.provenance.noted import note
from records.sheet.settings import add_cells, add_settings


def main(argv: list[str]) -> None:
    """Write the ledger; a stack that is refused leaves `frames.refused.csv` beside it instead.

    Raises
    ------
    RecordError : the stack is refused; the message has all reasons
    """
    options = arguments().parse_args(argv)
    refuse_outputs(options, "out")
    with writing(stack_of(options.out)):
        make(options)


def make(options: argparse.Namespace) -> None:
    """Do the work, while nothing else writes into the stack."""
    refuse_missing(options.raw)
    arrangement = read_arrangement(
        order=options.order,
        direction=options.direction,
        step_um=options.step_um,
        positions=options.positions,
        exclude=options.exclude,
        exclude_reason=options.exclude_reason,
        scale_frame=options.scale_frame,
        capture=options.capture,
    )
    stamps, stack = stamps_of(options.raw), options.out.parent
    # Only who was refused waits for what the step does to be hashed.
    if (stack / REFUSED).is_file() and (why := kept_refusal(stack, came_of(options, stamps))):
        progress(
            "nothing has changed since it was refused, and no frame is read again; remove "
            f"{REFUSED} to have all read"
        )
        raise RecordError(why)
    codes = codes_seen(options.out) if options.seek_barcodes else None
    files = look_at_all(options.raw, options.threads, codes)
    verdict = judge(
        files,
        arrangement,
        unreadable=options.unreadable,
        allow=options.allow_differences,
        tolerance={
            name: getattr(options, f"{name}_tolerance")
            for name in ("aperture", "iso", "exposure", "white_balance")
        },
    )
    compare_with_records(options, verdict.entries)
    for warning in verdict.warnings:
        warn(warning)
    for remark in verdict.notes:
        progress(remark)
    refused = options.out.with_name(REFUSED)
    with replacing(refused if verdict.problems else options.out) as partial_file:
        write_ledger(verdict.entries, partial_file)
        if not verdict.problems:
            raws = [entry.sha256 for entry in verdict.entries if entry.sha256]
            seen = {raw: codes[raw] for raw in raws if raw in codes} if codes else {}
            quick = {file.sha256: file.blake3 for file in files if file.sha256 and file.blake3}
            more = to_note(seen) | quick_digests.to_note(quick)
            note(options.out, partial_file, more=more)
    if verdict.problems:
        why = refusal(options.raw, refused, verdict)
        # What a disk would not give may be given the next time.
        if all(entry.sha256 for entry in verdict.entries):
            keep_refusal(stack, came_of(options, stamps), why)
        raise RecordError(why)
    forget_refusal(stack)
    keep_stamps(options.out.parent, stamps, "raw/")
    if options.known_in and options.archived_as:
        note_ledger(options.known_in, "/".join(options.archived_as[1:]))
    progress(summary(verdict))


def came_of(options: argparse.Namespace, stamps: Mapping[str, Stamp]) -> str:
    """Digest of all that a refusal comes of: frames, settings, cells, lists and this program."""
    places = {"raw", "out", "threads", "archived_as", "known_in", "positions", "capture"}
    places |= {"seek_barcodes"}
    settings = {name: one for name, one in vars(options).items() if name not in places}
    files = [path for path in (options.positions, options.capture) if path]
    return key_of(stamps, settings, files, code_hash(Path(__file__), Path(__file__).parent))


def look_at_all(
    raw: Path, threads: int, codes: dict[str, list[str]] | None = None
) -> list[Candidate]:
    """Every file of a raw folder, several at a time; `codes` as `look` has it."""
    names = list(contents(raw))
    with decoder_words.kept() as words, ThreadPoolExecutor(max(1, threads)) as pool:
        files = pool.map(partial(look, raw, codes=codes), names)
        looked_at = list(counted(files, len(names), "files examined"))
        for other in words.others():
            warn(f"a decoder says, of one of the frames: {other}")
        return [
            replace(file, doubts=(*file.doubts, *map(complaint, words.of(raw / file.name))))
            for file in looked_at
        ]


def complaint(words: str) -> str:
    """What LibRaw says of a frame that it decodes nevertheless."""
    return f"LibRaw says of it: {words}; look at the frame, or copy it again from the camera"


def look(raw: Path, name: str, codes: dict[str, list[str]] | None = None) -> Candidate:
    """Hash, read and decode one file of the raw folder.

    Parameters
    ----------
    codes : barcodes of raws, by their SHA-256, to which those of this one are added where they are
        not known; None if they are not sought
    """
    file, path = examine(raw, name, formats.is_picture), raw / name
    if file.fault:
        return file
    claimed = "raw" if formats.claims_raw(path) else "photo"
    # Should a decoder bring the program down, this line is the last.
    progress(f"reading {name}")
    try:
        picture = inspect(path, look=codes is not None and file.sha256 not in codes)
    except ImagingError as error:
        return replace(file, kind=claimed, format=formats.sniff(path), fault=str(error))
    if codes is not None and file.sha256 and picture.green is not None:
        # Ledgers of photographs need not wait for it to be loaded.
        from imaging.checks.barcodes import codes_in

        codes[file.sha256] = codes_in(picture.green)
    fault = None
    if (claimed, picture.kind) == ("raw", "photo"):
        fault = (
            f"no raw, whatever its name says, but a {picture.format.upper()} picture of "
            f"{picture.width_px} x {picture.height_px} px; copy the raw again from the camera, or "
            "name the file as what it is"
        )
    multipliers = picture.white_balance
    return replace(
        file,
        kind=picture.kind,
        format=picture.format,
        width_px=picture.width_px,
        height_px=picture.height_px,
        orientation=picture.orientation,
        white_balance=describe_multipliers(multipliers) if multipliers else None,
        colour=picture.colour,
        bits=picture.bits,
        highest_sample=picture.highest_sample,
        doubts=picture.doubts,
        fault=fault,
    )


def compare_with_records(options: argparse.Namespace, entries: Sequence[Entry]) -> None:
    """Refuse raws that are not those archived; before that, not those imported or known so far."""
    stack = options.out.parent
    now = {entry.file: entry.sha256 for entry in entries if entry.sha256}
    archived = None
    if options.archived_as:
        archive, specimen, view = options.archived_as
        root = Path(archive)
        identifier = object_id(specimen, view)
        archived = archived_raws(root, identifier)
        command = put_back_command(Path(__file__).parents[1], root, specimen, view, stack)
        refuse_other_raws(stack, now, archived, options.raws_changed, command)
        if options.known_in:
            refuse_twins(
                (options.known_in, root, specimen, view, identifier),
                entries,
                options.shared_source,
            )
    if archived is None:
        if (stack / "import.json").is_file():
            refuse_unlike_import(stack / "import.json", now)
        if was_cut_off(options.out):
            warn(
                f"{options.out}: was cut off, and is made again; whether frames were changed since "
                "it was made cannot be told"
            )
        elif options.out.is_file():
            refuse_unlike_ledger(options.out, now)


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="the stack's raw folder")
    parser.add_argument("--out", type=Path, required=True, help="frames.csv to write")
    parser.add_argument("--capture", type=Path, help="capture.json of the session, if there is one")
    parser.add_argument(
        "--positions", type=Path, metavar="CSV", help="list of frames: file,position_um"
    )
    add_cells(parser, "step_um", "order", "direction", "exclude", "exclude_reason")
    add_cells(parser, "scale_frame")
    add_cells(parser, "raws_changed", "shared_source")
    add_settings(parser, "ledger")
    parser.add_argument(
        "--archived-as",
        nargs=3,
        metavar=("ROOT", "SPECIMEN", "VIEW"),
        help="archive that may hold the stack, whose raws must then be these",
    )
    add_known_in(parser)
    parser.add_argument(
        "--seek-barcodes",
        action="store_true",
        help="look for barcodes in raws, and note them for archive.py beside the ledger",
    )
    parser.add_argument("--threads", type=int, default=1)
    return parser


if __name__ == "__main__":
    run(main)
