"""Archive a stack as the next version of its object, with the story of how it was made."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from records.archive import contents, readme
from records.archive.frame_index import note_object
from records.archive.holding import Holding
from records.archive.kept_program import zipped_program
from records.archive.ocfl import Inventory
from records.archive.package import Package, master_record, read_fact
from records.archive.versions import Added, Reason, add_version
from records.archive.why_held import put_back_command, raws_of, refuse_other_raws
from records.errors import RecordError
from records.installed import installed_version
from records.layout import CODE, PROGRAM, README, SETTINGS, SHEET_ROW, WORKFLOW, is_companion
from records.log import progress
from records.program import read_files, version_of_files
from records.provenance.crate import with_crate
from records.provenance.runs import making_of
from records.provenance.story import Story
from records.record import record_text

HOME = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class Origin:
    """What ran the steps of a stack.

    Attributes
    ----------
    workflow : its Snakefile
    configs : configuration to keep as it was
    logs : folder of the stack's logs: kept, and read for commands, times and software
    code : script → hash of what its code does
    """

    workflow: Path
    configs: Sequence[Path] = ()
    logs: Path | None = None
    code: Mapping[str, str] = field(default_factory=dict)


def archive_stack(
    root: Path,
    identifier: str,
    package: Package,
    origin: Origin,
    reason: Reason,
    threads: int = 2,
) -> Added:
    """Add a version, unless nothing has changed since the newest one.

    Parameters
    ----------
    root : of the archive
    identifier : of the object
    threads : files copied at a time

    Raises
    ------
    RecordError
        As `add_version`; or the raws are others than archived, and the sheet does not say that it
        is meant.
    """
    started = time.monotonic()
    size = sum(path.stat().st_size for path in package.files.values())
    progress(f"{identifier}: {len(package.files)} files, {size / 1e6:.1f} MB, to {root}")
    stack, specimen, view = package.stack, package.specimen, package.view
    row = read_fact(stack / SHEET_ROW)
    making = making_of(package.files, read_fact(stack / SETTINGS), origin.logs)
    try:
        program = read_files(origin.workflow)
    except FileNotFoundError:
        raise RecordError(f"{origin.workflow}: missing; name the workflow's Snakefile") from None
    holostack = version_of_files(program)
    records = _records_of(origin, program)

    def differs(folder: Path, newest: Inventory) -> list[str]:
        held = Holding(folder, newest, newest.state())
        refuse_other_raws(
            stack,
            raws_of(package.expected),
            (newest.content["head"], raws_of(held.state)),
            row.get("raws_changed"),
            put_back_command(HOME, root, specimen, view, stack),
        )
        return contents.what_changed(
            contents.of_version(held), contents.of_package(package, making.software, holostack)
        )

    def companions(number: int, block: dict, state: Mapping[str, str]) -> Mapping[str, bytes]:
        story = Story(
            identifier,
            number,
            block,
            specimen,
            view,
            row,
            master_record(package.record).get("metadata", {}),
            state,
            {path: file.stat().st_size for path, file in package.files.items()},
            making,
            holostack,
            installed_version("snakemake"),
        )
        return with_crate(story, {**records, README: readme.page(root, story)})

    added = add_version(
        root,
        identifier,
        package.files,
        reason,
        expected=package.expected,
        companions=companions,
        is_companion=is_companion,
        differs=differs,
        threads=threads,
    )
    note_object(root, identifier)
    version, seconds = added.inventory.content["head"], time.monotonic() - started
    if added.made:
        progress(
            f"{identifier}: {version} archived and read back, "
            f"{added.stored_bytes / 1e6:.1f} MB new, {seconds:.1f} s"
            + (f": {added.inventory.version()['message']}" if version != "v1" else "")
        )
    else:
        progress(f"{identifier}: nothing has changed since {version}, {seconds:.1f} s")
    return added


def _records_of(origin: Origin, program: Mapping[str, bytes]) -> dict[str, bytes]:
    """Program, configuration and logs of the run, by their logical paths in the object."""
    workflow, logs = origin.workflow, origin.logs
    records = {WORKFLOW: program[workflow.name], PROGRAM: zipped_program(program)}
    if origin.code:
        records[CODE] = record_text("code", origin.code).encode()
    for number, path in enumerate(origin.configs, 1):
        name = f"config/{path.name}"
        records[f"config/{number}_{path.name}" if name in records else name] = path.read_bytes()
    if logs and logs.is_dir():
        for path in sorted(logs.rglob("*")):
            if path.is_file():
                records[f"logs/{path.relative_to(logs).as_posix()}"] = path.read_bytes()
    return records
