"""The configuration of a data folder: as a command without Snakemake finds it, and checked."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from records.errors import RecordError
from records.sheet.consistency import of_config
from records.sheet.derivatives import needless
from records.sheet.overrides import yaml_value
from records.sheet.schema import explain, validator_of
from records.sheet.settings import read_schema

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
    config: dict[str, Any] = {}
    for path in (workflow / NAME, data / NAME):
        if path.is_file():
            config = _over(config, _read(path))
    return config


def parsed(text: str) -> object:
    """What a text of YAML says: by libyaml, in a tenth of the time, where PyYAML has it.

    Raises
    ------
    yaml.YAMLError
        Of PyYAML's own parser, which shows the line that is wrong.
    """
    try:
        return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        return yaml.safe_load(text)


def check_config(config: Mapping[str, Any]) -> None:
    """Check a configuration against its schema.

    Raises
    ------
    RecordError : every fault, with key, value and what is allowed
    """
    faults = validator_of("config").iter_errors(config)
    faults = sorted(faults, key=lambda fault: list(map(str, fault.path)))
    shipped = read_schema("config")["properties"]["derive"]["default"]
    reasons = [explain(fault) for fault in faults] or [
        *of_config(config),
        *needless(config["derive"], shipped),
    ]
    if reasons:
        raise RecordError("\n".join(f"config: {reason}" for reason in reasons))


def read_as_yaml(config: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Have numbers, truths and nothing be these where `--config 'disk={budget_gb: 5}'` says them.

    Snakemake hands on what stands inside of braces as texts. Those that the schema takes stay.

    Parameters
    ----------
    config : all that holds; is changed
    given : what the command says of it
    """
    for fault in list(validator_of("config").iter_errors(config)):
        *parents, key = [*fault.absolute_path] or [None]
        place: Any = config
        said: Any = given
        for parent in parents:
            place, said = place[parent], said.get(parent) if isinstance(said, Mapping) else None
        if isinstance(said, Mapping) and isinstance(said.get(key), str) and said[key] == place[key]:
            place[key] = yaml_value(said[key])


def of_module(shipped: Mapping[str, Any], config: Mapping[str, Any]) -> dict[str, Any]:
    """What holds where another workflow uses this one: its config over the one that ships.

    Parameters
    ----------
    config : of the other workflow; its own sections are left to it
    """
    return _over(shipped, {key: config[key] for key in shipped if key in config})


def _read(path: Path) -> Mapping[str, Any]:
    try:
        content = parsed(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise RecordError(f"{path}: is no configuration: {error}") from None
    if not isinstance(content, Mapping | None):
        raise RecordError(f"{path}: is no configuration; it must hold sections such as paths:")
    return content or {}


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
