"""Take in a fused image that a person finished in another program, with who, when and in which.

The picture is compared with the stack's fused image in size, bits and profile, and copied to
`retouch/external.tif`; the workflow then makes the master of it, and strokes may follow on it. What
was done elsewhere is not known and cannot be made again: every record says so.
"""

from __future__ import annotations

from step import run

import argparse
from datetime import UTC, datetime
from pathlib import Path

from imaging.frames import tiff
from imaging.pictures.difference import compare
from imaging.pictures.read_back import holds
from imaging.pictures.returned import read_returned
from records.errors import RecordError
from records.files import replacing, set_aside, sha256_file
from records.layout import ASIDE, EXTERNAL, EXTERNAL_RECORD, FUSE
from records.locks import writing
from records.log import progress, warn
from records.provenance import inputs
from records.record import read_record, write_record

FUSED = "stack/fused.tif"
# With more of the px changed, the picture was changed as a whole, and not here and there.
LOCAL_SHARE = 0.5


def main(argv: list[str]) -> None:
    """Take a picture in, or set aside the one that was taken in."""
    options = arguments().parse_args(argv)
    if not (options.stack / FUSE).is_file():
        raise RecordError(
            f"{options.stack}: no fused stack there; name its folder, specimens/SPECIMEN/VIEW"
        )
    with writing(options.stack):
        if options.withdraw:
            put_aside(options.stack)
        else:
            take_in(options)
    progress("the next run of the workflow makes the master anew")


def take_in(options: argparse.Namespace) -> None:
    """Check the picture, copy its px and write down who made it."""
    stack, picture = options.stack, options.picture
    missing = [name for name in ("picture", "person", "program") if not getattr(options, name)]
    if missing:
        raise RecordError(
            f"--{missing[0]} is missing: the record has to say which picture it is, whose, and "
            "with which program it was finished"
        )
    if not picture.is_file():
        raise RecordError(f"{picture}: no such picture")
    fused = read_record(stack / FUSE, "fuse")
    inputs.refuse_changed(inputs.maps_made(fused, {"fused": stack / FUSED}))
    pixels = read_returned(picture, stack / FUSED, trust_profile=options.in_profile_of_fused)
    original = {"file": picture.name, "sha256": sha256_file(picture)}
    original["bytes"] = picture.stat().st_size
    saved = datetime.fromtimestamp(picture.stat().st_mtime, UTC).isoformat(timespec="seconds")
    with replacing(stack / EXTERNAL) as partial:
        tiff.write_image(partial, pixels, icc=tiff.read_icc(stack / FUSED))
        if not holds(partial, pixels):
            raise RecordError(
                f"{partial.name}: what was written does not read back; check the disk"
            )
        # Before the earlier one is replaced: nothing of a person's is thrown away.
        put_aside(stack, quietly=True)
    change = compare(stack / FUSED, stack / EXTERNAL)
    write_record(
        stack / EXTERNAL_RECORD,
        "external",
        {
            "sha256": sha256_file(stack / EXTERNAL),
            "pixel_sha256": tiff.pixel_digest(pixels),
            "width_px": pixels.shape[1],
            "height_px": pixels.shape[0],
            "person": options.person,
            "finished_with": options.program,
            "when": options.when or saved,
            "note": options.note,
            "original": original,
            "fused_pixel_sha256": fused["pixel_sha256"]["fused"],
            "changed_share": round(change.changed_part, 6),
            "can_be_made_again": False,
        },
    )
    if change.changed_part > LOCAL_SHARE:
        warn(
            f"{picture}: {change.changed_part:.0%} of its px are others than the fused image's; it "
            "was changed as a whole, or is of another stack: look at both"
        )
    progress(f"{stack / EXTERNAL}: taken in; {change}")


def put_aside(stack: Path, *, quietly: bool = False) -> None:
    """Move the picture that was taken in, and its record, out of the way."""
    found = [name for name in (EXTERNAL_RECORD, EXTERNAL) if (stack / name).exists()]
    if not found and not quietly:
        raise RecordError(f"{stack}: has no {EXTERNAL} to withdraw")
    for name in found:
        moved = set_aside(stack / name, stack / ASIDE)
        progress(f"{stack / name}: moved to {moved}")


def arguments() -> argparse.ArgumentParser:
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", type=Path, required=True, help="folder of the stack")
    parser.add_argument("--picture", type=Path, help="TIFF or PNG that was finished, 16 bits")
    parser.add_argument("--person", default="", help="who finished it")
    parser.add_argument("--program", default="", help="with what, such as 'Helicon Focus 8.2.2'")
    parser.add_argument("--when", default="", help="when (default: when the file was saved)")
    parser.add_argument("--note", default="", help="what was done, and why")
    parser.add_argument(
        "--in-profile-of-fused",
        action="store_true",
        help="a picture without a profile has the values of the fused image's",
    )
    parser.add_argument(
        "--withdraw", action="store_true", help="set aside the picture that was taken in"
    )
    return parser


if __name__ == "__main__":
    run(main)
