"""What a crate says: which programs made a version, who ran them, with which settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from records.errors import RecordError
from records.layout import SETTINGS
from records.provenance.entities import plain, value_id
from records.shapes import fault

HOLOSTACK = "Holostack"
ENGINE = "https://snakemake.readthedocs.io/#engine"


def read_crate(path: Path) -> dict[str, Any]:
    """The provenance of a version; empty where there is none.

    Raises
    ------
    RecordError : it is damaged
    """
    if not path.exists():
        return {}
    try:
        crate = json.loads(path.read_bytes())
        wrong = fault("crate", crate)
    # Deep nesting ends in a RecursionError.
    except (ValueError, RecursionError) as error:
        wrong = f"no JSON ({error})"
    if wrong:
        raise RecordError(f"{path}: is no provenance of ours: {wrong}; verify the archive")
    return crate


def software_of(crate: Mapping) -> dict[str, str]:
    """Name → version of everything that the steps of a crate ran on, Holostack included."""
    found: dict[str, dict[str, None]] = {}
    for entity in crate.get("@graph", []):
        if entity["@id"].startswith("#software-"):
            name, version = entity.get("name", ""), entity.get("softwareVersion", "")
            found.setdefault(name, {})[version] = None
        elif "ComputationalWorkflow" in entity["@type"] and "version" in entity:
            found.setdefault(HOLOSTACK, {})[entity["version"]] = None
    return {name: " and ".join(versions) for name, versions in found.items()}


def engine_version_of(crate: Mapping) -> str:
    """The version of Snakemake that ran the steps of a crate, or ""."""
    engine = _by_id(crate).get(ENGINE, {})
    return str(engine.get("softwareVersion", ""))


def operator_of(crate: Mapping) -> dict[str, str]:
    """Name and address of who ran the steps of a crate; empty where it does not say."""
    entities = _by_id(crate)
    agent = entities.get("#workflow-run", {}).get("agent", {})
    named = agent.get("@id") if isinstance(agent, dict) else None
    person = entities.get(named, {}) if isinstance(named, str) else {}
    if "name" not in person:
        return {}
    address = person.get("identifier", "")
    address = address if isinstance(address, str) else ""
    return {"name": person["name"], **({"address": address} if address else {})}


def _by_id(crate: Mapping) -> dict[str, dict]:
    return {one["@id"]: one for one in crate.get("@graph", [])}


def contradictions(settings: Mapping[str, Mapping[str, object]], crate: Mapping) -> list[str]:
    """Settings of steps that are others than a crate says, such as a changed record would have."""
    values = {name: entity.get("value") for name, entity in _by_id(crate).items()}
    found = []
    for step, keys in settings.items():
        for name, value in keys.items():
            known = values.get(value_id(step, name))
            if known is not None and value is not None and known != plain(value):
                found.append(
                    f"{step}.{name} is {value} in {SETTINGS}, but {known} in the provenance"
                )
    return found
