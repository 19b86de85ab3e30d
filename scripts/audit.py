"""Prove the archive: make every master again from its raws alone and compare the pixels."""

from __future__ import annotations

from step import run

import argparse
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

import remake
from reading import RESULTS, add_archive, find_folders, find_root
from records.archive import restoring
from records.archive.holding import name_of, open_holding
from records.errors import RecordError
from records.files import refuse_outputs, write_table
from records.layout import CAPTURE, CRATE, EXTERNAL_RECORD, LEDGER, SETTINGS, STROKES, WHITE
from records.log import listed, note, progress
from records.machine import reason_of
from records.provenance import comparison, crate_facts
from records.retouching.by_hand import came_from, external_in
from records.retouching.strokes import has_strokes, people
from records.retouching.strokes import read as read_strokes
from records.sheet.archived_settings import add_run_external

# People that are named in a line; more are counted.
PEOPLE = 3
IDENTICAL, DIFFERENT, FAILED = VERDICTS = ("identical", "different", "failed")


@dataclass(frozen=True)
class Finding:
    """A row of the report.

    Attributes
    ----------
    verdict : `identical` (every pixel of the master and its depth map, and what the records say),
        `different`, or `failed`
    explanation : where the two part, which software has changed, how large the difference is
    difference_image : path, where there is one
    """

    object: str
    version: str
    verdict: str
    recorded_pixel_sha256: str = ""
    found_pixel_sha256: str = ""
    explanation: str = ""
    difference_image: str = ""
    seconds: float = 0.0


def main(argv: list[str]) -> None:
    """Audit objects one after another; end in an error unless all are identical."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "report")
    findings = []
    for folder in find_folders(find_root(options), options.object):
        started = time.monotonic()
        finding = audit(folder, options)
        if finding is None:
            note(f"{name_of(folder)} holds no focus stack and is left out")
            continue
        finding = Finding(**asdict(finding) | {"seconds": round(time.monotonic() - started, 1)})
        findings.append(finding)
        progress(
            f"{finding.object} {finding.version}: {finding.verdict}"
            + (f": {finding.explanation}" if finding.explanation else "")
            + f" ({finding.seconds} s)"
        )
    write_table(options.report, Finding.__dataclass_fields__, map(asdict, findings))
    faulty = [finding for finding in findings if finding.verdict != IDENTICAL]
    counts = [sum(one.verdict == verdict for one in findings) for verdict in VERDICTS]
    told = ", ".join(f"{count} {verdict}" for count, verdict in zip(counts, VERDICTS, strict=True))
    progress(f"{len(findings)} masters audited: {told}; the report is {options.report}")
    if faulty:
        raise RecordError(
            f"{len(faulty)} of {len(findings)} masters could not be made again as they are, "
            f"{faulty[0].object} first; see {options.report}"
        )


def audit(folder: Path, options: argparse.Namespace) -> Finding | None:
    """Make the newest master of an object again, in a clean folder; None where it holds none."""
    identifier = version = ""
    try:
        holding = open_holding(folder)
        inventory = holding.inventory
        identifier, version = inventory.identifier, inventory.content["head"]
        if not holding.master_path():
            return None
        with remake.working_folders(options.work, options.report) as (then, now, logs):
            restoring.copy_version(folder, inventory, then, wanted=_is_of_the_past)
            restoring.copy_version(folder, inventory, now, wanted=_is_from_the_camera)
            record = holding.master()
            settings = remake.settings_of(then)
            made = remake.make_master(
                *(now, settings, record, options.threads, logs),
                run_external=options.run_external,
                held_in=(find_root(options), identifier),
                known_by=remake.hash_of_frames(then),
            )
            by_hand = words_of(now)
            pixels = {
                "recorded_pixel_sha256": record["pixel_sha256"],
                "found_pixel_sha256": made["pixel_sha256"],
            }
            differing = [
                *crate_facts.contradictions(settings, crate_facts.read_crate(then / CRATE)),
                *(f"the record of {change}" for change in comparison.record_changes(then, now)),
            ]
            if not comparison.same_depth(record, made):
                differing.append("the depth map has other pixels")
            same = made["pixel_sha256"] == record["pixel_sha256"]
            software = remake.changed_software(then, now, logs) or ["the same software"]
            if same:
                verdict, words = IDENTICAL, software
                if differing:
                    beside = "the same pixels, but not all of what is beside them"
                    verdict, words = DIFFERENT, [beside, *differing, *software]
                told = "; ".join([*words, *by_hand])
                return Finding(identifier, version, verdict, **pixels, explanation=told)
            image = options.differences or options.report.parent / "differences"
            image.mkdir(parents=True, exist_ok=True)
            image /= f"{quote(identifier, safe='')}_{version}.png"
            file = Path("archival", record["file"])
            amount = remake.draw_difference(then / file, now / file, image)
            step = comparison.first_difference(then, now) or "master: other pixels"
            return Finding(
                identifier,
                version,
                DIFFERENT,
                **pixels,
                explanation="; ".join([step, *differing, str(amount), *software, *by_hand]),
                difference_image=str(image) if amount.size_px else "",
            )
    except Exception as error:
        return Finding(identifier or name_of(folder), version, FAILED, explanation=reason_of(error))


def words_of(stack: Path) -> list[str]:
    """What of a stack a person made by hand, and how far it was made again."""
    words = []
    if has_strokes(stack / STROKES):
        painted = read_strokes(stack / STROKES).strokes
        who = f" of {listed(people(painted), PEOPLE)}" if people(painted) else ""
        words.append(f"{len(painted)} stroke{'s' * (len(painted) > 1)}{who} applied again")
    if external := external_in(stack / EXTERNAL_RECORD):
        words.append(
            f"{came_from(external)} was taken as it is archived: how it came from the fused image "
            "is not known, and nothing can make it again"
        )
    return words


def _is_from_the_camera(path: str) -> bool:
    """Whether a file came from the camera, or from a person's hand."""
    return path.startswith(("raw/", f"{WHITE}/", "retouch/")) or path in (LEDGER, CAPTURE)


def _is_of_the_past(path: str) -> bool:
    return path.startswith(("stack/", "archival/")) or path in (CRATE, SETTINGS)


def arguments() -> argparse.ArgumentParser:
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_archive(parser)
    parser.add_argument(
        "--report",
        type=Path,
        default=RESULTS / "audit.csv",
        help="CSV, one row per object (default: %(default)s)",
    )
    parser.add_argument(
        "--differences", type=Path, help="folder of difference images (default: by the report)"
    )
    parser.add_argument("--work", type=Path, help="folder to work in (default: by the report)")
    add_run_external(parser)
    parser.add_argument("--threads", type=int, default=2, help="of each step")
    return parser


if __name__ == "__main__":
    run(main)
