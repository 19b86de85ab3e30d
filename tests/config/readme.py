"""Writes config/README.md from the schemas, by the command in its introduction."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from records.sheet.settings import allowed

CONFIG = Path(__file__).parents[2] / "config"
PAGE = CONFIG / "README.md"
INTRODUCTION = """\
# Configuration

Every key of `config.yaml`, every column of the sheet, every key of `rig.yaml`: what it means, what
it may be, what it is where nobody sets it. Written by `tests/config/readme.py` from the files in
`schemas/`, where such a fact is changed, and then
```
PYTHONPATH=scripts python3 envs/run.py python -m tests.config.readme
```
Holostack checks all three before any work, and names key, value and what is allowed.
"""
OF_CONFIG = """\
What the data's own `config/config.yaml` says goes before this one's. A column `section.key` of the
sheet, such as `fuse.power`, sets a key for one stack. What holds for a whole run (¹) has no such
column.
"""
OF_SHEET = """\
CSV, one row for each stack; separated by commas, semicolons or tabs. `view` must be filled, and
`specimen` or `catalog_number`; all else may be empty or left out. A row has a `source` or a `rig`,
not both; with a `rig`, order and positions come from the capture. Decimals have a point. Where the
separator is no comma, `1.000` may be a thousand: it is refused unless another number of its column,
such as `2.5`, shows what the point is.
"""
OF_RIG = """\
The file that a row's column `rig` names. Keys of `rail` and `camera` that name a kind are for that
kind.
"""
Keys = Iterator[tuple[str, Mapping[str, Any], bool]]


def page() -> str:
    """The whole page."""
    config, sheet, rig = map(_schema, ("config", "specimens", "rig"))
    parts = [INTRODUCTION, "## `config.yaml`", OF_CONFIG]
    parts += _sections(config)
    parts += ["## The sheet: `specimens.csv`", OF_SHEET]
    parts.append(_table("column", ((name, of, False) for name, of in sheet["properties"].items())))
    parts += ["## The rig: `rig.yaml`", OF_RIG]
    parts += _sections(rig)
    return "\n".join(parts)


def keys(schema: Mapping[str, Any], above: str = "", of_run: bool = False) -> Keys:
    """Every key below a section, what the schema says of it, and whether a run has one value."""
    for name, of in _properties(schema).items():
        whole_run = of_run or of.get("x-of-the-run", False)
        if inner := _properties(of):
            yield from keys({"properties": inner}, f"{above}{name}.", whole_run)
        else:
            yield f"{above}{name}", of, whole_run


def _schema(name: str) -> dict[str, Any]:
    return json.loads((CONFIG / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8"))


def _properties(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    named = schema.get("additionalProperties")
    return schema.get("properties") or ({"NAME": named} if isinstance(named, Mapping) else {})


def _sections(schema: Mapping[str, Any]) -> Iterator[str]:
    top = schema["properties"]
    yield _table("key", ((name, of, True) for name, of in top.items() if not _properties(of)))
    for name, of in top.items():
        if _properties(of):
            yield f"### `{name}`"
            yield f"{of['description'][0].upper()}{of['description'][1:]}.\n"
            yield _table("key", keys(of, f"{name}.", of.get("x-of-the-run", False)))


def _table(first: str, rows: Keys) -> str:
    lines = [f"| {first} | what it means | must be | default | unit |", "|---|---|---|---|---|"]
    for name, of, whole_run in rows:
        default = f"`{json.dumps(of['default'], ensure_ascii=False)}`" if "default" in of else ""
        mark = " ¹" if whole_run and first == "key" and "default" in of else ""
        cells = (f"`{name}`{mark}", of["description"], allowed(of), default, of.get("x-unit", ""))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
