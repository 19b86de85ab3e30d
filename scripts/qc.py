"""Quality checks after step 4: look for what is wrong though every step succeeded.

Reads the records and maps of a stack, changes no pixel, and writes what it found with figures,
thresholds and small pictures. docs/qc.md tells what each code means and what to do.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from imaging.checks import evidence, focus_curves, halo, movement, order, sensor_spots
from imaging.errors import ImagingError
from imaging.frames import tiff
from imaging.fusion.depth_map import least_confidence
from imaging.fusion.focus_cells import Cells, open_cells
from imaging.pictures.crop import common_area
from records.files import read_record, refuse_outputs, replacing, write_record
from records.ledger.capture_times import Taken, against_times
from records.ledger.table import Entry, used_frames
from records.log import warn
from records.provenance.made import own_folder
from records.reports import qc
from records.reports.qc import Finding
from records.sheet.acknowledged import OF_SEVERAL, parse_acknowledged
from step import run

# Crops of one finding; more places are in the record.
MOST_PICTURES = 3
STRIP_ROWS = 256
# Contrast midway between two frames below which steps are wide, and a jump of light must be so many
# times as large to be something that moved.
WIDE_STEPS, WIDE_TIMES = 0.9, 4.0
# What the ledger compares, and how it is called.
COMPARED = {
    "camera": "camera",
    "lens": "lens",
    "aperture_f": "aperture",
    "iso": "ISO",
    "exposure_s": "shutter",
    "white_balance": "white balance",
}


@dataclass(frozen=True)
class Stack:
    """What the checks look at.

    Attributes
    ----------
    frames : of `transforms.json`, those that were fused
    entries : of the ledger, the same frames
    energy, light : cells of each of them
    """

    shape: tuple[int, int]
    frames: Sequence[Mapping]
    entries: Sequence[Entry]
    matrices: NDArray[np.float64]
    energy: Cells
    light: Cells
    maps: Path

    @property
    def numbers(self) -> list[int]:
        """Of the frames, as in the ledger."""
        return [frame["frame"] for frame in self.frames]


def main(argv: list[str]) -> None:
    """Check one stack."""
    options = arguments().parse_args(argv)
    refuse_outputs(options, "pictures", "out")
    acknowledged = parse_acknowledged(options.acknowledge)
    aligned = read_record(options.transforms, "transforms")
    stack = read_stack(options, aligned)
    findings = [
        *passed_on(aligned),
        *single_frame(stack),
        *facts_unknown(stack),
        *out_of_time(stack),
        *crop_small(stack, options),
    ]
    if len(stack.frames) > 1:
        energy = np.stack(list(stack.energy))
        disordered = order_doubtful(energy, stack, options)
        findings += disordered
        # Between frames in another order, sharpness and light jump without a step or a movement.
        if not disordered:
            findings += [
                *steps_too_large(energy, options),
                *ends_not_reached(energy, stack, options),
                *moved(energy, stack, options),
            ]
        findings += [
            *low_confidence(energy, stack, options),
            *halos(stack, options),
            *dust_left(stack, options),
        ]
        not_judged = unjudged(energy, stack, bool(disordered), options)
    else:
        not_judged = dict.fromkeys(OF_SEVERAL, "the stack has one frame")
    pictures = write_pictures(findings, stack, aligned["reference"], options)
    record = {
        "frames": len(stack.frames),
        "thresholds": {name: getattr(options, name) for name in THRESHOLDS},
        "not_judged": not_judged,
        "findings": qc.as_record(findings, acknowledged, pictures),
    }
    write_record(options.out, "qc", record)
    shown = qc.to_show(record)
    if shown:
        warn(f"{qc.in_a_line(shown)}")


def read_stack(options: argparse.Namespace, aligned: Mapping) -> Stack:
    """Open what was made of a stack."""
    frames = [row for row in aligned["frames"] if row["status"] == "used"]
    entries = {entry.frame: entry for entry in used_frames(options.ledger)}
    shape = (aligned["height_px"], aligned["width_px"])
    maps = options.fuse.parent
    energy, light = open_cells(maps / "energy.tif", maps / "light.tif", shape, len(frames))
    return Stack(
        shape,
        frames,
        [entries[frame["frame"]] for frame in frames],
        np.array([frame["matrix"] for frame in frames]),
        energy,
        light,
        maps,
    )


def passed_on(aligned: Mapping) -> list[Finding]:
    """What alignment warned of."""
    return [
        Finding(one["code"], one["message"], tuple(one.get("frames", ())), one.get("evidence", {}))
        for one in aligned.get("warnings", [])
    ]


def single_frame(stack: Stack) -> list[Finding]:
    """A stack of one frame."""
    if len(stack.frames) > 1:
        return []
    return [Finding("single-frame", "the stack has one frame", tuple(stack.numbers))]


def facts_unknown(stack: Stack) -> list[Finding]:
    """Settings that could not be compared because no frame tells them."""
    unknown = [
        word
        for name, word in COMPARED.items()
        if all(getattr(entry, name) is None for entry in stack.entries)
    ]
    if not unknown or len(stack.frames) == 1:
        return []
    message = f"no frame tells its {', '.join(unknown)}; they were not compared"
    return [Finding("facts-unknown", message, evidence={"unknown": unknown})]


def out_of_time(stack: Stack) -> list[Finding]:
    """Frames that were taken in another order."""
    found = against_times([Taken(one.frame or 0, one.file, one.taken_at) for one in stack.entries])
    if found is None or found.kind == "clock_set":
        return []
    return [Finding("order-doubtful", found.message, found.frames, {"times": found.kind})]


def crop_small(stack: Stack, options: argparse.Namespace) -> list[Finding]:
    """A common area much smaller than a frame, and the frame that cuts off most of it."""
    try:
        width, height = common_area(stack.matrices, stack.shape)[2:]
    except ImagingError:
        width = height = 0
    share = width * height / (stack.shape[0] * stack.shape[1])
    if share >= options.crop_share:
        return []
    motions = [frame["largest_motion_px"] for frame in stack.frames]
    farthest = stack.frames[int(np.argmax(motions))]
    return [
        Finding(
            "crop-small",
            f"all frames have {share:.0%} of a frame in common; frame {farthest['frame']} moved "
            f"farthest, by {farthest['largest_motion_px']:.0f} px",
            (farthest["frame"],),
            {"common_share": round(share, 4)},
        )
    ]


def unjudged(
    energy: NDArray[np.float32], stack: Stack, disordered: bool, options: argparse.Namespace
) -> dict[str, str]:
    """Which checks could tell nothing of a stack, and why."""
    found = {}
    if disordered:
        words = "the order of the frames is doubtful"
        found = dict.fromkeys(("steps-too-large", "end-not-reached", "moved"), words)
    few = "too few places have detail that stands out"
    if focus_curves.midway_contrast(energy) is None:
        found.setdefault("steps-too-large", f"{few} between the first and the last frame")
    if focus_curves.ends(energy) is None:
        found.setdefault("end-not-reached", few)
    if len(stack.frames) < movement.LEAST_FRAMES:
        found.setdefault("moved", f"fewer than {movement.LEAST_FRAMES} frames")
    changes = np.ptp(order.magnifications(stack.matrices)) > options.magnification_change
    if not changes and not order.can_tell(energy):
        found["order-doubtful"] = "neither magnification nor sharpness changes enough to tell"
    if not sensor_spots.can_tell(stack.matrices, stack.shape, stack.light.size_px):
        found["dust-left"] = "the frames are too few, or move too little, to tell dust from subject"
    return found


def steps_too_large(energy: NDArray[np.float32], options: argparse.Namespace) -> list[Finding]:
    """Bands between two frames that are sharp in neither."""
    contrast = focus_curves.midway_contrast(energy)
    if contrast is None or contrast >= options.midway_contrast:
        return []
    return [
        Finding(
            "steps-too-large",
            f"fine detail midway between two frames keeps {contrast:.0%} of its contrast; take "
            "smaller steps",
            evidence={"midway_contrast": round(contrast, 3)},
        )
    ]


def ends_not_reached(
    energy: NDArray[np.float32], stack: Stack, options: argparse.Namespace
) -> list[Finding]:
    """Most of the picture sharpest in the first or the last frame, and still getting sharper."""
    found = []
    for end, number, name in zip(
        focus_curves.ends(energy) or (), (stack.numbers[0], stack.numbers[-1]), ("first", "last")
    ):
        if end.share > options.end_share and end.rise > 1.0:
            found.append(
                Finding(
                    "end-not-reached",
                    f"{end.share:.0%} of the detail is sharpest in the {name} frame ({number})",
                    (number,),
                    {"share": round(end.share, 3), "rise": round(end.rise, 3)},
                    tuple(
                        evidence.places_of(
                            end.cells, stack.energy.size_px, stack.shape, MOST_PICTURES
                        )
                    ),
                )
            )
    return found


def order_doubtful(
    energy: NDArray[np.float32], stack: Stack, options: argparse.Namespace
) -> list[Finding]:
    """Frames that lie elsewhere by their magnification, or by what is sharp in them."""
    numbers = stack.numbers
    scales = order.magnifications(stack.matrices)
    if len(scales) > 2 and np.ptp(scales) > options.magnification_change:
        one_way = order.one_way(scales)
        if one_way >= options.one_way_share:
            return []
        astray = [numbers[k] for k in order.against_the_trend(scales)]
        by_scale = [numbers[k] for k in np.argsort(scales, kind="stable")]
        return [
            Finding(
                "order-doubtful",
                f"magnification goes to and fro by {np.ptp(scales):.1%}; by it the order is "
                f"{_listed(by_scale if by_scale[0] <= by_scale[-1] else by_scale[::-1])}",
                tuple(astray),
                {"one_way_share": round(one_way, 3), "order": by_scale},
            )
        ]
    share, path = order.shorter_path(energy)
    if share >= options.path_share or order.is_turned(path):
        return []
    wanted = [numbers[k] for k in path]
    return [
        Finding(
            "order-doubtful",
            f"by what is sharp in the frames their order is {_listed(wanted)}",
            tuple(number for number, given in zip(wanted, numbers) if number != given),
            {"path_share": round(share, 3), "order": wanted},
        )
    ]


def _listed(numbers: Sequence[int]) -> str:
    shown = numbers if len(numbers) <= 12 else [*numbers[:12], "…"]
    return " ".join(map(str, shown))


def low_confidence(
    energy: NDArray[np.float32], stack: Stack, options: argparse.Namespace
) -> list[Finding]:
    """Detail whose depth is not known all the same."""
    detail = focus_curves.textured(energy)
    least = np.ceil(least_confidence(len(stack.frames)) * 65535)
    unknown = 1.0 - _cell_means(
        stack.maps / "confidence.tif", stack.energy.size_px, lambda rows: rows >= least
    )
    share = float(unknown[detail].mean()) if detail.any() else 1.0
    if share <= options.unknown_share:
        return []
    return [
        Finding(
            "low-confidence",
            f"of {share:.0%} of the detail the depth is not known"
            if detail.any()
            else "no place has detail that stands out",
            evidence={"unknown_share": round(share, 3)},
        )
    ]


def moved(energy: NDArray[np.float32], stack: Stack, options: argparse.Namespace) -> list[Finding]:
    """Places whose light jumps between two frames."""
    found = []
    contrast = focus_curves.midway_contrast(energy)
    # With wide steps, places jump in and out of focus.
    wide = contrast is None or contrast < WIDE_STEPS
    step = options.moved_step * (WIDE_TIMES if wide else 1.0)
    jumps = movement.jumps(stack.light, step, options.moved_cells)
    for before in dict.fromkeys(jump.before for jump in jumps):
        own = [jump for jump in jumps if jump.before == before]
        pair = (stack.numbers[before], stack.numbers[before + 1])
        places = [evidence.in_px(jump.place, stack.light.size_px, stack.shape) for jump in own]
        x, y, width, height = places[0]
        found.append(
            Finding(
                "moved",
                f"between frames {pair[0]} and {pair[1]} something changed at "
                f"x {x + width // 2}, y {y + height // 2} px"
                + (f" and {len(own) - 1} more places" if len(own) > 1 else ""),
                pair,
                {
                    "cells": sum(jump.cells for jump in own),
                    "step": round(max(jump.step for jump in own), 3),
                },
                tuple(places),
            )
        )
    return found


def halos(stack: Stack, options: argparse.Namespace) -> list[Finding]:
    """Light round highlights that the frame in focus has not."""
    size = stack.light.size_px
    white = 65535.0
    weights = np.array([0.25, 0.5, 0.25], np.float32) / np.float32(white)
    fused = _cell_means(stack.maps / "fused.tif", size, lambda rows: rows @ weights)
    place = np.zeros(max(stack.numbers) + 1, np.int64)
    place[stack.numbers] = np.arange(len(stack.numbers))
    source = place[_cell_samples(stack.maps / "source.tif", size)]
    least = np.ceil(least_confidence(len(stack.frames)) * white)
    sure = _cell_samples(stack.maps / "confidence.tif", size) >= least
    cells = halo.halo_cells(fused, stack.light, source, sure, options.halo_excess)
    largest = evidence.groups(cells)
    if not largest or largest[0][1] < options.halo_cells:
        return []
    places = evidence.places_of(cells, size, stack.shape, MOST_PICTURES)
    return [
        Finding(
            "halo",
            f"light round highlights that the frame in focus has not, largest at "
            f"x {places[0][0]}, y {places[0][1]} px",
            evidence={"cells": int(cells.sum())},
            places=tuple(places),
        )
    ]


def dust_left(stack: Stack, options: argparse.Namespace) -> list[Finding]:
    """Dark spots that stay on the sensor."""
    specks = sensor_spots.dark_spots(
        stack.light, stack.matrices, stack.light.size_px, options.dust_loss
    )
    if not specks:
        return []
    places = [speck.place_px for speck in specks]
    return [
        Finding(
            "dust-left",
            f"{len(specks)} dark spot{'s' * (len(specks) > 1)} of the sensor, of which "
            f"{max(speck.loss for speck in specks):.0%} of the light is missing",
            evidence={"spots": [{"x_px": p[0], "y_px": p[1]} for p in places]},
            places=tuple(places),
        )
    ]


def _cell_means(path: Path, size: int, of: Callable[[NDArray], NDArray]) -> NDArray[np.float32]:
    """Mean over cells of what `of` makes of a picture's rows, read strip by strip."""
    step = max(STRIP_ROWS // size, 1) * size
    means = []
    with tiff.open_rows(path) as picture:
        for y in range(0, picture.shape[0], step):
            rows = of(picture.read(y, min(y + step, picture.shape[0]))).astype(np.float32)
            starts = [np.arange(0, side, size) for side in rows.shape]
            sums = np.add.reduceat(np.add.reduceat(rows, starts[0], 0), starts[1], 1)
            counts = [np.diff([*first, side]) for first, side in zip(starts, rows.shape)]
            means.append(sums / np.outer(*counts).astype(np.float32))
    return np.concatenate(means)


def _cell_samples(path: Path, size: int) -> NDArray:
    """One px of each cell, near its middle."""
    with tiff.open_rows(path) as picture:
        rows, columns = picture.shape[:2]
        ys = [min(y + size // 2, rows - 1) for y in range(0, rows, size)]
        xs = np.minimum(np.arange(0, columns, size) + size // 2, columns - 1)
        return np.concatenate([picture.read(y, y + 1)[:, xs] for y in ys])


def write_pictures(
    findings: Sequence[Finding], stack: Stack, reference: int, options: argparse.Namespace
) -> dict[int, list[str]]:
    """Write crops of the places found; gives their names by position of the finding."""
    names = {
        position: [
            f"{position + 1:02d}_{one.code}_{number}.jpg"
            for number in range(1, min(len(one.places), MOST_PICTURES) + 1)
        ]
        for position, one in enumerate(findings)
    }
    own_folder(options.pictures, [name for group in names.values() for name in group])
    orientation = next((one.orientation for one in stack.entries if one.frame == reference), None)
    with tiff.open_rows(stack.maps / "fused.tif") as fused:
        for position, group in names.items():
            for name, place in zip(group, findings[position].places):
                with replacing(options.pictures / name) as partial:
                    evidence.write_crop(fused, place, orientation or 1, partial)
    return names


# Options that decide, with their defaults and meaning; all stand in qc.json.
THRESHOLDS = {
    "midway_contrast": (0.7, "contrast midway between two frames, as a share, that is enough"),
    "end_share": (0.4, "share of the detail that may be sharpest in the first or last frame"),
    "magnification_change": (0.005, "change of magnification from which on it tells the order"),
    "one_way_share": (0.8, "share of all changes of magnification that lead one way"),
    "path_share": (0.85, "length of the best order as a share of the given one's"),
    "unknown_share": (0.95, "share of the detail whose depth may be unknown"),
    "moved_step": (0.05, "jump of light between two frames, of white, that is something moving"),
    "moved_cells": (8, "cells (8 x 8 px; 4 x 4 below 2048 px) that jump together"),
    "halo_excess": (0.1, "light round highlights, of white, beyond the frame in focus"),
    "halo_cells": (8, "cells with such light that touch"),
    "dust_loss": (0.1, "share of the light that a dark spot of the sensor takes"),
    "crop_share": (0.6, "share of a frame that all frames have in common"),
}


def arguments() -> argparse.ArgumentParser:
    """The command line of this step."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transforms", type=Path, required=True, help="transforms.json")
    parser.add_argument(
        "--fuse", type=Path, required=True, help="fuse.json, beside fused image, maps and cells"
    )
    parser.add_argument("--ledger", type=Path, required=True, help="frames.csv")
    for name, (default, meaning) in THRESHOLDS.items():
        parser.add_argument(
            f"--{name.replace('_', '-')}", type=type(default), default=default, help=meaning
        )
    parser.add_argument(
        "--acknowledge",
        default="",
        metavar="CODE: REASON; …",
        help="codes that a person has looked at, with the reason; they no longer warn",
    )
    parser.add_argument("--pictures", type=Path, required=True, help="folder of crops to write")
    parser.add_argument("--out", type=Path, required=True, help="qc.json to write")
    return parser


if __name__ == "__main__":
    run(main)
