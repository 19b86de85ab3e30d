"""What a rig's file says that a row of the sheet goes by: how focus moves where positions rise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from records.errors import RecordError
from records.layout import OWN_ENDINGS
from records.shapes import LENS, RAIL
from records.sheet.derivatives import left_out_by, made_always

if TYPE_CHECKING:
    from records.sheet.stacks import SheetRow


def rises(rig: Path) -> str | None:
    """How focus moves where positions of a rig rise, as its file says; None where it does not."""
    return _of_rail(rig).get("rises")


def moved_by(rig: Path) -> str | None:
    """How a rig moves focus: on a `rail`, or perhaps in the `lens`; None where its file is silent.

    A lens's motor does, and a person may.
    """
    kind = _of_rail(rig).get("kind")
    return (LENS if kind in ("focus_motor", "hand") else RAIL) if kind else None


@cache
def _of_rail(rig: Path) -> Mapping[str, str]:
    """What a rig's file says of its rail; nothing where there is no such file."""
    try:
        rail = yaml.safe_load(rig.read_text(encoding="utf-8"))["rail"]
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        return {}
    return rail if isinstance(rail, dict) else {}


def check_rigs(
    sheet: Path, stacks: Mapping[tuple[str, str], SheetRow], found_at: Callable[[str], Path]
) -> None:
    """Refuse rows whose derivatives need to know which way is up, where nothing says it.

    Parameters
    ----------
    found_at : where a rig's file lies, from the text of its cell

    Raises
    ------
    RecordError : every such row
    """
    faults = []
    for stack in stacks.values():
        if "rig" not in stack.cells or "direction" in stack.cells:
            continue
        named = {
            name: wanted["format"]
            for name, wanted in made_always(stack.config["derive"]).items()
            if wanted["format"] in OWN_ENDINGS
        }
        if not named or rises(rig := found_at(stack.cells["rig"])):
            continue
        faults += [
            f"{sheet}, row {stack.row}, column direction: is empty, and {rig} has no rail.rises, "
            f"but derive.{name} is of format {format}; fill in one of them, or {left_out_by(name)}"
            for name, format in named.items()
        ]
    if faults:
        raise RecordError("\n".join(faults))
