"""Frames that stay on the memory card: all are released first, and collected afterwards.

A card says nothing of positions, only of order: there must be exactly as many frames as
releases, and they are taken in the order of their time. A release during which the session was
killed may or may not have exposed a frame; the number of files tells.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hardware.bench.axis import Axis
from hardware.capture import journal as journals
from hardware.capture.exposure import Exposures
from hardware.errors import CameraError, RigError
from hardware.frames import DeliveredFrame, inspect
from hardware.optics import Plan
from records.files import copy_new, sha256_file


@dataclass(frozen=True)
class CardFrame:
    """A frame on the card."""

    path: Path
    facts: DeliveredFrame


def release(exposures: Exposures, axis: Axis, plan: Plan, missing: dict[int, float]) -> None:
    """Release the missing frames (number → µm), in order; their files stay on the card."""
    stack, record = exposures.stack, exposures.record
    for frame, asked_um in missing.items():
        exposures.refuse_to_go_on()
        reported_um = axis.approach(asked_um, plan.direction())
        if record.get("releasing") == frame:
            record.setdefault("doubtful", []).append(frame)
        record["releasing"] = frame
        journals.keep(stack, record)
        exposures.release(frame)
        record["releasing"] = None
        released = {"frame": frame, "asked_um": asked_um, "reported_um": reported_um}
        record.setdefault("released", []).append(released)
        journals.keep(stack, record)
        exposures.progress(f"frame {frame} of {plan.frames} released at {reported_um:.1f} µm")


def collect(exposures: Exposures, card: Path | None) -> None:
    """Take the frames from the card; each to the release whose turn it is."""
    stack, record = exposures.stack, exposures.record
    released = record["released"]
    if card is None:
        raise RigError(
            f"camera: {len(released)} frames are released and on the card. Put the card into "
            "the computer and run the same command with --card and its folder."
        )
    frames = match(frames_on(card, exposures.wanted.file), released, record.get("doubtful", []))
    recorded = {entry["frame"] for entry in record["frames"]}
    for position in released:
        if position["frame"] in recorded:
            continue
        taken = frames[position["frame"]]
        copy = copy_new(taken.path, stack.incoming() / taken.path.name)
        facts = taken.facts
        if sha256_file(copy) != facts.sha256:
            raise CameraError(
                f"card: the copy of {taken.path.name} is not what was read on the card a moment "
                "before: card, reader or cable is bad. Try another reader; then run the same "
                "command again."
            )
        exposures.refuse_unfit(copy, facts)
        journals.add(stack, record, position, copy, facts)
    exposures.progress(f"{len(frames)} frames collected from {card}")


def frames_on(card: Path, kind: str) -> list[CardFrame]:
    """Every frame of `kind` on the card, in the order of time, then of name."""
    if not card.is_dir():
        raise RigError(f"card: {card} is no folder. Where is the card mounted?")
    frames = []
    for path in sorted(card.rglob("*")):
        if not path.is_file() or path.name.startswith("."):
            continue
        try:
            facts = inspect(path)
        except CameraError:
            continue  # Not a frame: a card holds other things as well.
        if facts.kind == kind:
            frames.append(CardFrame(path, facts))
    return sorted(
        frames, key=lambda frame: (str(frame.facts.exif.get("taken_at", "")), frame.path.name)
    )


def match(
    frames: list[CardFrame], released: list[dict[str, Any]], doubtful: list[int]
) -> dict[int, CardFrame]:
    """Frame number → file.

    Parameters
    ----------
    frames
        Frames on the card, in order.
    released
        Entries of the journal, in the order of release.
    doubtful
        Frames that were released twice if the first time went through.
    """
    numbers = [entry["frame"] for entry in released]
    surplus = len(frames) - len(numbers)
    if surplus not in (0, len(doubtful)):
        raise RigError(
            f"card: it holds {len(frames)} frames, but {len(numbers)} were released. Take off "
            "what does not belong to this stack (or a broken double), or shoot again with an "
            "empty card; which frame is missing cannot be known."
        )
    exposed = sorted([*numbers, *doubtful]) if surplus else sorted(numbers)
    # Of two frames with one number the second counts: its release is the one recorded.
    return dict(zip(exposed, frames, strict=True))
