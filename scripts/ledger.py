"""Step 2: account for every file of a stack's raw folder, and refuse frames that do not agree."""

from __future__ import annotations

import argparse
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from imaging.errors import ImagingError
from imaging.intake import examine, format_of
from records.errors import RecordError
from records.exif import read_capture
from records.hashes import sha256_file
from records.ledger import PROPERTIES, USED, Found, Verdict, judge, write_ledger
from step import progress, replacing, run


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raw", type=Path, required=True, help="the stack's raw folder")
    parser.add_argument("--out", type=Path, required=True, help="frames.csv to write")
    parser.add_argument("--capture", type=Path, help="capture.json of the session, where there is one")
    parser.add_argument("--step-um", type=float, help="focus step where no positions were recorded")
    parser.add_argument("--unreadable", choices=("stop", "reject"), default="stop",
                        help="what to do about a frame that cannot be decoded")
    parser.add_argument("--allow-differences", nargs="*", default=[], choices=tuple(PROPERTIES),
                        help="what may differ between frames")
    parser.add_argument("--aperture-tolerance", type=float, default=0.0, help="relative, 0.05 = 5 %%")
    parser.add_argument("--iso-tolerance", type=float, default=0.0, help="relative")
    parser.add_argument("--exposure-tolerance", type=float, default=0.0, help="relative")
    parser.add_argument("--threads", type=int, default=1)
    return parser


def main(argv: list[str]) -> None:
    """Write the ledger; a stack that is refused leaves `frames.refused.csv` instead."""
    options = arguments().parse_args(argv)
    refused = options.out.with_name("frames.refused.csv")
    verdict = judge_folder(options)
    for warning in verdict.warnings:
        progress(f"warning: {warning}")
    target = refused if verdict.problems else options.out
    with replacing(target) as partial:
        write_ledger(verdict.entries, partial)
    used = sum(entry.status == USED for entry in verdict.entries)
    rejected = [entry for entry in verdict.entries if entry.status != USED]
    for entry in rejected:
        progress(f"rejected {entry.file}: {entry.reason}")
    if verdict.problems:
        raise RecordError("; ".join(verdict.problems))
    refused.unlink(missing_ok=True)
    progress(f"{used} frames used, {len(rejected)} files rejected")


def judge_folder(options: argparse.Namespace) -> Verdict:
    """Look at every file of the folder and judge them together."""
    if not options.raw.is_dir():
        raise RecordError(f"{options.raw}: no such folder; put the stack's raws there, "
                          "or name their folder in the sheet's column `source`")
    inside = sorted(options.raw.iterdir())
    with ThreadPoolExecutor(options.threads) as pool:
        found = list(pool.map(look, inside))
    positions = read_positions(options.capture, found) if options.capture else None
    return judge(
        found, unreadable=options.unreadable, allow=options.allow_differences,
        tolerance={"aperture_f": options.aperture_tolerance, "iso": options.iso_tolerance,
                   "exposure_s": options.exposure_tolerance},
        positions=positions, step_um=options.step_um,
    )


def look(path: Path) -> Found:
    """Hash, decode and read one entry of the raw folder."""
    if not path.is_file():
        return Found(path.name, "", 0, fault="a folder, not a frame", stray=True)
    size, digest = path.stat().st_size, sha256_file(path)
    if format_of(path) is None:
        return Found(path.name, digest, size, fault="not a picture", stray=True)
    taken = read_capture(path)
    try:
        seen = examine(path)
    except ImagingError as error:
        return Found(path.name, digest, size, format_of(path), capture=taken, fault=str(error))
    balance = seen.white_balance
    return Found(path.name, digest, size, seen.format, seen.kind, seen.width_px, seen.height_px,
                 "multipliers " + " ".join(f"{v:.4f}" for v in balance) if balance else None, taken)


def read_positions(capture: Path, found: list[Found]) -> dict[str, float]:
    """Focus in µm by file name, checked against the hashes that the session recorded."""
    digests = {one.name: one.sha256 for one in found}
    try:
        frames = json.loads(capture.read_text(encoding="utf-8"))["frames"]
        positions = {shot["file"]: shot["reported_um"] for shot in frames}
        for shot in frames:
            if digests.get(shot["file"], shot["sha256"]) != shot["sha256"]:
                raise RecordError(f"{shot['file']}: its bytes are not those that were captured "
                                  f"(hash in {capture})")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RecordError(f"{capture}: not a record of a capture ({error!r})") from None
    return positions


if __name__ == "__main__":
    run(main)
