"""What a rig remembers between runs: where its rail was left, and what was set at the bench.

Controllers forget their count without power, and the limits of the travel are kept by that
count: a rail whose place is not known must not be moved until a person declares it.

`marks` has start_um and end_um of the stack, offset_um from the controller's count to the rig's
zero, counted_um of rails without a count of their own, left_um where the controller's count was
left (None while the rig is in use or was killed), and lost: why the place is not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from hardware.bench.axis import Axis
from hardware.errors import PositionLostError, RailError
from hardware.files import read_json, write_json


def state_path(config: dict[str, Any], what: str) -> Path:
    """File in which the rig remembers something between runs."""
    folder = Path(config.get("state_dir", "~/.local/state/holostack")).expanduser()
    return folder / f"{config['name']}.{what}"


def read_marks(config: dict[str, Any]) -> dict[str, Any]:
    """The marks of the rig; none of a new one."""
    path = state_path(config, "marks.json")
    return read_json(path) if path.exists() else {}


def keep_marks(config: dict[str, Any], marks: dict[str, Any]) -> None:
    """Remember the marks."""
    write_json(state_path(config, "marks.json"), marks)


@contextmanager
def loss_noted(config: dict[str, Any], marks: dict[str, Any]) -> Iterator[None]:
    """Remember that the position was lost until it is declared anew."""
    try:
        yield
    except PositionLostError as error:
        marks["lost"] = str(error)
        keep_marks(config, marks)
        raise


@contextmanager
def position_kept(config: dict[str, Any], axis: Axis, marks: dict[str, Any]) -> Iterator[None]:
    """Notice a controller that lost power since it was last used: its count is 0 again.

    The limits of the travel mean nothing then. A process that was killed leaves no count
    behind, and the next takes the controller's word, unless that is seen to have started anew.
    """
    left_um = marks.get("left_um", 0.0)
    if left_um is None:
        elsewhere, was = getattr(axis.rail, "started_anew", False), "in use"
    else:
        elsewhere = abs(left_um) > axis.tolerance_um
        was = f"left at {left_um + axis.offset_um:.1f} µm"
    if elsewhere and not marks.get("lost") and axis.rail.position_um() == 0:
        marks["lost"] = (
            f"rail: its count is 0, but it was {was}: it lost power or was reset, and the limits "
            "of its travel mean nothing. Find out where it stands (a ruler will do) and declare "
            "it: `python -m hardware here`."
        )
    axis.lost = marks.get("lost", "")
    marks["left_um"] = None
    keep_marks(config, marks)
    try:
        yield
    except RailError:
        marks["left_um"] = left_um
        raise
    else:
        with suppress(RailError):
            marks["left_um"] = axis.rail.position_um()
    finally:
        keep_marks(config, marks)
