"""A bar of a round length on a picture, with its length in words."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pyvips
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from imaging.pictures.free_corner import free_corner

# A bar is as long as one of these times a power of ten, the longest within this share of the width.
ROUND_LENGTHS = (1, 2, 5)
BAR_SHARE = 0.25
# In units of the bar's thickness: between bar and edge of the picture, and the letters' size.
MARGIN, LETTERS = 4, 6


@dataclass(frozen=True)
class ScaleBar:
    """A bar of a round length.

    Attributes
    ----------
    length_um : on the object
    length_px : on the picture
    label : with its unit
    """

    length_um: float
    length_px: float
    label: str


def plan_scale_bar(width_px: int, pixel_size_um: float) -> ScaleBar:
    """The longest bar of a round length that fits into a quarter of a picture's width."""
    longest = BAR_SHARE * width_px * pixel_size_um
    power = 10.0 ** np.floor(np.log10(longest))
    length = max(step * power for step in ROUND_LENGTHS if step * power <= longest * (1 + 1e-9))
    if length >= 1000:
        label = f"{length / 1000:g} mm"
    elif length >= 1:
        label = f"{length:g} µm"
    else:
        label = f"{length * 1000:g} nm"
    return ScaleBar(float(length), float(length / pixel_size_um), label)


def add_scale_bar(image: pyvips.Image, pixel_size_um: float) -> pyvips.Image:
    """A 16-bit picture with its profile and a bar, where its pixels have a size on the object."""
    barred = draw_scale_bar(np.asarray(image), plan_scale_bar(image.width, pixel_size_um))
    drawn = pyvips.Image.new_from_array(barred).copy(interpretation="rgb16")
    drawn.set_type(pyvips.GValue.blob_type, "icc-profile-data", image.get("icc-profile-data"))
    return drawn


def draw_scale_bar(pixels: NDArray[np.uint16], bar: ScaleBar) -> NDArray[np.uint16]:
    """A copy of a picture, (H, W, 3) uint16, with a bar in a corner that is free of the subject.

    White with a black rim on dark ground, black with a white rim on light ground.
    """
    height, width = pixels.shape[:2]
    unit = max(2, round(min(height, width) / 150))
    font = ImageFont.load_default(size=LETTERS * unit)
    assert isinstance(font, ImageFont.FreeTypeFont), "Pillow is built without FreeType"
    mask = Image.new("L", (width, height))
    draw = ImageDraw.Draw(mask)
    margin, long = MARGIN * unit, round(bar.length_px)
    text_width = draw.textlength(bar.label.replace("µ", "u"), font=font)
    below = font.getbbox("p", anchor="ls")[3] + unit // 2 if "µ" in bar.label else 0
    high = 2 * margin + 2 * unit + below + LETTERS * unit
    wide = 2 * margin + max(long, round(text_width))
    vertical, horizontal = free_corner(pixels, high, wide).split()
    rows = slice(height - high, height) if vertical == "lower" else slice(0, high)
    columns = slice(width - wide, width) if horizontal == "right" else slice(0, wide)
    is_light = pixels[rows, columns].mean() > 65535 / 2
    bottom = height - margin if vertical == "lower" else high - margin
    left = margin if horizontal == "left" else width - margin - long
    draw.rectangle((left, bottom - unit, left + long - 1, bottom - 1), fill=255)
    # Over the middle of the bar, and within the picture where the words are the longer.
    at = left + (long - text_width) / 2
    at = max(2 * unit, min(at, width - 2 * unit - text_width))
    _write(draw, at, bottom - 2 * unit - below, bar.label, font)
    ink = np.asarray(mask).astype(np.float32) / 255.0
    rim = _grown(ink, max(1, unit // 2))
    # The rim holds the ink, which is never more than it.
    bright = rim - ink if is_light else ink
    shown = pixels.astype(np.float32)
    shown *= (1.0 - rim)[..., None]
    shown += (bright * 65535.0)[..., None]
    return np.clip(np.rint(shown), 0, 65535).astype(np.uint16)


def _write(
    draw: ImageDraw.ImageDraw, x: float, y: float, label: str, font: ImageFont.FreeTypeFont
) -> None:
    """Write a label on a base line. Pillow's own font has no µ: it is a u with a longer stem."""
    before, micro, after = label.partition("µ")
    draw.text((x, y), before + ("u" if micro else "") + after, fill=255, font=font, anchor="ls")
    if micro:
        u = font.getmask("u", mode="1", anchor="ls")
        row = np.asarray(u).reshape(u.size[::-1])[u.size[1] // 2] > 0
        stem = np.flatnonzero(row)[0], np.flatnonzero(row & ~np.roll(row, -1))[0]
        x = round(x + draw.textlength(before, font=font)) + font.getbbox("u", "1", anchor="ls")[0]
        below = font.getbbox("p", anchor="ls")[3]
        draw.rectangle((x + stem[0], y - below, x + stem[1], y + below), fill=255)


def _grown(mask: NDArray[np.float32], by_px: int) -> NDArray[np.float32]:
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by_px + 1, 2 * by_px + 1))
    return cv2.dilate(mask, disc).astype(np.float32, copy=False)
