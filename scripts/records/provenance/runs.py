"""How a stack was made: the steps, as the records in its folder and its logs tell them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from records.known_frames import SHA256, Digest, pixels_of
from records.layout import (
    CAPTURE,
    CONVERT,
    EXTERNAL,
    EXTERNAL_RECORD,
    FUSE,
    LEDGER,
    RETOUCH,
    STEPS,
    maker_of,
    name_of,
)
from records.ledger.table import read_ledger
from records.log import Log, read_log
from records.provenance.hands import Hand, hands_of
from records.record import read_record


@dataclass(frozen=True)
class Run:
    """One step of one stack.

    Attributes
    ----------
    step, program : such as `fuse` and `scripts/fuse.py`
    inputs, outputs : logical paths
    parameters : as the step's record and settings tell them
    log : what it says of command, times and software
    recorded_software : name → version, as the step's record says
    """

    step: str
    program: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    parameters: Mapping[str, object]
    log: Log
    recorded_software: Mapping[str, str] = field(default_factory=dict)

    @property
    def software(self) -> dict[str, str]:
        """Name → version of what it ran on."""
        return {**self.recorded_software, **self.log.software}


@dataclass(frozen=True)
class Making:
    """How a stack was made.

    Attributes
    ----------
    runs : the steps, in order, the derivatives last
    pixel_digests : of pixels alone, by logical path, where known; also of what the steps
        made and no archive keeps
    descriptions : what a file is, by logical path, where its name does not say it
    equipment : kind → facts about what the raws were taken with
    exposed : when the first and the last frame were taken, or ""
    hands : what people did by hand
    """

    runs: Sequence[Run]
    pixel_digests: Mapping[str, Digest]
    descriptions: Mapping[str, str]
    equipment: Mapping[str, Mapping[str, str]]
    exposed: tuple[str, str]
    hands: Sequence[Hand] = ()

    @property
    def software(self) -> dict[str, str]:
        """Name → version of everything that the steps ran on; two versions where they differ."""
        versions: dict[str, dict[str, None]] = {}
        for run in self.runs:
            for name, version in run.software.items():
                versions.setdefault(name, {})[version] = None
        return {name: " and ".join(known) for name, known in versions.items()}


def making_of(
    files: Mapping[str, Path], settings: Mapping[str, Mapping[str, object]], logs: Path | None
) -> Making:
    """How a stack was made; its files, settings and logs are as for `tell_runs`."""
    return Making(
        tell_runs(files, settings, logs),
        pixel_digests(files),
        descriptions(files),
        equipment(files),
        exposed(files),
        hands_of(files),
    )


def tell_runs(
    files: Mapping[str, Path],
    settings: Mapping[str, Mapping[str, object]],
    logs: Path | None = None,
) -> list[Run]:
    """The steps whose records are among `files`, in order, the derivatives last.

    Parameters
    ----------
    files : logical path → file
    settings : the stack's configuration by step, for steps whose record has no `parameters`
    logs : folder of the steps' logs, which tell commands, times and software
    """
    known = {**dict.fromkeys(files), **dict.fromkeys(pixel_digests(files))}
    runs = []
    for step in STEPS.values():
        for record in _matching(files, [step.record]):
            outputs = [record, *(path for path in _matching(known, step.writes) if path != record)]
            inputs = [path for path in _matching(known, step.reads) if path not in outputs]
            content = _record(files[record], step.kind)
            parameters = _known({**settings.get(step.name, {}), **_mapping(content, "parameters")})
            software = {name: str(one) for name, one in _mapping(content, "software").items()}
            log = _log(logs, step.log)
            runs.append(Run(step.name, step.program, inputs, outputs, parameters, log, software))
    depth_maps = list(descriptions(files))
    masters = [
        path
        for path in _matching(known, ["archival/*.tif", "archival/*.json"])
        if path not in depth_maps
    ]
    for picture in _matching(files, ["derivatives/*"]):
        name, maker = name_of(picture), maker_of(picture)
        runs.append(
            Run(
                f"{maker}-{name}",
                f"scripts/{maker}.py",
                masters + (depth_maps if maker != "derive" else []),
                [picture],
                _known(_mapping(settings.get("derive", {}), name)),
                _log(logs, f"{maker}_{picture.rpartition('_')[2]}"),
            )
        )
    return runs


def pixel_digests(files: Mapping[str, Path]) -> dict[str, Digest]:
    """Digests of the pixels alone, by logical path, as the records among `files` tell it.

    Also of what is not kept: the converted frames, the fused image and its maps.
    """
    found: dict[str, Digest] = {}
    for path in _matching(files, ["archival/*.json"]):
        record = _record(files[path], "master")
        for one in (record, _mapping(record, "depth")):
            if "file" in one and "pixel_sha256" in one:
                found[f"archival/{one['file']}"] = Digest(SHA256, str(one["pixel_sha256"]))
    for frame in _record(files.get(CONVERT), "convert").get("frames", []):
        if digest := pixels_of(frame):
            found[f"tiff/{frame['tiff']}"] = digest
    for path, kind in ((FUSE, "fuse"), (RETOUCH, "retouch")):
        for name, told in _mapping(_record(files.get(path), kind), "pixel_sha256").items():
            found[f"stack/{name}.tif"] = Digest(SHA256, str(told))
    if EXTERNAL_RECORD in files:
        told = _record(files[EXTERNAL_RECORD], "external")["pixel_sha256"]
        found[EXTERNAL] = Digest(SHA256, str(told))
    return found


def descriptions(files: Mapping[str, Path]) -> dict[str, str]:
    """What those of the files are that need it said, by logical path."""
    found = {}
    for path in _matching(files, ["archival/*.json"]):
        depth = _mapping(_record(files[path], "master"), "depth")
        if depth:
            unit = "µm" if depth["unit"] == "um" else "distances of two frames"
            found[f"archival/{depth['file']}"] = (
                f"Depth map of the master, float32 in {unit}, 0 at the {depth['zero']}; larger is "
                f"{depth['larger_is']}; NaN where depth is not known"
            )
    return found


def equipment(files: Mapping[str, Path]) -> dict[str, dict[str, str]]:
    """Camera, lens, rail and rig with their facts, as far as ledger and capture name them."""
    found: dict[str, dict[str, str]] = {}
    for entry in read_ledger(files[LEDGER]):
        for kind, name in (("camera", entry.camera), ("lens", entry.lens)):
            if name and entry.frame:
                found.setdefault(kind, {"name": name})
    rig = _mapping(_record(files.get(CAPTURE), "capture"), "rig")
    for kind in ("camera", "rail"):
        device = _mapping(rig, kind)
        if device:
            facts = {"name": device.get("model"), "serialNumber": device.get("serial_number")}
            facts |= {"version": device.get("firmware")}
            found[kind] = {key: str(value) for key, value in facts.items() if value}
    if rig:
        about = {key: value for key, value in rig.items() if key not in ("name", *found)}
        text = json.dumps(about, sort_keys=True)
        found["rig"] = {"name": str(rig.get("name", "rig")), "description": text}
    return found


def exposed(files: Mapping[str, Path]) -> tuple[str, str]:
    """When the first and the last used frame were taken, by the camera's clock; "" if unknown."""
    used = (entry for entry in read_ledger(files[LEDGER]) if entry.frame)
    moments = sorted(entry.taken_at for entry in used if entry.taken_at)
    return (moments[0], moments[-1]) if moments else ("", "")


def _log(logs: Path | None, name: str) -> Log:
    return read_log(logs / f"{name}.log") if logs else Log()


def _matching(files: Iterable[str], patterns: Iterable[str]) -> list[str]:
    found: dict[str, None] = {}
    for pattern in patterns:
        wanted = re.compile(re.escape(pattern).replace(r"\*", ".*"))
        found |= {path: None for path in sorted(files) if wanted.fullmatch(path)}
    return list(found)


def _record(path: Path | None, kind: str) -> dict:
    # The ledger is a table, and has no record.
    return read_record(path, kind) if path and path.suffix == ".json" else {}


def _mapping(record: Mapping, key: str) -> dict:
    value = record.get(key)
    return value if isinstance(value, dict) else {}


def _known(parameters: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in parameters.items() if value not in ("", None)}
