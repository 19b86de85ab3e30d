"""Focus: in which frame, and between which, each place of a stack is sharpest.

The stack is passed over once, in luminance at half resolution. At every px the energy of
detail [1]_ is followed from frame to frame; the frame of the greatest energy and its two neighbours
give the peak by a parabola through their logarithms, since the energy falls off like a Gaussian
round the best focus. Memory does not depend on the number of frames.

How far a peak can be believed is asked here of each px alone, and of its neighbours in
`agreement`. The greatest of N energies of mere noise is several times their mean: what is not
greater than that may be chance. What rises twice, with a valley between, may be the blurred edge of
something that stands before or behind. A peak in the first or last frame may lie beyond it; how
far, two frames and the width of the stack's other peaks say.

Where steps are far finer than the depth of field, energy hardly differs between many frames, and
which of them is the greatest is chance: there the peak is the mean frame, weighed by the third
power of energy, which asks all frames near the peak and hardly any other. It is one only if the
peak is not cut off by the end of the stack, and if the greatest is near it: where energy rises to
the last frame, or has a long slope on one side, the mean frame is off the peak.

.. [1] S. K. Nayar and Y. Nakagawa, "Shape from focus", IEEE Trans. Pattern Analysis and Machine
   Intelligence 16 (1994), 824-831: the Gaussian interpolation of the focus measure.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from imaging.frames import tiff
from imaging.frames.converted import Decoded
from imaging.fusion.blocks import strip_rows
from imaging.fusion.focus_cells import CellWriter
from imaging.fusion.focus_strips import CellSums, State, Strip, follow_strip
from imaging.fusion.frame import Frame, follow_curves, read_rows
from imaging.fusion.highlights import (
    Dark,
    Light,
    cells_of,
    dark_near_highlights,
    no_light,
    take_frame,
)
from imaging.fusion.in_turn import Parts, begin_parts, frames_ahead, in_turn
from imaging.fusion.light_valleys import no_valleys
from imaging.fusion.peaks import Peaks, no_peaks
from imaging.fusion.sharpness import LIGHTS, noise_energies
from imaging.sampling import pyramid, warp
from imaging.sampling.coverage import Outline
from imaging.sampling.kernels import kernel
from imaging.sampling.luminance import TO_HALF, half_values
from imaging.sampling.ranks import median

STRIP_ROWS = 64
# Frames whose light is there at a time: two that meet, and one of which it is still taken.
ROOMS = 3
# Detail this many times as strong as noise is believed half.
HALF_BELIEVED = 4.0
# By how much of the usual step two steps may differ and be alike.
EVEN = 0.1
# A parabola that bends less than this has no peak: its logarithms differ by rounding.
LEAST_BEND = np.float32(-1e-6)
# The energy of noise, a mean over 5 x 5 px that are filtered too, scatters like the mean of so many
# squares; once in so many places the greatest of all frames may be chance all the same, and JPEG
# leaves noise less even than that, by so much.
SQUARES, RARE, UNEVEN = 8.0, 1e-3, 1.25
# No noise is so many times as strong as it was measured to be. Cameras smooth it away in plain
# parts, where it is measured, and leave it beside blurred edges: 26 times as strong in pcb-button.
BEYOND_NOISE = 32.0
# Nor does JPEG's rounding on plain ground reach so many times what one step of it leaves: three
# that meet would, of blocks beside each other or of several frequencies.
BEYOND_ROUNDING = 8.0
# Share of the peak, as far as N frames can reach it, by which it stands out of the mean of all.
LEAST_STANDING = 0.4
# A second peak is one if it rises out of the valley between by so much of the first, and more than
# noise has.
SECOND_PEAK = 0.3
# How far beyond the end frames a peak is followed, and the least bend of the logarithms by which.
BEYOND_FRAMES, LEAST_USUAL_BEND = 2.0, 0.05
# Of what is less than so many times the noise no bend is seen, only that it fell; which part of the
# usual bend is enough to say that a peak is near.
TELLING, CONCAVE = 4.0, 0.1
# Of every fourth px each way the bend is looked at.
BEND_PX = 4
# Width of a peak, in frames, as the sum of (energy / greatest energy)^3: of a Gaussian 0.61 of what
# it is wide at half its height. Up to the first three frames tell its place, from the second on its
# mean frame does. Its middle is at least so many widths away from the ends, or it may be cut off,
# and less than so many from the greatest: there a Gaussian has little more than half its height,
# which chance does not raise above the rest. Else three frames tell the place of what is narrower
# than the third, and none that of the rest.
NARROW, BROAD, BROADER = np.float32(1.8), np.float32(2.8), np.float32(4.0)
CLEAR_OF_ENDS = np.float32(0.75)


class Focus(NamedTuple):
    """Where a stack is sharp, at half resolution: (h, w) = (ceil(H / 2), ceil(W / 2)).

    Attributes
    ----------
    sharpest : (h, w) uint16, frame of the greatest energy, from 0
    peak : (h, w) float32, sub-frame position of the peak, in frames from 0
    confidence : (h, w) float32, 0..1: how far the detail stands out of noise, and the peak out of
        the mean over all frames
    covered : (h, w) uint8, 1 where every frame reaches, else 0
    energy : (h, w) float32, the greatest energy
    place : (h, w) float32, as `peak`, but followed up to BEYOND_FRAMES beyond the end frames, and
        of a broad peak its mean frame
    weight : (h, w) float32, 0..1: how far the peak stands out of the mean over all frames; 0 where
        it may be noise, or is broad and may be cut off by an end
    single : (h, w) uint8, 1 where it stands out clearly, of JPEG's rounding as well, and no second
        peak beside it
    strong : (h, w) uint8, 1 where its energy is beyond any noise's and such rounding's
    dark : of `highlights.dark_near_highlights`; None without highlights
    """

    sharpest: NDArray[np.uint16]
    peak: NDArray[np.float32]
    confidence: NDArray[np.float32]
    covered: NDArray[np.uint8]
    energy: NDArray[np.float32]
    place: NDArray[np.float32]
    weight: NDArray[np.float32]
    single: NDArray[np.uint8]
    strong: NDArray[np.uint8]
    dark: Dark | None = None


@kernel
def conclude(state, steps, frames, noise, peak, confidence):
    """Sub-frame peak and confidence, (h, w) float32, written; `peak` may be `state.previous`.

    `steps` (frames - 1,) float32 are the distances of neighbours. Where two differ, as at a frame
    that is missing, the parabola's three points are as far apart as the frames are.
    """
    best, sharpest = state.best, state.sharpest
    two, half = np.float32(2.0), np.float32(0.5)
    for y in range(best.shape[0]):
        for x in range(best.shape[1]):
            k = sharpest[y, x]
            offset = np.float32(0.0)
            top = max(best[y, x] - noise, np.float32(0.0))
            if 0 < k < frames - 1:
                a = np.log(max(state.before[y, x], noise))
                b = np.log(max(best[y, x], noise))
                c = np.log(max(state.after[y, x], noise))
                back, forth = steps[k - 1], steps[k]
                if back == forth:
                    bend = a - two * b + c
                    if bend < LEAST_BEND:
                        offset = min(max(half * (a - c) / bend, -half), half)
                else:
                    rise, fall = (b - a) / back, (c - b) / forth
                    bend = fall - rise
                    if bend < LEAST_BEND:
                        away = -half * (rise * forth + fall * back) / bend
                        step = forth if away > 0 else back
                        offset = min(max(away / step, -half), half)
            peak[y, x] = np.float32(k) + offset
            mean = max(state.total[y, x] / np.float32(frames) - noise, np.float32(0.0))
            detail = top / (top + np.float32(HALF_BELIEVED) * noise)
            standing = (top - mean) / top if top > 0 else np.float32(0.0)
            confidence[y, x] = max(detail * standing, np.float32(0.0))


def chance_peak(frames: int) -> float:
    """How many times its mean the greatest of so many energies of noise is, once in 1 / RARE px.

    By Wilson and Hilferty's approximation of the chi-square distribution.
    """
    tail = 1.0 - (1.0 - RARE) ** (1.0 / frames)
    low, high = 0.0, 10.0
    for _ in range(40):
        deviations = 0.5 * (low + high)
        beyond = 0.5 * math.erfc(deviations / math.sqrt(2.0))
        low, high = (deviations, high) if beyond > tail else (low, deviations)
    # Rounded, so that no library's last bits decide a px.
    deviations = round(deviations, 6)
    spread = 2.0 / (9.0 * SQUARES)
    return UNEVEN * (1.0 - spread + deviations * spread**0.5) ** 3


@kernel
def _bends(state, noises, chance, frames, apart, out):
    """How much the logarithms of clear peaks bend, at px `apart`; gives how many are in `out`."""
    best, count = state.best, 0
    for y in range(0, best.shape[0], apart):
        for x in range(0, best.shape[1], apart):
            noise = noises[state.light[y, x]]
            if 0 < state.sharpest[y, x] < frames - 1 and best[y, x] > chance * noise:
                before = np.log(max(np.float64(state.before[y, x]), noise))
                after = np.log(max(np.float64(state.after[y, x]), noise))
                out[count] = 2.0 * np.log(np.float64(best[y, x])) - before - after
                count += 1
    return count


@kernel
def _inward(best, beside, inner, noise, bend):
    """How far inside the first or last frame the peak is, in frames; negative beyond it.

    The ratio of two frames says so by the usual bend; but far out of focus energy falls by a power
    and not like a Gaussian: where the logarithms of three frames bend upward, the peak is far.
    """
    last = np.log(best / max(beside, noise))
    place = max(0.5 - last / bend, -BEYOND_FRAMES)
    if beside < TELLING * noise:
        return place if last > 0.5 * bend else -BEYOND_FRAMES
    downward = np.log(beside / max(inner, noise)) - last
    share = min(max(downward / (CONCAVE * bend), 0.0), 1.0)
    return share * (place + BEYOND_FRAMES) - BEYOND_FRAMES


@kernel
def _judge(state, noises, rounding, frames, chance, bend, peak, place, weight, single, strong):
    """Place, weight, singleness and strength of every peak, as `Focus` has them, written.

    `place` may be `state.before`, and `weight` `state.total`. `noises` (LIGHTS,) float64 has the
    energy of noise by brightness, `bend` the usual bend of the logarithms, 0 if unknown. What may
    be JPEG's `rounding` is not clear, though it has a say among its neighbours: without it the rim
    of something would speak for the plain ground beside it.
    """
    reachable = 1.0 - 1.0 / frames
    for y in range(peak.shape[0]):
        for x in range(peak.shape[1]):
            best, noise = np.float64(state.best[y, x]), noises[state.light[y, x]]
            k = state.sharpest[y, x]
            z = np.float64(peak[y, x])
            if bend > 0.0 and best > noise and (k == 0 or k == frames - 1):
                beside = np.float64(state.after[y, x] if k == 0 else state.before[y, x])
                inward = _inward(best, beside, np.float64(state.inner[y, x]), noise, bend)
                z = inward if k == 0 else k - inward
            mean = max(np.float64(state.total[y, x]) / frames - noise, 0.0)
            standing = (best - noise - mean) / best if best > 0.0 else 0.0
            if best <= chance * noise:
                standing = 0.0
            clear = standing > LEAST_STANDING * reachable and best > rounding
            alone = state.rival[y, x] - noise < SECOND_PEAK * best
            width, middle = state.width[y, x], state.middle[y, x]
            if width > NARROW:
                by_mean = min((width - NARROW) / (BROAD - NARROW), np.float32(1.0))
                clearance = min(middle, np.float32(frames - 1) - middle)
                off = abs(middle - np.float32(k))
                if clearance >= CLEAR_OF_ENDS * width and off < CLEAR_OF_ENDS * width:
                    z += by_mean * (middle - z)
                elif width >= BROADER:
                    standing = 0.0
            place[y, x] = z
            weight[y, x] = max(standing, 0.0)
            single[y, x] = clear and alone
            strong[y, x] = best > max(BEYOND_NOISE * noise, BEYOND_ROUNDING * rounding)


def measure_focus(
    frames: Sequence[Frame],
    shape: tuple[int, int],
    variance: float,
    threads: int = 1,
    report: Callable[[int], None] = lambda done: None,
    positions: Sequence[float] | None = None,
    cells: CellWriter | None = None,
    by_light: NDArray[np.float32] | None = None,
    peaks: Peaks | None = None,
    rounding: float = 0.0,
) -> Focus:
    """Find where each place of a stack is sharpest.

    Parameters
    ----------
    frames : in order of focus, at least one
    shape : (rows, columns) of the reference frame, which all frames have
    variance : of the noise in luminance 0..1 at half resolution
    threads : the result does not depend on it
    report : takes the number of frames done, after each
    positions : of each frame along the axis, in any unit; evenly spaced if None
    cells : takes the energy and light of every frame, cell by cell
    by_light : (LIGHTS,) variance of the noise by brightness, as Noise has it; everywhere `variance`
        if None
    peaks : takes the peaks of each place, (h, w)
    rounding : energy up to which JPEG's rounding may have made what is seen, as Noise has it
    """
    noise = noise_energies(variance, 1)[0]
    half = pyramid.coarser(shape)
    best, before, after, previous, total, low, rival, inner, width, middle = (
        np.zeros(half, np.float32) for _ in range(10)
    )
    sharpest, covered = np.zeros(half, np.uint16), np.ones(half, np.uint8)
    light, count = np.zeros(half, np.uint8), len(frames)
    state = State(
        *(best, sharpest, before, after, previous, total, covered, low, rival, light, inner),
        *(width, middle),
    )
    seen, valleys = no_light(half), no_valleys(half, cells_of(half))
    # A frame's light is taken by one thread while the others write that of the next two.
    lights = [seen] + [seen._replace(light=np.zeros(half, np.uint8)) for _ in range(ROOMS - 1)]
    taken: list[Future[None]] = []
    height = strip_rows(half[0], threads)
    with ThreadPoolExecutor(threads) as pool, ThreadPoolExecutor(1) as beside:

        def begin(k: int, before: Parts) -> Parts:
            follow_curves(frames, k, pool)
            # The room for its light was another frame's.
            if k >= ROOMS:
                taken[k - ROOMS].result()
            own = frames[k], shape, state, cells, peaks, noise, lights[k % ROOMS]
            return _begin_frame(k, count, *own, height, pool, before)

        def end(k: int) -> None:
            if cells:
                cells.write(k)
            taken.append(beside.submit(take_frame, lights[k % ROOMS], valleys, k))
            report(k + 1)

        in_turn(count, frames_ahead(frames, threads), begin, end)
        for done in taken:
            done.result()
    noises = np.full(LIGHTS, float(noise))
    if by_light is not None:
        noises = float(noise_energies(1.0, 1)[0]) * by_light.astype(np.float64)
    chance = chance_peak(count)
    peak, confidence = previous, np.empty(half, np.float32)
    single, strong = np.empty(half, np.uint8), np.empty(half, np.uint8)
    place, weight = before, total
    steps = spacing(positions, count)

    def conclude_strip(here: slice) -> None:
        conclude(_rows(state, here), steps, count, noise, peak[here], confidence[here])

    def judge_strip(here: slice) -> None:
        planes = (peak[here], place[here], weight[here], single[here], strong[here])
        _judge(_rows(state, here), noises, rounding, count, chance, bend, *planes)

    strips = [slice(y0, min(y0 + STRIP_ROWS, half[0])) for y0 in range(0, half[0], STRIP_ROWS)]
    with ThreadPoolExecutor(threads) as pool:
        # One thread has work in it, while the others conclude.
        dark = pool.submit(dark_near_highlights, seen, valleys, covered)
        list(pool.map(conclude_strip, strips))
        bend = _usual_bend(state, noises, chance, count)
        list(pool.map(judge_strip, strips))
        return Focus(
            *(sharpest, peak, confidence, covered, best, place, weight, single, strong),
            dark=dark.result(),
        )


def frame_in_focus(focus: Focus, frames: int) -> NDArray[np.uint16]:
    """The frame in focus at each px: the sharpest, of a broad peak the one nearest to its place."""
    off = np.abs(focus.place - focus.sharpest) > 1.0
    frame = focus.sharpest.copy()
    # Beyond the end frames lies none.
    frame[off] = np.clip(np.rint(focus.place[off]), 0, frames - 1)
    return frame


def _rows(state: State, here: slice) -> State:
    """Some rows of what is known."""
    planes: list[Any] = [plane[here] for plane in state]
    return State(*planes)


def _usual_bend(state: State, noises: NDArray[np.float64], chance: float, frames: int) -> float:
    """How much the logarithms of a stack's peaks bend; 0 if no peak has frames on either side."""
    rows, columns = state.best[::BEND_PX, ::BEND_PX].shape
    bends = np.empty(rows * columns, np.float64)
    count = _bends(state, noises, chance, frames, BEND_PX, bends)
    return max(float(median(bends[:count])), LEAST_USUAL_BEND) if count else 0.0


def spacing(positions: Sequence[float] | None, count: int) -> NDArray[np.float32]:
    """Distances of neighbouring frames in units of the usual one, (count - 1,) float32.

    What differs from it by less than a tenth is the rail's play, not a gap, and counts as 1, as
    do frames at one place, between which no peak can lie.
    """
    steps = np.ones(max(count - 1, 0), np.float32)
    if positions is None or count < 3:
        return steps
    distances = np.abs(np.diff(np.asarray(positions, np.float64)))
    usual = float(median(distances))
    gaps = (np.abs(distances - usual) > EVEN * usual) & (distances > EVEN * usual)
    steps[gaps] = distances[gaps] / usual if usual > 0.0 else 1.0
    return steps


def _begin_frame(
    k: int,
    count: int,
    frame: Frame,
    shape: tuple[int, int],
    state: State,
    cells: CellWriter | None,
    peaks: Peaks | None,
    noise: np.float32,
    seen: Light,
    height: int,
    pool: ThreadPoolExecutor,
    before: Parts,
) -> Parts:
    """Begin to take a frame's energies into state and peaks, its energy and light into the cells.

    `seen` is left with the light of the frame, for `take_frame`; strips are `height` rows high.
    """
    rows, columns = pyramid.coarser(shape)
    halo = pyramid.HALO_PX
    # The next level, which each strip writes a part of and nobody reads.
    unused = np.empty((1, *pyramid.coarser((rows, columns))), np.float32)
    curves, values = frame.curves(), half_values()
    inverse = TO_HALF @ frame.inverse @ np.linalg.inv(TO_HALF)
    outline = Outline(inverse, rows, columns)
    sums = CellSums(*cells.sizes, *cells.planes(k)) if cells else CellSums(0, 0, *unused, *unused)
    followed = no_peaks((1, 1)) if peaks is None else peaks
    starts = range(0, rows, height)

    def one_strip(pixels: tiff.Rows | Decoded, number: int) -> None:
        y0 = starts[number]
        y1 = min(y0 + height, rows)
        footprint = (y0 - halo, y1 + halo, -halo, columns + halo)
        first, last = warp.source_rows(inverse, footprint, rows)
        top = 2 * first
        read = read_rows(frame, pixels, top, min(2 * last, shape[0]))
        strip = Strip(top, first, last, y0, y1)
        follow_strip(
            read,
            curves,
            values,
            strip,
            k,
            count,
            outline,
            state,
            sums,
            followed,
            peaks is not None,
            noise,
            seen,
            unused,
        )

    return begin_parts(frame, len(starts), one_strip, pool, before)
