"""Make a new version of an archived stack, with other settings or newer software."""

from __future__ import annotations

from step import run

import argparse
import json
from pathlib import Path

import remake
from reading import settings
from records.archive import package, restoring, working
from records.archive.archiving import Origin, archive_stack
from records.archive.holding import open_holding
from records.archive.options import add_object, object_of
from records.archive.package import read_fact, write_fact
from records.archive.versions import Reason
from records.errors import RecordError
from records.files import refuse_outputs
from records.layout import (
    CRATE,
    FIRST_STEPS,
    RECEIPT,
    SETTINGS,
    SHEET_ROW,
    STEPS,
    is_companion,
    name_of,
)
from records.locks import writing
from records.log import progress
from records.metadata import description
from records.provenance import comparison
from records.record import write_record
from records.sheet.archived_settings import add_run_external, check_archived, refuse_external
from records.sheet.settings import parse, section


def main(argv: list[str]) -> None:
    """Restore a stack, run its steps anew, archive the result and report before and after."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "report")
    stack = options.stack or Path(settings("paths")["specimens"]) / options.specimen / options.view
    with writing(stack if stack.parent.is_dir() else None, alone=True):
        make(options, stack)


def make(options: argparse.Namespace, stack: Path) -> None:
    """Do the work, while nothing else writes into the stack."""
    identifier = object_of(options)
    folder, inventory = restoring.find_object(options.archive, identifier)
    with remake.working_folders(options.work, options.report) as (then, now, logs):
        restoring.copy_version(
            folder, inventory, then, wanted=lambda path: path == CRATE or not is_companion(path)
        )
        restoring.copy_version(folder, inventory, now, wanted=_is_kept)
        # What the kept steps said when they ran is still true of them.
        restoring.copy_version(folder, inventory, logs.parent, wanted=_tells_of_what_is_kept)
        old = remake.settings_of(then)
        new = check_archived(change(old, options.set), "--set")
        refuse_external(new, options.run_external)
        write_fact(new, now / SETTINGS)
        record = open_holding(folder).master()
        row = read_fact(now / SHEET_ROW)
        # The newest words go into the new master.
        of_camera = record.get("metadata_of_camera", [])
        record["metadata_of_camera"] = [name for name in of_camera if name not in row]
        record["metadata"] = description.newest(record, row)
        crop = row.get("crop") or new.get("master", {}).get("crop", "")
        made = remake.make_master(
            *(now, new, record, options.threads, logs, crop),
            run_external=options.run_external,
            held_in=(options.archive, identifier),
            known_by=remake.hash_of_frames(then),
        )
        remake.check_again(then, now, logs)
        master = now / "archival" / record["file"]
        derivatives = remake_derivatives(then, now, master, new, logs)
        image = options.report.with_suffix(".png")
        amount = remake.draw_difference(then / "archival" / record["file"], master, image)
        whole = package.gather(
            now, options.specimen, options.view, master.with_suffix(".json"), derivatives
        )
        added = archive_stack(
            options.archive,
            identifier,
            whole,
            Origin(options.workflow, logs=logs),
            Reason(options.reason, options.user),
        )
        report = {
            "object": identifier,
            "before": {
                "version": inventory.content["head"],
                "pixel_sha256": record["pixel_sha256"],
            },
            "after": {
                "version": added.inventory.content["head"],
                "pixel_sha256": made["pixel_sha256"],
            },
            "reason": options.reason,
            "settings_changed": comparison.setting_changes(old, new),
            "software_changed": remake.changed_software(then, now, logs),
            "first_difference": comparison.first_difference(then, now),
            "difference": str(amount),
            "difference_image": image.name if amount.size_px else None,
        }
        write_record(options.report, "reprocess", report)
        bring_working_folder(stack, options.archive, folder, now)
    for line in [*report["settings_changed"], *report["software_changed"]]:
        progress(f"{identifier}: {line}")
    progress(f"{identifier}: {report['difference']}")
    if options.set and report["settings_changed"]:
        progress(
            f"{identifier}: for good, write {', '.join(options.set)} into the sheet's columns of "
            "these names; else the next change of this stack is made without"
        )


def bring_working_folder(stack: Path, root: Path, folder: Path, made: Path) -> None:
    """Let the stack's working folder, where there is one, hold the newest version."""
    restoring.settle(stack)
    if (stack / RECEIPT).is_file():
        working.bring_to_newest(stack, root, open_holding(folder), made)
        progress(f"{stack}: holds the newest version")


def change(settings: dict[str, dict], wanted: list[str]) -> dict[str, dict]:
    """Settings with changes such as `fuse.power=6`; only settings that exist can be changed."""
    changed = {step: dict(keys) for step, keys in settings.items()}
    for text in wanted:
        name, equals, value = text.partition("=")
        step, _, key = name.partition(".")
        if not equals or key not in changed.get(step, {}):
            known = sorted(f"{one}.{other}" for one, keys in settings.items() for other in keys)
            raise RecordError(f"--set {text}: must be KEY=VALUE with a KEY of {', '.join(known)}")
        schema = section(step).get(key)
        try:
            changed[step][key] = parse(name, schema, value) if schema else json.loads(value)
        except json.JSONDecodeError as error:
            raise RecordError(f"--set {text}: is not JSON: {error}") from None
    return changed


def remake_derivatives(
    then: Path, now: Path, master: Path, settings: dict, logs: Path
) -> list[Path]:
    """Make every archived derivative again; say so where nobody knows how."""
    made = []
    for path in sorted((then / "derivatives").glob("*")):
        name = name_of(path.name)
        if name not in settings.get("derive", {}):
            raise RecordError(f"derivative {path.name}: the settings do not say how it was made")
        out = now / "derivatives" / path.name
        out.parent.mkdir(exist_ok=True)
        wanted = settings["derive"][name]
        remake.make_derivative(master, master.with_suffix(".json"), out, wanted, logs)
        made.append(out)
    return made


def _is_kept(path: str) -> bool:
    made = ("stack/", "archival/", "derivatives/")
    return not is_companion(path) and not path.startswith(made) and path != SETTINGS


def _tells_of_what_is_kept(path: str) -> bool:
    return path in {f"logs/{STEPS[name].log}.log" for name in FIRST_STEPS}


def arguments() -> argparse.ArgumentParser:
    """The command line of this script."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_object(parser)
    parser.add_argument("--reason", required=True, help="why this version is made")
    parser.add_argument("--user", help="who asks for it (default: the name logged in)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a setting to change, such as fuse.power=6; none: newer software alone",
    )
    add_run_external(parser)
    parser.add_argument("--report", type=Path, required=True, help="before and after, JSON")
    parser.add_argument("--work", type=Path, help="folder to work in (default: by the report)")
    parser.add_argument(
        "--stack",
        type=Path,
        help="working folder to bring to the new version (default: where the configuration has it)",
    )
    parser.add_argument("--workflow", type=Path, default=remake.HERE.parent / "Snakefile")
    parser.add_argument("--threads", type=int, default=2, help="of each step")
    return parser


if __name__ == "__main__":
    run(main)
