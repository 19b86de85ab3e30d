"""Free the space of an archived stack: remove its working files, once all is proven archived.

The one command of Holostack that removes raws. It is for a person to call, no rule calls it, and
it removes nothing before it has read every bit of the archived object and every file that goes.
The receipt stays: by it the workflow knows that the stack is archived, and makes nothing again.
With --temporary-only, raws, master and derivatives stay as well, and only what the steps made on
the way goes. With --all, every archived stack of a master folder is treated so, one after the
other: what is reduced is passed over, and a stack that cannot be is named and left as it is.
"""

from __future__ import annotations

from step import run

import argparse
from pathlib import Path

from imaging.errors import ImagingError
from imaging.frames import tiff
from reading import going_on, refuse_failed
from records.archive import fixity, restoring
from records.archive.options import add_object, object_of
from records.errors import RecordError
from records.files import sha256_file
from records.layout import (
    CAPTURE,
    CONVERT,
    DERIVATIVES,
    FOLDERS_ON_THE_WAY,
    FUSE,
    JOURNAL,
    LAYERS,
    LEFT,
    MAP_FILES,
    METHODS,
    PAINTED,
    PEN,
    RECEIPT,
    RETOUCH,
    RETOUCHED,
    STROKES,
    STROKES_JOURNAL,
    is_reduced,
)
from records.locks import held, myself, writing
from records.log import progress
from records.provenance.made import MADE, made_in
from records.provenance.noted import is_as_noted, noted_by
from records.record import read_record
from records.retouching.strokes import has_strokes
from records.retouching.unfinished import is_finished
from records.unfinished import beside, sweep


def main(argv: list[str]) -> None:
    """Check the object and the folder against each other, then remove the folder."""
    parser = arguments()
    options = parser.parse_args(argv)
    if options.all is None:
        if not (options.specimen and options.view and options.stack):
            parser.error("name one stack by --specimen, --view and --stack, or a folder by --all")
        reduce_one(options)
    elif options.specimen or options.view or options.stack:
        parser.error("--all takes every archived stack; name none beside it, or some by --only")
    else:
        reduce_all(options)


def reduce_all(options: argparse.Namespace) -> None:
    """Reduce every archived stack of a master folder; one that cannot be stops no other."""
    done, size = 0, 0
    failed: list[str] = []
    wanted = set(options.only)
    for receipt in sorted(options.all.glob(f"[!.]*/[!.]*/{RECEIPT}")):
        stack = receipt.parent
        name = f"{stack.parent.name}/{stack.name}"
        if (wanted and name not in wanted) or is_reduced(stack):
            continue
        if options.temporary_only and not any(
            _is_temporary(path, stack) for path in restoring.files_in(stack)
        ):
            continue
        one = {"stack": stack, "specimen": stack.parent.name, "view": stack.name}
        with going_on(name, failed):
            size += reduce_one(argparse.Namespace(**{**vars(options), **one}))
            done += 1
    verb = "could be" if options.dry_run else "are"
    progress(f"{done} stacks {verb} reduced, {size / 1e9:.1f} GB of {options.all} {verb} removed")
    refuse_failed(failed, "reduced")


def reduce_one(options: argparse.Namespace) -> int:
    """Reduce a stack that nobody writes into; gives the bytes that went."""
    with writing(options.stack, alone=True):
        if (options.stack / PEN).exists():
            # Nobody may be painting; what a killed server left goes.
            with held(options.stack / PEN, myself(), f"{options.stack}: is retouched"):
                pass
        return make(options)


def make(options: argparse.Namespace) -> int:
    """Do the work, while nothing else writes into the stack; gives the bytes that went."""
    identifier = object_of(options)
    folder, inventory = restoring.find_object(options.archive, identifier)
    verdict = fixity.check_object(options.archive, folder)
    if verdict.faults:
        raise RecordError(f"{identifier} is damaged, nothing is removed: {verdict.faults[0]}")
    restoring.settle(options.stack)
    sweep(options.stack, below=True)
    files = restoring.files_in(options.stack)
    if not (options.stack / RECEIPT).is_file():
        raise RecordError(f"{options.stack}: no archived stack there; it has no {RECEIPT}")
    archived_as = read_record(options.stack / RECEIPT, "receipt")["object"]
    if archived_as != identifier:
        raise RecordError(
            f"{options.stack}: its {RECEIPT} is of {archived_as}, not of {identifier}; nothing was "
            "removed"
        )
    if is_reduced(options.stack):
        progress(f"{options.stack}: is reduced already")
        return 0
    state = inventory.state()
    if options.temporary_only:
        files = [path for path in files if _is_temporary(path, options.stack)]
    missing = [path for path in files if not _may_go(path, options.stack, state)]
    if missing:
        raise RecordError(
            f"{len(missing)} files are neither in the newest version of {identifier} nor recorded "
            f"as made by its steps, {missing[0]} first; archive the stack again, or move elsewhere "
            "what is no part of it; nothing was removed"
        )
    size = sum(path.lstat().st_size for path in files)
    if options.dry_run:
        progress(f"{options.stack}: {len(files)} files, {size / 1e6:.1f} MB, could be removed")
        return size
    if options.temporary_only:
        # The lists last: by them alone the rest is known to be the steps' own, also after a kill.
        for path in sorted(files, key=lambda one: one.name == MADE):
            path.unlink()
        progress(f"{options.stack}: {size / 1e6:.1f} MB of temporary files removed")
        return size
    # In one step: a stack removed in part is never found under its own name.
    with beside(options.stack) as folder:
        left = folder / options.stack.name
        left.mkdir()
        restoring.carry_left(options.stack, left)
        restoring.finish(left, options.stack)
    progress(
        f"{options.stack}: {size / 1e6:.1f} MB removed, the receipt stays; restore.py brings all "
        f"back from {identifier}"
    )
    return size


def _is_temporary(path: Path, stack: Path) -> bool:
    name = path.relative_to(stack).as_posix()
    made = (*MAP_FILES, RETOUCHED, PAINTED, LAYERS)
    return name.startswith(FOLDERS_ON_THE_WAY) or name in made or noted_by(name) == LAYERS


def _may_go(path: Path, stack: Path, state: dict[str, str]) -> bool:
    name = path.relative_to(stack).as_posix()
    if name in state:
        return not path.is_symlink() and sha256_file(path) == state[name]
    # A capture's journal, once complete, says what its record says.
    if name == JOURNAL:
        return sha256_file(path) == state.get(CAPTURE)
    if name == STROKES_JOURNAL:
        return not path.is_symlink() and is_finished(path)
    # All that was painted was undone.
    if name == STROKES:
        return not path.is_symlink() and not has_strokes(path)
    # A derivative that was asked for by its name is not archived, and made again by it.
    if name == LAYERS or (name.startswith(DERIVATIVES) and not noted_by(name)):
        return is_as_noted(path)
    if name in MAP_FILES:
        return _is_as_fused(path, stack)
    if name in (RETOUCHED, PAINTED):
        return _is_as_fused(path, stack, RETOUCH)
    if name.startswith(METHODS):
        return _is_of_method(path)
    noted = noted_by(name)
    if noted and (noted in state or noted == LAYERS or noted.startswith(DERIVATIVES)):
        return not path.is_symlink()
    return name in LEFT or (name.startswith(FOLDERS_ON_THE_WAY) and _is_recorded(path, stack))


def _is_as_fused(path: Path, stack: Path, record: str = FUSE) -> bool:
    """Whether a map holds the pixels that its step recorded; a person may have painted in it."""
    try:
        known = read_record(stack / record, Path(record).stem)["pixel_sha256"]
        return not path.is_symlink() and tiff.pixel_digest(path) == known.get(path.stem)
    except (RecordError, ImagingError, KeyError, AttributeError):
        return False


def _is_of_method(path: Path) -> bool:
    """Whether a file is an image by a further method with the pixels of its record, or that."""
    try:
        known = read_record(path.with_suffix(".json"), "fuse")["pixel_sha256"]["fused"]
        as_made = path.suffix == ".json" or tiff.pixel_digest(path) == known
        return not path.is_symlink() and as_made
    except (RecordError, ImagingError, KeyError, TypeError):
        return False


def _is_recorded(path: Path, stack: Path) -> bool:
    """Whether a step wrote down that it made a file on the way."""
    if path.is_symlink():
        return False
    # Snakemake dates a folder by such a file.
    recorded = [MADE, ".snakemake_timestamp", *made_in(path.parent)]
    if path.parent == stack / "tiff" and not (path.parent / MADE).exists():
        # Trees made before converting kept a list in its folder.
        frames = read_record(stack / CONVERT, "convert").get("frames", [])
        recorded += [frame["tiff"] for frame in frames]
    return path.name in recorded


def arguments() -> argparse.ArgumentParser:
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_object(parser, is_required=False)
    parser.add_argument("--stack", type=Path, help="folder to remove")
    parser.add_argument(
        "--all", type=Path, metavar="FOLDER", help="the master folder: every archived stack of it"
    )
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="SPECIMEN/VIEW", help="of these, with --all"
    )
    parser.add_argument(
        "--temporary-only",
        action="store_true",
        help="remove converted frames, fused image and maps alone",
    )
    parser.add_argument("--dry-run", action="store_true", help="check and tell, remove nothing")
    return parser


if __name__ == "__main__":
    run(main)
