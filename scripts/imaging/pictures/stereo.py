"""Pictures of two or more views of a subject: pairs, anaglyphs, and such that rock to and fro."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyvips
from numpy.typing import NDArray

from imaging.frames import colour
from imaging.pictures.derivative import EXIF_NAMES
from imaging.pictures.gif_words import with_words
from imaging.pictures.webp_exif import without_header

PARALLEL, CROSSED, ANAGLYPH = "stereo-parallel", "stereo-crossed", "anaglyph"
GIF, WEBP = "rocking-gif", "rocking-webp"
# How long each view is shown, ms: a swing of nine views and back takes 1.6 s.
SHOWN_MS = 100
# E. Dubois, "A projection method to generate anaglyph stereo images", ICASSP 2001, for red and cyan
# glasses, as given by W. Sanders and D. McAllister, "Producing anaglyphs from synthetic images",
# SPIE 5006, 2003: linear light of the left and the right picture to that of the anaglyph.
_LEFT = ((0.456, 0.500, 0.176), (-0.040, -0.038, -0.016), (-0.015, -0.021, -0.005))
_RIGHT = ((-0.043, -0.088, -0.002), (0.378, 0.734, -0.018), (-0.072, -0.113, 1.226))


def pair(left: pyvips.Image, right: pyvips.Image, format: str) -> pyvips.Image:
    """Two pictures side by side, the left eye's on the left unless eyes are to be crossed.

    Parameters
    ----------
    left, right : of one size
    format : PARALLEL, or CROSSED
    """
    first, second = (right, left) if format == CROSSED else (left, right)
    return first.join(second, "horizontal")


def anaglyph(left: NDArray[np.uint16], right: NDArray[np.uint16], icc: bytes) -> NDArray[np.uint16]:
    """One picture for glasses that are red on the left and cyan on the right.

    Parameters
    ----------
    left, right : (H, W, 3) uint16
    icc : profile of both, and of what is returned
    """
    curves = colour.light_curve(icc)
    light = sum(
        np.stack([curves[c][eye[..., c]] for c in range(3)], axis=-1) @ np.array(matrix).T
        for eye, matrix in ((left, _LEFT), (right, _RIGHT))
    )
    samples = np.linspace(0.0, 1.0, colour.SAMPLES)
    back = [
        np.interp(np.clip(light[..., c], 0.0, 1.0), curves[c], samples * 65535) for c in range(3)
    ]
    return np.rint(np.stack(back, axis=-1)).astype(np.uint16)


def write_rocking(
    views: Sequence[pyvips.Image],
    path: Path,
    format: str,
    quality: int,
    xmp: bytes,
    texts: Mapping[str, str],
) -> None:
    """Write views as a picture that shows them to and fro, without end.

    Parameters
    ----------
    views : of one size, 16 bits, in order from the left to the right
    format : GIF, of 256 colours, or WEBP
    quality : 1 to 100, of WEBP
    xmp : packet to embed
    texts : by the names of `tiff.TEXT_TAGS`, ASCII: Exif of WEBP, a comment in GIF
    """
    there = [(view.cast("float") / 257.0 + 0.5).cast("uchar") for view in views]
    shown = [*there, *there[-2:0:-1]]
    strip = pyvips.Image.arrayjoin(shown, across=1).copy(interpretation="srgb")
    strip.set_type(pyvips.GValue.gint_type, "page-height", there[0].height)
    strip.set_type(pyvips.GValue.array_int_type, "delay", [SHOWN_MS] * len(shown))
    strip.set_type(pyvips.GValue.gint_type, "loop", 0)
    if format == GIF:
        strip.gifsave(str(path), effort=7)
        said = "\n".join(f"{EXIF_NAMES[name]}: {text}" for name, text in texts.items())
        path.write_bytes(with_words(path.read_bytes(), said, xmp))
        return
    for name, text in texts.items():
        strip.set_type(pyvips.GValue.gstr_type, f"exif-ifd0-{EXIF_NAMES[name]}", text)
    strip.set_type(pyvips.GValue.blob_type, "xmp-data", xmp)
    strip.webpsave(str(path), Q=quality, effort=4)
    path.write_bytes(without_header(path.read_bytes()))
