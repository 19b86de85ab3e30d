"""What rig.yaml says: checked against its schema, and what follows from its optics."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from hardware.errors import RigError
from hardware.optics import Optics, depth_of_field_um, step_um

# In `state_dir`: the data tree, which is the folder that a command is run in.
DATA = "{data}"
SCHEMA = Path(__file__).parents[2] / "config" / "schemas" / "rig.schema.json"


def read_rig(path: Path) -> dict[str, Any]:
    """Content of rig.yaml, checked against its schema; its `state_dir` as an absolute path.

    Raises
    ------
    RigError : it cannot be read or is wrong, or the rig's memory lies where it was looked for
        before, in the folder that the command was run in
    """
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RigError(f"rig: cannot read {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RigError(f"rig: {path} is not YAML: {error}") from error
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    found = sorted(jsonschema.Draft202012Validator(schema).iter_errors(config), key=str)
    if found:
        lines = [
            f"  {'.'.join(str(part) for part in error.absolute_path) or 'file'}: {error.message}"
            for error in found
        ]
        raise RigError(f"rig: {path} is wrong:\n" + "\n".join(lines))
    if "state_dir" in config:
        config["state_dir"] = str(_state_dir(config["state_dir"], config["name"], path))
    return config


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


def optics_of(config: dict[str, Any]) -> tuple[Optics, float, str]:
    """Optics, overlap and criterion that rig.yaml names."""
    values = dict(config["optics"])
    overlap = values.pop("overlap", 0.3)
    criterion = values.pop("criterion", "smaller")
    return Optics(**values), overlap, criterion


def planned_step_um(config: dict[str, Any]) -> float:
    """The step that rig.yaml gives, or that follows from its optics."""
    given = config.get("stack", {}).get("step_um")
    if given:
        return float(given)
    optics, overlap, criterion = optics_of(config)
    return round(step_um(depth_of_field_um(optics, criterion), overlap), 1)
