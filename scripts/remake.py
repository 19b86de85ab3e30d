"""Make a master again from archived raws, by the very step scripts that made the first one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from imaging.pictures.crop import Crop
from imaging.pictures.difference import Difference, compare
from records.archive.package import read_fact
from records.ending import as_starter
from records.errors import RecordError
from records.files import write_bytes
from records.known_frames import BLAKE3, hash_of
from records.layout import (
    CAPTURE,
    CONVERT,
    CRATE,
    EXTERNAL,
    EXTERNAL_RECORD,
    FUSE,
    LEDGER,
    MAPS,
    METHODS,
    PAINTED,
    QC,
    RETOUCH,
    RETOUCHED,
    SETTINGS,
    SHEET_ROW,
    STROKES,
    TRANSFORMS,
    WHITE,
    maker_of,
)
from records.ledger.depth import known_direction
from records.ledger.kept_copies import in_stack
from records.ledger.shots import moved_by
from records.log import read_log
from records.metadata import description
from records.program import version_of
from records.provenance import crate_facts
from records.provenance.comparison import software_changes
from records.provenance.runs import making_of
from records.record import read_record, told_name
from records.retouching.by_hand import finished_by_hand
from records.retouching.strokes import read as read_strokes
from records.sheet.archived_settings import (
    check_archived,
    refuse_external,
    with_former_defaults,
)
from records.sheet.derivatives import heeded
from records.sheet.settings import option_words
from records.unfinished import beside

HERE = Path(__file__).parent
# What is no option of its step: the workflow's own, and what is given more than once.
NOT_OPTIONS = {"keep", "metadata", "white_frame_sha256"}


@contextmanager
def working_folders(place: Path | None, report: Path) -> Iterator[tuple[Path, Path, Path]]:
    """Empty folders in `place`, else beside the report, which are removed at the end.

    They are for what was archived, for what is made of it now, and, not made yet, for logs.
    """
    parent = place or report.resolve().parent
    parent.mkdir(parents=True, exist_ok=True)
    with beside(parent / report.name) as folder:
        then, now, logs = (Path(folder, name) for name in ("then", "now", "logs"))
        then.mkdir()
        now.mkdir()
        yield then, now, logs


def settings_of(stack: Path) -> dict[str, dict[str, object]]:
    """The settings of a restored stack, which say how to repeat its steps."""
    settings = with_former_defaults(check_archived(read_fact(stack / SETTINGS), SETTINGS))
    missing = [step for step in ("convert", "align", "fuse") if step not in settings]
    if missing:
        raise RecordError(
            f"{stack.name}: its object does not hold the settings of step {missing[0]}; it was "
            "archived without --settings, so that nobody can know how to repeat it"
        )
    return settings


def hash_of_frames(stack: Path) -> str:
    """By which hash the record of a restored stack knows its converted frames.

    Those that are made again are compared by it, and so are strokes that were painted from them.
    """
    return hash_of(read_record(stack / CONVERT, "convert")["frames"][0])


def make_master(
    stack: Path,
    settings: Mapping[str, Mapping[str, object]],
    record: dict,
    threads: int,
    logs: Path,
    crop: str = "",
    *,
    run_external: bool = False,
    held_in: tuple[Path, str] | None = None,
    known_by: str = BLAKE3,
) -> dict:
    """Run convert, align, fuse and master in a stack's folder that has `raw/` and `frames.csv`.

    What a person retouched, and lies in the folder too, is applied again before the master.

    Parameters
    ----------
    stack : working folder; outputs go where the workflow puts them
    settings : by step and option
    record : of the master that is to be made: identity, crop, pixel size, metadata
    threads : of each step
    logs : folder for the steps' logs, named as the workflow names them
    crop : as master.py takes it; the recorded one if empty
    run_external : whether another program is run where the settings name one to fuse with
    held_in : the archive and the stack's object there, for strokes from earlier versions
    known_by : hash of the converted frames that is recorded

    Returns
    -------
    dict
        The record of the new master.

    Raises
    ------
    RecordError
        A step failed; the message has its last line. Or the settings name another program.
    """
    refuse_external(settings, run_external)
    words = description.embedded(record)
    made = stack / "stack"
    made.mkdir(exist_ok=True)
    (stack / "archival").mkdir(exist_ok=True)
    convert, transforms, fuse = (
        made / f"{name}.json" for name in ("convert", "transforms", "fuse")
    )
    ledger, raw = stack / "frames.csv", stack / "raw"
    maps = {name: made / f"{name}.tif" for name in MAPS}
    frames: dict[str, object] = {"raw": raw, "ledger": ledger, "tiff": stack / "tiff"}
    frames |= {"out": convert, "known-by": known_by}
    if digest := settings["convert"].get("white_frame_sha256"):
        frames["white-frame"] = in_stack(stack, WHITE, str(digest))
    run_step("convert", frames, settings["convert"], logs / "convert.log", threads)
    aligning = {"convert": convert, "out": transforms}
    run_step("align", aligning, settings["align"], logs / "align.log", threads)
    fusing = {"transforms": transforms, "ledger": ledger, "out": fuse, **maps}
    direction = {"direction": known_direction(record)}
    focusing = {**settings["fuse"], **direction, "moved_by": moved_by(stack / CAPTURE)}
    run_step("fuse", fusing, focusing, logs / "fuse.log", threads)
    by_hand = apply_by_hand(stack, fusing, focusing, logs, threads, held_in)
    master = stack / "archival" / told_name(record["file"], "the master's record")
    new = master.with_suffix(".json")
    run_step(
        "master",
        {
            **{"fused": maps["fused"], "fuse": fuse, "transforms": transforms, "convert": convert},
            **{"ledger": ledger, "raw": raw, "specimen": record["specimen"]},
            **{"view": record["view"], "master": master, "out": new},
            **{name: maps[name] for name in ("depth", "confidence", "source")},
            **by_hand,
        },
        {
            **{key: one for key, one in settings.get("master", {}).items() if key != "crop"},
            "crop": crop or Crop.of(record).text,
            **pixel_size_of(record),
            **direction,
            # What the camera says is read from its frame again.
            "metadata": [
                f"{key}={text}"
                for key, text in words.items()
                if key not in record.get("metadata_of_camera", ())
            ],
        },
        logs / "master.log",
    )
    return read_record(new, "master")


def pixel_size_of(record: Mapping[str, Any]) -> dict[str, object]:
    """The master's options of the size of a px, as it was stated, or measured on a ruler."""
    if not record.get("scale"):
        return {"pixel_size_um": record.get("pixel_size_um")}
    told = ("pixel_size_um", "pixel_size_uncertainty_um", "scale")
    return {"measured": json.dumps({key: record[key] for key in told if key in record})}


def apply_by_hand(
    stack: Path,
    fusing: Mapping[str, Path],
    settings: Mapping[str, object],
    logs: Path,
    threads: int,
    held_in: tuple[Path, str] | None = None,
) -> dict[str, Path]:
    """Apply again what a person retouched; gives the master's options of it, none without any.

    Parameters
    ----------
    stack : working folder, with `retouch/` if anything was retouched, fused already
    fusing : files that fusing read and wrote, by its options
    settings : of the fusion
    held_in : the archive and the stack's object there
    """
    files = finished_by_hand(stack)
    if not files:
        return {}
    painted = read_strokes(stack / STROKES).strokes if STROKES in files else ()
    sources = (one.source for one in painted if one.mode != "restore")
    for method in dict.fromkeys(one.method for one in sources if one.kind == "method"):
        image = stack / METHODS / f"{method}.tif"
        image.parent.mkdir(exist_ok=True)
        # As rules/method.smk has it.
        other = {**settings, "method": method, "command": "", "slab_frames": 0}
        asked = {name: fusing[name] for name in ("transforms", "ledger")}
        made = {**asked, "fused": image, "out": image.with_suffix(".json")}
        run_step("fuse", made, other, logs / f"method_{method}.log", threads)
    named = {"strokes": STROKES, "external": EXTERNAL, "external-record": EXTERNAL_RECORD}
    given = {option: stack / name for option, name in named.items() if name in files}
    told = {"archive": held_in[0], "object": held_in[1]} if held_in else {}
    read = {name: fusing[name] for name in ("transforms", "ledger", "fused")}
    read |= {"fuse": fusing["out"], "convert": stack / CONVERT}
    written = {"retouched": RETOUCHED, "painted": PAINTED, "out": RETOUCH}
    paths = {option: stack / name for option, name in written.items()}
    run_step("retouch", {**given, **told, **read, **paths}, {}, logs / "retouch.log", threads)
    return {"retouched": stack / RETOUCHED, "retouch": stack / RETOUCH}


def draw_difference(before: Path, after: Path, picture: Path) -> Difference:
    """How two masters differ, and a picture of it, whole or not at all, unless sizes differ."""
    with beside(picture) as folder:
        drawn = folder / picture.name
        amount = compare(before, after, drawn)
        if drawn.exists():
            write_bytes(picture, drawn.read_bytes())
    return amount


def changed_software(then: Path, now: Path, logs: Path) -> list[str]:
    """Programs that are others than when a restored version was made, Holostack included.

    Parameters
    ----------
    then : folder of the restored version, with its crate
    now, logs : folder in which its master was made again, and of that making's logs
    """
    files = {path.relative_to(now).as_posix(): path for path in now.rglob("*") if path.is_file()}
    workflow = HERE.parent / "Snakefile"
    used = making_of(files, {}, logs).software
    used[crate_facts.HOLOSTACK] = version_of(workflow)
    return software_changes(crate_facts.software_of(crate_facts.read_crate(then / CRATE)), used)


def check_again(then: Path, now: Path, logs: Path) -> None:
    """Run the quality checks of a stack made again, by the thresholds of a version that has any."""
    if not (then / QC).is_file():
        return
    old = read_record(then / QC, "qc")
    made = now / "stack"
    files = {"transforms": made / "transforms.json", "fuse": made / "fuse.json"}
    files |= {"ledger": now / "frames.csv", "pictures": made / "qc", "out": made / "qc.json"}
    limits = check_archived({"qc": old.get("thresholds", {})}, QC)["qc"]
    settings = {**limits, "acknowledge": read_fact(now / SHEET_ROW).get("acknowledge")}
    run_step("qc", files, settings, logs / "qc.log")


def make_derivative(
    master: Path, record: Path, out: Path, settings: Mapping[str, object], logs: Path
) -> None:
    """Run the step that makes a derivative, for one."""
    maker = maker_of(out.name)
    log = logs / f"{maker}_{out.name.rpartition('_')[2]}.log"
    files, stack = {"master": master, "record": record, "out": out}, master.parents[1]
    if maker in ("mesh", "stereo"):
        files["ledger"] = stack / LEDGER
    if maker == "stereo":
        files |= {"transforms": stack / TRANSFORMS, "fuse": stack / FUSE}
    run_step(maker, files, heeded(maker, settings), log)


def run_step(
    step: str,
    files: Mapping[str, object],
    settings: Mapping[str, Any],
    log: Path,
    threads: int | None = None,
) -> None:
    """Run the script of a step, by options that no recorded value can turn into others."""
    words = [sys.executable, str(HERE / f"{step}.py")]
    for name, value in files.items():
        words.append(f"--{name}={value}")
    words += option_words(settings, leave_out=NOT_OPTIONS)
    words += [f"--metadata={pair}" for pair in settings.get("metadata", ())]
    words += [f"--threads={threads}"] if threads else []
    if any("\0" in word for word in words):
        raise RecordError(f"step {step}: a recorded value has a null in it; nothing is run with it")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w", encoding="utf-8") as written:
        # The step holds the folder that it works in too: nobody takes it away while it lives.
        done = subprocess.run(
            words, stderr=written, env={**os.environ, **as_starter()}, close_fds=False
        )
    if done.returncode != 0:
        last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-1:]
        reason = read_log(log).error or "".join(last) or f"exit status {done.returncode}"
        raise RecordError(f"step {step} failed: {reason}")
