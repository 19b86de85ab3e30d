"""How a stack was made: the steps, as the records in its folder and its logs tell them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from records.errors import RecordError
from records.ledger import read_ledger

# Step, script, and which files of a stack it reads and writes; a pattern ends in `*`. The record
# with parameters and software is the first of what is written.
STEPS = (
    ("import", "import_raws.py", (), ("import.json", "raw/*")),
    ("ledger", "ledger.py", ("raw/*", "capture.json"), ("frames.csv",)),
    ("convert", "convert.py", ("frames.csv", "raw/*"), ("stack/convert.json",)),
    ("align", "align.py", ("stack/convert.json",), ("stack/transforms.json",)),
    (
        "fuse",
        "fuse.py",
        ("stack/transforms.json", "frames.csv"),
        ("stack/fuse.json", "stack/depth.tif", "stack/source.tif", "stack/confidence.tif"),
    ),
    (
        "master",
        "master.py",
        ("stack/fuse.json", "stack/transforms.json", "stack/convert.json", "frames.csv"),
        ("archival/*.json", "archival/*"),
    ),
    ("derive", "derive.py", ("archival/*",), ("derivatives/*",)),
)
COMMAND_MARK = "$ "


@dataclass(frozen=True)
class Run:
    """One step of one stack.

    Attributes
    ----------
    step, script : such as `fuse` and `fuse.py`
    inputs, outputs : logical paths
    parameters, software : as the step's record tells them
    command : the exact command line, or "" where no log tells it
    started, ended : moments in ISO 8601, or ""
    """

    step: str
    script: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    parameters: Mapping[str, object] = field(default_factory=dict)
    software: Mapping[str, str] = field(default_factory=dict)
    command: str = ""
    started: str = ""
    ended: str = ""


def tell_runs(
    files: Mapping[str, Path],
    settings: Mapping[str, Mapping[str, object]],
    logs: Path | None = None,
    benchmarks: Path | None = None,
) -> list[Run]:
    """The steps whose outputs are among `files`, in order.

    Parameters
    ----------
    files : logical path → file
    settings : the stack's configuration by step, for steps whose record has no `parameters`
    logs : folder with `<script>.log`, whose first line with `$ ` in front is the command
    benchmarks : folder with `<script>.tsv` as Snakemake writes it, seconds in its first column
    """
    runs = []
    for step, script, reads, writes in STEPS:
        outputs = _matching(files, writes)
        if not outputs:
            continue
        record = _record(files[outputs[0]])
        ended = datetime.fromtimestamp(files[outputs[0]].stat().st_mtime, UTC)
        lasted = _seconds(benchmarks / f"{Path(script).stem}.tsv") if benchmarks else None
        runs.append(
            Run(
                step,
                script,
                tuple(path for path in _matching(files, reads) if path not in outputs),
                tuple(outputs),
                {**settings.get(step, {}), **_mapping(record, "parameters")},
                {name: str(value) for name, value in _mapping(record, "software").items()},
                _command(logs / f"{Path(script).stem}.log") if logs else "",
                _iso(ended - timedelta(seconds=lasted)) if lasted is not None else "",
                _iso(ended),
            )
        )
    return runs


def pixel_digests(files: Mapping[str, Path]) -> dict[str, str]:
    """SHA-256 of the pixels alone, by logical path, of those files whose records tell it."""
    found = {}
    for path, file in files.items():
        if path.startswith("archival/") and path.endswith(".json"):
            record = _record(file)
            if "file" in record and "pixel_sha256" in record:
                found[f"archival/{record['file']}"] = str(record["pixel_sha256"])
    fuse = _record(files["stack/fuse.json"]) if "stack/fuse.json" in files else {}
    for name, digest in _mapping(fuse, "pixel_sha256").items():
        if f"stack/{name}.tif" in files:
            found[f"stack/{name}.tif"] = str(digest)
    return found


def equipment(files: Mapping[str, Path]) -> dict[str, str]:
    """Camera, lens and rig, as far as ledger and capture record name them."""
    found: dict[str, str] = {}
    for entry in read_ledger(files["frames.csv"]):
        for kind, name in (("camera", entry.camera), ("lens", entry.lens)):
            if name and entry.frame:
                found.setdefault(kind, name)
    rig = _record(files["capture.json"]).get("rig") if "capture.json" in files else None
    if rig:
        found["rig"] = rig if isinstance(rig, str) else json.dumps(rig, sort_keys=True)
    return found


def _matching(files: Mapping[str, Path], patterns: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for pattern in patterns:
        wanted = re.compile(re.escape(pattern).replace(r"\*", ".*"))
        found |= {path: None for path in sorted(files) if wanted.fullmatch(path)}
    return list(found)


def _record(path: Path) -> dict:
    if path.suffix != ".json":
        return {}
    try:
        content = json.loads(path.read_bytes())
    except ValueError as error:
        raise RecordError(f"{path}: is no JSON ({error}); run the step that makes it") from None
    return content if isinstance(content, dict) else {}


def _mapping(record: dict, key: str) -> dict:
    value = record.get(key)
    return value if isinstance(value, dict) else {}


def _command(log: Path) -> str:
    if not log.is_file():
        return ""
    with log.open(encoding="utf-8", errors="replace") as opened:
        for line in opened:
            if line.startswith(COMMAND_MARK):
                return line.removeprefix(COMMAND_MARK).rstrip()
    return ""


def _seconds(benchmark: Path) -> float | None:
    try:
        return float(benchmark.read_text().splitlines()[1].split("\t")[0])
    except (OSError, IndexError, ValueError):
        return None


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
