"""The configuration of a data folder as a command without Snakemake finds it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from records.errors import RecordError

NAME = Path("config", "config.yaml")


def read_configuration(data: Path, workflow: Path) -> dict[str, Any]:
    """What holds in a data folder: the workflow's configuration, and over it the folder's own.

    Parameters
    ----------
    data : folder that the trees are in
    workflow : folder of the Snakefile

    Raises
    ------
    RecordError
        One of the two is no configuration.
    """
    found: dict[str, Any] = {}
    for path in (workflow / NAME, data / NAME):
        if path.is_file():
            found = _over(found, _read(path))
    return found


def _read(path: Path) -> Mapping[str, Any]:
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RecordError(f"{path}: is no configuration: {error}") from None
    if not isinstance(said, Mapping | None):
        raise RecordError(f"{path}: is no configuration; it must hold sections such as paths:")
    return said or {}


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **below,
        **{
            key: _over(below[key], value)
            if isinstance(below.get(key), Mapping) and isinstance(value, Mapping)
            else value
            for key, value in above.items()
        },
    }
