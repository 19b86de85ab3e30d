"""The methods of fusion, by the names that the setting `fuse.method` gives them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from imaging.frames import tiff
from imaging.fusion import laplacian
from imaging.fusion.blending import (
    CONTRAST_REACH_PX,
    Weigh,
    blend,
    contrast_weights,
    depth_weights,
)
from imaging.fusion.depth import Carrying
from imaging.fusion.stack import Stack

# Of the setting `fuse.prefer`.
NEAR, NONE = "near", "none"


class Settings(NamedTuple):
    """The settings of the section `fuse`, as config.schema.json has them."""

    method: str
    power: int
    reach: float
    prefer: str
    prefer_strength: float
    radius_px: int
    threshold: float
    smoothing_px: float
    slab_frames: int
    slab_overlap: int
    command: str

    @property
    def carrying(self) -> Carrying | None:
        """How the depth map is carried where it makes the picture; None where it does not."""
        if self.method != "depthmap":
            return None
        return Carrying(self.threshold, self.radius_px / 2, self.smoothing_px / 2)

    @property
    def prefers_near(self) -> bool:
        """Whether what is near is preferred to what lies behind it."""
        return self.method == "holostack" and self.prefer != NONE

    @property
    def used(self) -> dict[str, object]:
        """The settings that the method uses, and those of slabs, by their names."""
        names = (*METHODS[self.method].uses, "slab_frames", "slab_overlap")
        return {name: getattr(self, name) for name in names}


Report = Callable[[int], None]


class Method(NamedTuple):
    """A way to fuse.

    Attributes
    ----------
    fuse : writes the fused image of a stack into a TIFF, in some threads; reports frames done
    uses : names of the settings that it uses
    """

    fuse: Callable[[Stack, Settings, Path, int, Report], None]
    uses: tuple[str, ...]


def fuse(stack: Stack, settings: Settings, path: Path, threads: int, report: Report) -> None:
    """Fuse a stack into a TIFF with the frames' own profile, by the method that is set.

    Parameters
    ----------
    threads : the result does not depend on it, bit for bit
    report : takes the number of frames done, after each

    Raises
    ------
    ImagingError : another program cannot be run or fails
    """
    METHODS[settings.method].fuse(stack, settings, path, threads, report)


def _holostack(stack: Stack, settings: Settings, path: Path, threads: int, report: Report) -> None:
    with tiff.create_image(path, (*stack.shape, 3), stack.frames[0].icc) as image:
        laplacian.fuse(
            stack.frames,
            stack.shape,
            stack.noise.colour,
            image.write,
            power=settings.power,
            depth=stack.guide if settings.method == "holostack" else None,
            reach=settings.reach,
            behind=stack.behind,
            hold=settings.prefer_strength if settings.prefer == NEAR and stack.near else 0.0,
            dark=stack.dark,
            near=stack.near,
            threads=threads,
            report=report,
        )


def _weighted(stack: Stack, settings: Settings, path: Path, threads: int, report: Report) -> None:
    weigh = contrast_weights(settings.radius_px, settings.power)
    _blend(stack, weigh, settings.radius_px + CONTRAST_REACH_PX, path, threads, report)


def _depthmap(stack: Stack, settings: Settings, path: Path, threads: int, report: Report) -> None:
    _blend(stack, depth_weights(stack.depth), 0, path, threads, report)


def _blend(stack: Stack, weigh: Weigh, halo: int, path: Path, threads: int, report: Report) -> None:
    with tiff.create_image(path, (*stack.shape, 3), stack.frames[0].icc) as image:
        blend(stack.frames, stack.shape, weigh, halo, image.write, threads, report)


def _external(stack: Stack, settings: Settings, path: Path, threads: int, report: Report) -> None:
    # Other methods need not wait for what runs programs.
    from imaging.fusion.external import run_program

    run_program(settings.command, path, stack.frames, stack.shape, stack.frames[0].icc)


METHODS = {
    "holostack": Method(_holostack, ("power", "reach", "prefer", "prefer_strength")),
    "pyramid": Method(_holostack, ("power",)),
    "weighted": Method(_weighted, ("power", "radius_px")),
    "depthmap": Method(_depthmap, ("threshold", "radius_px", "smoothing_px")),
    "external": Method(_external, ("command",)),
}
