"""A focus sweep: where in the rail's travel the picture is sharp, found by looking on the way.

A coarse run through the travel, then a finer one round both ends. Sharpness is followed by tile, as
the mean of a picture hides a bristle's tip: where the detail of any tile has a peak, something is
in focus, and the stack has to reach from the lowest of these to the highest. Nothing is set by it.

Detail against focus falls off from its peak on both sides [1]_; what rises and falls less is noise.

.. [1] S. K. Nayar and Y. Nakagawa, "Shape from focus", IEEE Trans. Pattern Analysis and Machine
   Intelligence 16 (1994), 824-831.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from hardware import optics
from hardware.bench import moving
from hardware.bench.abilities import of_camera
from hardware.bench.config import CameraConfig
from hardware.bench.judging import scale_of
from hardware.bench.rig import Rig
from hardware.bench.sharpness import Detail, detail
from hardware.cameras.camera import LIVE, Camera, Previews
from hardware.errors import CameraError, RigError
from hardware.rails.hand import Hand
from imaging.checks.focus_curves import LEAST_RISE
from imaging.errors import ImagingError
from imaging.frames import channels

# Steps of the two runs, in depths of field.
COARSE, FINE = 1.0, 0.5
MOST_POSITIONS = 150
# Longer steps than this may pass over what is sharp.
LONG = 2.0
# Beyond the outermost peak, so that its sharpness is seen to fall off; in depths of field.
MARGIN = 0.7
# A peak counts from this part of its tile's highest on (the rims of a glint's blur have less), and
# from so many standard errors of noise.
LEAST_PEAK = 0.25
SURE = 6.0
# What pictures out of focus still hold, of noise and of their JPEG: that of nearly all tiles where
# they are blurrest. A peak is so many times higher.
BLURREST, NEARLY_ALL = 0.25, 0.9
RISE = 4 * LEAST_RISE
# So few tiles, so many depths of field from all others, are the rim of a glint's blur, or chance.
FEW_TILES = 3
ALONE = 2.0
# The first picture after a move may have been under way before it.
LOOKS = 2
MOST_BAR = 48


@dataclass(frozen=True)
class Sweep:
    """A sweep, under way or done.

    Attributes
    ----------
    positions_um, sharpness : in order of position; see `Detail.number`, %
    start_um, end_um : proposed once it is done, None before and where nothing is sharp
    done : whether it ran to its end
    told : sentences on what a person should know of the result
    """

    positions_um: tuple[float, ...] = ()
    sharpness: tuple[float, ...] = ()
    start_um: float | None = None
    end_um: float | None = None
    done: bool = False
    told: tuple[str, ...] = ()

    def as_facts(self) -> dict[str, Any]:
        """Plain values, for a page or as JSON."""
        return {
            "positions_um": list(self.positions_um),
            "sharpness": [round(number, 3) for number in self.sharpness],
            "start_um": self.start_um,
            "end_um": self.end_um,
            "done": self.done,
            "told": list(self.told),
        }


class Peaks(NamedTuple):
    """The lowest and the highest position with a tile in focus; those of too few tiles, alone."""

    low_um: float
    high_um: float
    aside_um: tuple[float, ...] = ()


class Seen:
    """What was seen on the way, by position."""

    def __init__(self) -> None:
        self._by_um: dict[float, Detail] = {}

    def add(self, position_um: float, measured: Detail) -> None:
        """Keep what was measured at a position."""
        self._by_um[position_um] = measured

    def curve(self) -> Sweep:
        """The sweep so far."""
        positions = sorted(self._by_um)
        return Sweep(tuple(positions), tuple(self._by_um[um].number() for um in positions))

    def peaks(self, dof_um: float) -> Peaks | None:
        """Where tiles are in focus; None where none is."""
        positions = np.array(sorted(self._by_um))
        clean = np.stack([self._by_um[um].clean for um in positions])
        error = np.stack([self._by_um[um].error for um in positions])
        tiles = _in_focus(positions, clean, error, dof_um).sum(axis=(1, 2))
        found = np.flatnonzero(tiles)
        # Nowhere in between is anything in focus, and the next position was looked at.
        apart = (np.diff(positions[found]) > ALONE * dof_um) & (np.diff(found) > 1)
        groups = np.split(found, np.flatnonzero(apart) + 1)
        kept = [group for group in groups if tiles[group].sum() >= FEW_TILES]
        aside = [group for group in groups if 0 < tiles[group].sum() < FEW_TILES]
        if not kept:
            return None
        return Peaks(
            float(positions[kept[0][0]]),
            float(positions[kept[-1][-1]]),
            tuple(float(positions[k]) for group in aside for k in group),
        )

    def sharpest_um(self) -> float:
        """The position at which the picture as a whole is sharpest."""
        return max(self._by_um, key=lambda um: self._by_um[um].number())

    def is_sharp_within(self, position_um: float, reach_um: float, dof_um: float) -> bool:
        """Whether an outermost peak is so near to a position."""
        peaks = self.peaks(dof_um)
        return peaks is not None and any(
            abs(um - position_um) <= reach_um for um in (peaks.low_um, peaks.high_um)
        )


def _in_focus(
    positions: NDArray[np.float64],
    clean: NDArray[np.float32],
    error: NDArray[np.float32],
    dof_um: float,
) -> NDArray[np.bool_]:
    """(n, h, w): where each tile's detail has a peak that is none of noise."""
    floor = float(np.quantile(np.quantile(clean, BLURREST, axis=0), NEARLY_ALL))
    least = np.maximum(LEAST_PEAK * clean.max(axis=0), RISE * max(floor, 0.0))
    is_high = (clean > least) & (clean > SURE * error)
    for k, position in enumerate(positions):
        near = np.abs(positions - position) <= dof_um
        near[max(0, k - 1) : k + 2] = True
        is_high[k] &= clean[k] >= clean[near].max(axis=0)
    return is_high


def _show_nobody(position_um: float, jpeg: bytes) -> None:
    """Where nobody looks on."""


def sweep(
    rig: Rig,
    from_um: float | None = None,
    to_um: float | None = None,
    step_um: float | None = None,
    shown: Callable[[float, bytes], None] = _show_nobody,
) -> Iterator[Sweep]:
    """Look for the range that is sharp somewhere; the sweep so far after each position.

    It may be stopped after any. The rail goes back to where it stood when it is done.

    Parameters
    ----------
    from_um, to_um : the part of the travel that is looked through; all of it where not given
    step_um : of the coarse run; a depth of field where not given, or more through a long travel
    shown : gets each position and its live picture, empty where the camera has none

    Raises
    ------
    RigError : the rail cannot move by itself, the camera shows nothing, or the part is none
    """
    axis, config = rig.axis, rig.config
    if isinstance(axis.rail, Hand):
        raise RigError("sweep: a rail that is moved by hand cannot look through its travel")
    low_um = config.travel.lowest_um + axis.travel.backlash_um if from_um is None else from_um
    high_um = config.travel.highest_um if to_um is None else to_um
    dof_um = optics.depth_of_field_um(config.optics.lens, config.optics.criterion)
    coarse_um = step_um or max(COARSE * dof_um, (high_um - low_um) / MOST_POSITIONS)
    if not low_um < high_um or coarse_um <= 0:
        raise RigError(
            f"sweep: from {low_um:.1f} to {high_um:.1f} µm in steps of {coarse_um:.1f} µm is no "
            "way. Give --from-um below --to-um."
        )
    axis.refuse_stack([low_um, high_um])
    before_um = axis.position_um()
    camera = rig.camera()
    camera.apply(config.camera.settings)
    look, seen = _looks(camera, config.camera), Seen()

    def look_at(position_um: float) -> Sweep:
        reported_um = axis.approach(position_um, 1)
        measured, jpeg = look()
        shown(reported_um, jpeg)
        seen.add(reported_um, measured)
        return seen.curve()

    for position_um in _between(low_um, high_um, coarse_um):
        yield look_at(position_um)
    if coarse_um > LONG * dof_um:
        # Peaks may lie between two steps: round the sharpest of them it is looked closer.
        best_um = seen.sharpest_um()
        for limit_um, way in ((low_um, -1), (high_um, 1)):
            edge_um, is_sharp = best_um, True
            while is_sharp and edge_um != limit_um:
                next_um = way * min(way * limit_um, way * edge_um + coarse_um)
                part_um = min(edge_um, next_um), max(edge_um, next_um)
                for position_um in _between(*part_um, dof_um):
                    yield look_at(position_um)
                edge_um = next_um
                is_sharp = seen.is_sharp_within(edge_um, coarse_um, dof_um)
    peaks = seen.peaks(dof_um)
    if peaks is not None:
        taken = set(seen.curve().positions_um)
        for position_um in _round(peaks[:2], coarse_um, FINE * dof_um, (low_um, high_um)):
            # Where the rail stood within half a step, it need not stand again.
            if min(abs(position_um - um) for um in taken) > 0.5 * FINE * dof_um:
                yield look_at(position_um)
        peaks = seen.peaks(dof_um)
    axis.go(before_um)
    yield _proposed(seen.curve(), peaks, rig, (low_um, high_um), (dof_um, coarse_um))


def accept(rig: Rig, found: Sweep) -> list[str]:
    """Make the proposed range the stack's, as a person confirms it.

    Raises
    ------
    RigError : there is none
    """
    if not found.done or found.start_um is None or found.end_um is None:
        raise RigError("sweep: there is no range to take; run a sweep to its end first")
    return [moving.mark(rig, "start", found.start_um), moving.mark(rig, "end", found.end_um)]


def told(rig: Rig, found: Iterator[Sweep], take_it: bool = False) -> Iterator[str]:
    """Lines about a sweep as it goes, and what comes of it."""
    done = Sweep()
    shown: set[float] = set()
    for done in found:
        for um, number in zip(done.positions_um, done.sharpness, strict=True):
            if um not in shown:
                yield f"{um:10.1f} µm  {number:6.2f} %  {'█' * min(MOST_BAR, round(8 * number))}"
                shown.add(um)
    yield from done.told
    if take_it and done.start_um is not None:
        yield from accept(rig, done)
    elif done.start_um is not None:
        yield (
            f"to take it: python -m hardware start {done.start_um:.1f}, and "
            f"python -m hardware end {done.end_um:.1f}"
        )


def _proposed(
    curve: Sweep,
    peaks: Peaks | None,
    rig: Rig,
    part_um: tuple[float, float],
    steps_um: tuple[float, float],
) -> Sweep:
    """The result of a sweep through `part_um`; `steps_um` are depth of field and coarse step."""
    dof_um, coarse_um = steps_um
    if peaks is None:
        text = (
            f"nothing is sharp anywhere from {part_um[0]:.1f} to {part_um[1]:.1f} µm: is a "
            "specimen in view, the light on, the cap off?"
        )
        if coarse_um > 2 * LONG * dof_um:
            text += (
                f" Or steps of {coarse_um:.1f} µm passed it over: look through a part (--from-um, "
                "--to-um)."
            )
        return Sweep(curve.positions_um, curve.sharpness, done=True, told=(text,))
    low_um, high_um = rig.config.travel.lowest_um, rig.config.travel.highest_um
    # A stack is approached from below its first frame.
    low_um += rig.axis.travel.backlash_um
    start_um = round(max(low_um, peaks.low_um - MARGIN * dof_um), 1)
    end_um = round(min(high_um, peaks.high_um + MARGIN * dof_um), 1)
    sentences = [
        f"sharp from {peaks.low_um:.1f} to {peaks.high_um:.1f} µm; proposed as the range: "
        f"{start_um:.1f} to {end_um:.1f} µm"
    ]
    if peaks.aside_um:
        places = ", ".join(f"{um:.1f}" for um in peaks.aside_um)
        sentences.append(
            f"a spot of the picture looks sharp at {places} µm too, far from the rest: left out; "
            "look there, and set start or end by hand where it is a part of the specimen"
        )
    for which, is_at_end in (
        ("lowest", peaks.low_um <= curve.positions_um[0]),
        ("highest", peaks.high_um >= curve.positions_um[-1]),
    ):
        if is_at_end:
            sentences.append(
                f"it is still sharp at the {which} position looked at, and may be beyond it: "
                "look further, or move specimen or rail"
            )
    if coarse_um > 2 * LONG * dof_um:
        sentences.append(
            f"steps of {coarse_um:.1f} µm are long for a depth of field of {dof_um:.1f} µm, and "
            "thin parts may be missed: look through a part (--from-um, --to-um)"
        )
    return Sweep(curve.positions_um, curve.sharpness, start_um, end_um, True, tuple(sentences))


def _between(low_um: float, high_um: float, step_um: float) -> list[float]:
    """From one to the other in even steps, none longer than asked."""
    count = max(2, int(np.ceil((high_um - low_um) / step_um)) + 1)
    return [round(float(um), 3) for um in np.linspace(low_um, high_um, count)]


def _round(
    peaks: tuple[float, float], reach_um: float, step_um: float, part_um: tuple[float, float]
) -> list[float]:
    """Positions round both ends, in order, each once."""
    wanted: set[float] = set()
    for peak_um in peaks:
        low_um, high_um = max(part_um[0], peak_um - reach_um), min(part_um[1], peak_um + reach_um)
        wanted.update(_between(low_um, high_um, step_um))
    return sorted(wanted)


def _looks(camera: Camera, wanted: CameraConfig) -> Callable[[], tuple[Detail, bytes]]:
    """How the picture is looked at: by live view, else by a frame that is not kept.

    It gives the detail, and the live picture or nothing. RigError where frames stay in the camera,
    or somebody else releases it.
    """
    if isinstance(camera, Previews) and LIVE in of_camera(camera):
        previewing = camera

        def preview() -> tuple[Detail, bytes]:
            for _ in range(LOOKS):
                jpeg = previewing.preview()
            return detail(_grey(jpeg)), jpeg

        return preview

    if wanted.kind == "card" or (wanted.kind == "hot_folder" and wanted.release != "rail"):
        raise RigError(
            "sweep: it needs live view, or frames that are released and come by themselves; with "
            f"camera.kind {wanted.kind} find start and end by hand"
        )

    def expose() -> tuple[Detail, bytes]:
        with tempfile.TemporaryDirectory() as folder:
            camera.strays(Path(folder))
            return _of_files(camera.shoot(Path(folder), 0)), b""

    return expose


def _grey(jpeg: bytes) -> NDArray[np.float32]:
    try:
        with Image.open(io.BytesIO(jpeg)) as picture:
            grey = np.asarray(picture.convert("L"), np.float32)
            return grey * np.float32(1 / 255)
    except (UnidentifiedImageError, OSError) as error:
        raise CameraError(f"camera: its live view gave no whole picture ({error})") from error


def _of_files(files: Sequence[Path]) -> Detail:
    """Of what one exposure gave, the first that can be read."""
    reasons = []
    for path in files:
        try:
            return detail(scale_of(channels.read(path)))
        except ImagingError as error:
            reasons.append(str(error))
    raise CameraError(
        f"sweep: the camera shows nothing to look at: {'; '.join(reasons) or 'no file came'}. A "
        "sweep needs live view, or frames that come at once."
    )
