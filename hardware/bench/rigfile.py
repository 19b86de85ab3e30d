"""Read rig.yaml: checked against its schema once, then typed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from hardware.bench.config import (
    CameraConfig,
    OpticsConfig,
    PoseConfig,
    RailConfig,
    RigConfig,
    StackConfig,
    TravelConfig,
    VirtualConfig,
)
from hardware.bench.kinds import CAMERAS, RAILS
from hardware.cameras.automatics import AUTOMATICS
from hardware.errors import RigError
from hardware.optics import Optics

# In `state_dir`: the data tree, which is the folder that a command is run in.
DATA = "{data}"
STATE_DIR = "~/.local/state/holostack"
SCHEMA = Path(__file__).parents[2] / "config" / "schemas" / "rig.schema.json"


def read_rig(path: Path) -> RigConfig:
    """The rig that rig.yaml describes; its `state_dir` as an absolute path.

    Raises
    ------
    RigError : it cannot be read or is wrong, or the rig's memory lies where it was looked for
        before, in the folder that the command was run in
    """
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RigError(f"rig: cannot read {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RigError(f"rig: {path} is not YAML: {error}") from error
    _validate(written, path)
    return _typed(written, path)


def schema() -> dict[str, Any]:
    """The schema of rig.yaml, with the kinds of rails and cameras that there are."""
    whole = json.loads(SCHEMA.read_text(encoding="utf-8"))
    allow = whole["properties"]["camera"]["properties"]["allow"]
    allow["items"]["enum"] = [automatic.name for automatic in AUTOMATICS]
    for section, kinds in (("rail", RAILS), ("camera", CAMERAS)):
        whole["properties"][section]["properties"]["kind"]["enum"] = list(kinds)
        whole["properties"][section]["allOf"] = [
            {
                "if": {"properties": {"kind": {"const": name}}},
                "then": {"required": list(kind.needs)},
            }
            for name, kind in kinds.items()
        ]
    return whole


def _validate(written: object, path: Path) -> None:
    faults = sorted(jsonschema.Draft202012Validator(schema()).iter_errors(written), key=str)
    if faults:
        lines = [
            f"  {'.'.join(str(part) for part in fault.absolute_path) or 'file'}: {fault.message}"
            for fault in faults
        ]
        raise RigError(f"rig: {path} is wrong:\n" + "\n".join(lines))


def _typed(written: dict[str, Any], path: Path) -> RigConfig:
    rail, camera, lens = (dict(written[section]) for section in ("rail", "camera", "optics"))
    if "configuration" in rail:
        rail["configuration"] = Path(rail["configuration"])
    if "folder" in camera:
        camera["folder"] = Path(camera["folder"]).expanduser()
    if "allow" in camera:
        camera["allow"] = tuple(camera["allow"])
    if "pose" in rail:
        rail["pose"] = PoseConfig(**rail["pose"])
        if rail["pose"].axis == rail.get("axis", RailConfig.axis):
            raise RigError(
                f"rig: {path} is wrong:\n  rail.pose.axis: {rail['pose'].axis} is the rail itself; "
                "name the axis that turns the specimen"
            )
    settings = camera.pop("settings", {})
    step = {name: lens.pop(name) for name in ("overlap", "criterion") if name in lens}
    return RigConfig(
        path,
        written["name"],
        _state_dir(written.get("state_dir", STATE_DIR), written["name"], path),
        RailConfig(**rail),
        TravelConfig(**written["travel"]),
        CameraConfig(**camera, settings={name: str(value) for name, value in settings.items()}),
        OpticsConfig(Optics(**lens), **step),
        StackConfig(**written.get("stack", {})),
        VirtualConfig(**written["virtual"]) if "virtual" in written else None,
        {
            "name": written["name"],
            "moves": rail.get("moves", RailConfig.moves),
            "travel": written["travel"],
            "optics": written["optics"],
        },
        tuple(
            written.get("views", written["rail"].get("pose", {}).get("angles_deg", RigConfig.views))
        ),
        tuple(written.get("after", ())),
    )


def _state_dir(written: str, name: str, rig: Path) -> Path:
    """Where a rig remembers its place: beside its file, wherever it is used from."""
    if DATA in written:
        return Path(written.replace(DATA, str(Path.cwd())))
    folder = Path(written).expanduser()
    if folder.is_absolute():
        return folder
    beside = rig.resolve().parent / folder
    before = folder.resolve()
    if before != beside and (before / f"{name}.marks.json").exists() and not beside.exists():
        raise RigError(
            f"rig: state_dir {written} in {rig} is a folder beside that file, but the place and "
            f"the ends of {name} are remembered in {before}. Move that folder to {beside}, or "
            "write its path into state_dir; nothing was moved."
        )
    return beside
