"""What no schema can say: settings and cells that are each allowed and contradict each other."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Any

from records.layout import IN_PROPORTION, OWN_ENDINGS
from records.sheet.derivatives import left_out_by, made_always, needless

ON = "on"
# Columns that need a ruler to be named.
OF_A_RULER = ("scale_division_mm", "scale_points", "scale_distance_mm", "scale_at")
# Either tells how large a px is.
SCALE_CELLS = {"pixel_size_um", "scale_frame"}


def of_config(config: Mapping[str, Any]) -> list[str]:
    """Contradictions within a configuration that its schema allows, by key."""
    return [fault for name in ("fuse",) for fault in of_section(name, config[name])]


def of_section(name: str, settings: Mapping[str, Any]) -> list[str]:
    """Contradictions within a section of the configuration, or the options of its step, by key."""
    if name != "fuse":
        return []
    faults = []
    slabs, overlap = settings["slab_frames"], settings["slab_overlap"]
    if slabs and overlap >= slabs:
        faults.append(
            f"fuse.slab_overlap is {overlap}, but must be fewer than fuse.slab_frames, {slabs}"
        )
    command = settings["command"]
    if settings["method"] == "external" and not all(
        word in command for word in ("{frames}", "{output}")
    ):
        faults.append(
            f"fuse.command is {command!r}, but must name {{frames}} and {{output}} for the method "
            "external"
        )
    if settings["method"] == "external":
        try:
            shlex.split(command)
        except ValueError as error:
            faults.append(f"fuse.command is {command!r}, but must be words as a shell has: {error}")
    return faults


def of_cells(cells: Mapping[str, object]) -> list[str]:
    """Contradictions between cells of a row, or between the ledger's options of their names."""
    faults = []
    if cells.get("order") == "listed" and not cells.get("positions"):
        faults.append("order: listed needs the list: name its file in the column positions")
    for empty, filled in (("exclude_reason", "exclude"), ("exclude", "exclude_reason")):
        if cells.get(filled) and not cells.get(empty):
            faults.append(f"{empty}: is empty, but must be filled where {filled} is")
    return faults


def is_own_frame(named: str) -> bool:
    """Whether the sheet's `scale_frame` names a file of the stack's folder; a path has a slash."""
    return "/" not in named and "\\" not in named


def of_ruler(cells: Mapping[str, object]) -> list[str]:
    """Contradictions between the cells that tell of a ruler."""
    if not cells.get("scale_frame"):
        return [
            f"{name}: is filled, but scale_frame is empty; name the picture of the ruler there"
            for name in OF_A_RULER
            if cells.get(name)
        ]
    faults = []
    if cells.get("pixel_size_um"):
        faults.append("pixel_size_um: is filled, and so is scale_frame, which measures it; "
                      "leave one empty")  # fmt: skip
    by_points, by_division = cells.get("scale_points"), cells.get("scale_division_mm")
    if bool(by_points) == bool(by_division):
        faults.append(
            f"scale_division_mm: {'and scale_points are both' if by_points else 'is not'} filled, "
            "but one of them must be: the ruler's finest division, or two points on it"
        )
    if bool(by_points) != bool(cells.get("scale_distance_mm")):
        faults.append("scale_distance_mm: and scale_points must be filled together")
    return faults


def of_stack(
    cells: Mapping[str, str], config: Mapping[str, Any], common: Mapping[str, Any]
) -> list[str]:
    """Contradictions within a row of the sheet, by column.

    Parameters
    ----------
    cells : the filled cells by column, overrides left out
    config : the configuration with the row's overrides, as the schema allows it
    common : the configuration without them, in which there is no contradiction
    """
    faults = []
    if config is not common:
        faults += [f"column {fault}" for fault in of_config(config)]
        faults += [f"column {fault}" for fault in needless(config["derive"], common["derive"])]
    faults += [f"column {fault}" for fault in of_cells(cells)]
    faults += [f"column {fault}" for fault in of_ruler(cells)]
    if not SCALE_CELLS & cells.keys():
        faults += [
            f"column pixel_size_um: is empty, but derive.{name}.scale_bar is on; give the size of "
            f"a pixel, or set derive.{name}.scale_bar to off"
            for name, wanted in config["derive"].items()
            if wanted and wanted.get("scale_bar") == ON
        ]
    return faults + _of_relief(cells, config["derive"])


def _of_relief(cells: Mapping[str, str], derivatives: Mapping[str, Any]) -> list[str]:
    """What a row lacks for its derivatives that are made of heights; a rig may tell it as well.

    Of those that are made when asked for, the step says it.
    """
    faults = []
    for name, wanted in derivatives.items():
        # None of most rows, of which there may be a hundred thousand.
        format = wanted["format"] if wanted else None
        if format not in OWN_ENDINGS or name not in made_always(derivatives):
            continue
        rest = f"is empty, but derive.{name} is of format {format}; fill it in, or "
        rest += left_out_by(name)
        if not {"step_um", "positions", "rig"} & cells.keys():
            faults.append(f"column step_um: {rest}")
        if not {"direction", "rig"} & cells.keys():
            faults.append(f"column direction: {rest}")
        if format in IN_PROPORTION and not SCALE_CELLS & cells.keys():
            faults.append(f"column pixel_size_um: {rest}")
    return faults
