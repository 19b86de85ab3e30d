"""A spot is healed from a frame that lacks it, and is sharp there."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.retouching.box import Box
from imaging.retouching.healing import clean, spot_of
from imaging.retouching.sources import Array, Patch

ROWS, COLUMNS = 160, 200
# The spot, and the brush that is set on it.
X, Y, RADIUS = 90, 70, 9
PATH = ((X - 4.0, Y), (X + 4.0, Y))


@dataclass(frozen=True)
class Brush:
    diameter_px: float = 28.0
    hardness: float = 0.8
    opacity: float = 1.0


@dataclass(frozen=True)
class Partly:
    """A picture that has px up to a column, or was mended in a box."""

    pixels: NDArray[np.uint16]
    until: int = COLUMNS
    mended: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def shape(self) -> tuple[int, int]:
        return ROWS, COLUMNS

    def read(self, box: tuple[int, int, int, int]) -> Patch:
        here = Box(*box)
        columns = np.broadcast_to(np.arange(here.x, here.right), here.shape)
        mended = np.zeros(here.shape, np.bool_)
        both = here.overlap(Box(*self.mended))
        if not both.is_empty:
            mended[both.within(here)] = True
        pixels = self.pixels[here.y : here.bottom, here.x : here.right]
        return Patch(pixels.copy(), columns < self.until, mended)


def texture() -> NDArray[np.float64]:
    """A specimen with detail, its light falling to one side."""
    rng = np.random.default_rng(4)
    grain = cv2.GaussianBlur(rng.normal(0, 9000, (ROWS, COLUMNS)), (0, 0), 1.5)
    light = np.linspace(20000, 34000, COLUMNS)[None, :] + grain
    return np.repeat(light[..., None], 3, axis=2) * (1.0, 0.9, 0.7)


def shot(pixels: NDArray[np.float64], seed: int) -> NDArray[np.uint16]:
    noise = np.random.default_rng(seed).normal(0, 150, pixels.shape)
    return np.clip(pixels + noise, 0, 65535).astype(np.uint16)


def spotted(pixels: NDArray[np.float64], x: int = X, y: int = Y, loss: float = 0.06):
    """With a soft speck of dust, which takes some light."""
    rows, columns = np.mgrid[:ROWS, :COLUMNS]
    distance = np.hypot(columns - x, rows - y)
    return pixels * (1.0 - loss * np.clip(1.5 - distance / RADIUS, 0.0, 1.0))[..., None]


TRUE = texture()
RESULT = shot(spotted(TRUE), 0)


def found(*frames: tuple[str, object]) -> list[str]:
    spot = spot_of(
        PATH, Brush(), lambda box: RESULT[box.y : box.bottom, box.x : box.right], (ROWS, COLUMNS)
    )
    return clean(spot, [(name, lambda picture=picture: picture) for name, picture in frames])


def test_the_frame_that_lacks_the_spot_and_is_sharp_comes_first_and_the_spotted_never() -> None:
    blurred = cv2.GaussianBlur(TRUE, (0, 0), 3)
    frames = {
        "spot": shot(spotted(TRUE), 1),
        "blurred": shot(blurred, 2),
        "spot, blurred": shot(spotted(blurred), 3),
        "clean": shot(TRUE * 1.08, 4),
        "half of the spot": shot(spotted(TRUE, X + 14), 5),
    }
    names = found(*((name, Array(pixels)) for name, pixels in frames.items()))
    assert names[0] == "clean"
    assert "spot" not in names


def test_a_frame_that_is_mended_or_ends_in_the_spot_is_no_source() -> None:
    pixels = shot(TRUE, 6)
    at_spot = Box(X - 5, Y - 5, 10, 10)
    assert found(("mended", Partly(pixels, mended=at_spot)), ("ends", Partly(pixels, X))) == []
    assert found(("elsewhere", Partly(pixels, X + 60, Box(0, 0, 30, 30)))) == ["elsewhere"]


def test_where_nothing_is_in_the_way_nothing_is_found() -> None:
    spot = spot_of(
        PATH,
        Brush(),
        lambda box: shot(TRUE, 0)[box.y : box.bottom, box.x : box.right],
        (ROWS, COLUMNS),
    )
    assert clean(spot, [("same", lambda: Array(shot(TRUE, 1)))]) == []


def test_what_is_no_spot_is_told() -> None:
    def read(box: Box) -> NDArray[np.uint16]:
        raise AssertionError("nothing is read")

    with pytest.raises(ImagingError, match="too large for a spot"):
        spot_of(PATH, Brush(1500.0), read, (4000, 6000))
    with pytest.raises(ImagingError, match="no picture round this place"):
        spot_of(((-500.0, 5.0),), Brush(), read, (ROWS, COLUMNS))
