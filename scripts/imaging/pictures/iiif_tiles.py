"""A picture as files that an image viewer takes for a IIIF image server: IIIF Image API 3, level 0.

Few and large, as `tiles` are: a master of 24 Mpx has fourteen pictures. `full/max`, which every
server has, is no second picture of the full size: `maxWidth` says where it ends, and the tiles show
the rest.

Source: IIIF Image API 3.0, 4.2 and 5 (2020); OpenSeadragon, which most viewers show it with, asks
for tiles by the same rules.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray

from imaging.pictures import tiles
from imaging.pictures.screen import QUALITY, for_screens, write_jpeg

CONTEXT = "http://iiif.io/api/image/3/context.json"
# Of lists and of the strip of views.
SMALL_PX = 400
# Universal Viewer's lists of views ask by width alone, whatever sizes there are (manifesto.js 4).
BY_WIDTH_PX = (90, 200)
# What is shown where a map knows nothing: no colour of its scale.
UNKNOWN = 160


def within(width: int, height: int, longest_px: int) -> tuple[int, int]:
    """Width and height of a picture scaled down to a longest edge; never enlarged."""
    factor = min(1.0, longest_px / max(width, height))
    return max(1, round(width * factor)), max(1, round(height * factor))


def within_width(size: tuple[int, int], width_px: int) -> tuple[int, int]:
    """Width and height of a picture scaled down to a width; never enlarged."""
    factor = min(1.0, width_px / size[0])
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def sizes(width: int, height: int) -> list[tuple[int, int]]:
    """Widths and heights in which the whole of a picture is there, the smallest first."""
    whole = within(width, height, tiles.TILE_PX)
    return sorted({within(*whole, SMALL_PX), tiles.levels(width, height)[0], whole})


def info(width: int, height: int, address: str) -> dict[str, Any]:
    """`info.json` of a picture of this size in px.

    Parameters
    ----------
    address : of the folder on the web, without a slash at its end
    """
    levels = tiles.levels(width, height)
    known = {
        "@context": CONTEXT,
        "id": address,
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": "level0",
        "width": width,
        "height": height,
        "sizes": [{"width": wide, "height": high} for wide, high in sizes(width, height)],
        "tiles": [{"width": tiles.TILE_PX, "scaleFactors": [1 << k for k in range(len(levels))]}],
    }
    limit = {"maxWidth": tiles.TILE_PX, "maxHeight": tiles.TILE_PX}
    return known | (limit if len(levels) > 1 else {})


def write_picture(picture: Path, folder: Path) -> None:
    """Write a TIFF as the files of an image service into a new folder, in sRGB; no `info.json`."""
    _write(
        lambda: for_screens(pyvips.Image.new_from_file(str(picture), access="sequential")), folder
    )


def write_map(coloured: NDArray[np.uint8], folder: Path) -> None:
    """Write a map (h, w, 4) in colours, transparent where nothing is known, in the same way."""
    is_known = coloured[..., 3:] > 0
    shown = np.ascontiguousarray(np.where(is_known, coloured[..., :3], np.uint8(UNKNOWN)))
    image = pyvips.Image.new_from_memory(shown.data, shown.shape[1], shown.shape[0], 3, "uchar")
    _write(lambda: image.copy(interpretation="srgb"), folder)


def _write(opened: Callable[[], pyvips.Image], folder: Path) -> None:
    """Write what `opened` gives; it is asked again, since an image is read once."""
    image = opened()
    suffix = f".jpg[Q={QUALITY},keep=none]"
    image.dzsave(str(folder), layout="iiif3", tile_size=tiles.TILE_PX, suffix=suffix)
    # What libvips adds beside the folder names its own version and the time.
    folder.with_name("vips-properties.xml").unlink(missing_ok=True)
    (folder / "info.json").unlink()
    # It has the smallest level alone as a whole, and `max` not at all, which is asked for first.
    whole = opened().thumbnail_image(tiles.TILE_PX, height=tiles.TILE_PX, size="down").copy_memory()
    known = sizes(image.width, image.height)
    named = {f"{width},{height}": (width, height) for width, height in known}
    named |= {f"{width},": within_width(known[-1], width) for width in BY_WIDTH_PX}
    for name, (width, height) in named.items():
        target = folder / "full" / name / "0" / "default.jpg"
        if not target.exists():
            target.parent.mkdir(parents=True)
            write_jpeg(whole.thumbnail_image(width, height=height, size="force"), target)
    # The largest of the sizes by its other name.
    shutil.copytree(folder / "full" / "{},{}".format(*known[-1]), folder / "full" / "max")
