"""A layered TIFF as Photoshop writes it: for those who finish a fused image by hand elsewhere.

The layers lie in the tag ImageSourceData (37724), which `psdtags` writes; whoever knows no layers
sees the plain picture. Source: Adobe Photoshop TIFF Technical Notes (2002), and Adobe Photoshop
File Formats Specification (2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import psdtags
import tifffile
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames.tiff import LARGEST_BYTES

# What is written of a layer besides its px: names, sizes, flags.
LAYER_BYTES = 4096
_COLOURS = (
    psdtags.PsdChannelId.CHANNEL0,
    psdtags.PsdChannelId.CHANNEL1,
    psdtags.PsdChannelId.CHANNEL2,
)
_RAW, _ZIP = psdtags.PsdCompressionType.RAW, psdtags.PsdCompressionType.ZIP


@dataclass(frozen=True)
class Layer:
    """A layer, from the bottom of a picture to its top.

    Attributes
    ----------
    name : for people
    pixels : (H, W, 3) uint16
    mask : (H, W) bool, where it shows once it is switched on; None for everywhere
    valid : (H, W) bool, where it has px at all; None for everywhere
    is_shown : whether it is switched on
    """

    name: str
    pixels: NDArray[np.uint16]
    mask: NDArray[np.bool_] | None = None
    valid: NDArray[np.bool_] | None = None
    is_shown: bool = False


def refuse_too_large(shape: tuple[int, int], layers: int, what: str) -> None:
    """Refuse more layers than a TIFF can hold, before any work.

    Parameters
    ----------
    shape : rows and columns
    layers : so many, besides the plain picture
    what : the file, for the message

    Raises
    ------
    ImagingError : the file would pass 4 GB
    """
    of_one = shape[0] * shape[1] * 6
    most = (LARGEST_BYTES - of_one) // (of_one + of_one // 24 + LAYER_BYTES)
    if layers > most:
        raise ImagingError(
            f"{what}: {layers} layers of {shape[1]} x {shape[0]} px would pass 4 GB, which no "
            f"layered TIFF can; up to {most} fit: name fewer frames"
        )


def write_layers(path: Path, icc: bytes | None, layers: Sequence[Layer], description: str) -> None:
    """Write a layered TIFF, whose plain picture is the bottom layer.

    Parameters
    ----------
    icc : profile of all px
    layers : from the bottom, of one size; the bottom alone need be shown
    description : of the whole, ASCII
    """
    bottom = layers[0].pixels
    source = psdtags.TiffImageSourceData(
        psdformat=psdtags.PsdFormat.LE32BIT,
        layers=psdtags.PsdLayers(
            key=psdtags.PsdKey.LAYER_16, layers=[_layer(one) for one in layers]
        ),
        usermask=psdtags.PsdUserMask(
            colorspace=psdtags.PsdColorSpaceType.RGB, components=(65535, 0, 0, 0), opacity=50
        ),
    )
    tifffile.imwrite(
        path,
        bottom,
        byteorder="<",
        photometric="rgb",
        iccprofile=icc,
        metadata=None,
        description=description,
        software="Holostack",
        extratags=[source.tifftag()],
    )


def _layer(layer: Layer) -> psdtags.PsdLayer:
    rows, columns = layer.pixels.shape[:2]
    whole = psdtags.PsdRectangle(0, 0, rows, columns)
    channels = [
        psdtags.PsdChannel(channelid, _RAW, np.ascontiguousarray(layer.pixels[..., k]))
        for k, channelid in enumerate(_COLOURS)
    ]
    if layer.valid is not None:
        alpha = psdtags.PsdChannelId.TRANSPARENCY_MASK
        channels.insert(0, psdtags.PsdChannel(alpha, _ZIP, _as_16_bits(layer.valid)))
    mask = psdtags.PsdLayerMask()
    if layer.mask is not None:
        mask = psdtags.PsdLayerMask(rectangle=whole)
        shown = psdtags.PsdChannelId.USER_LAYER_MASK
        channels.append(psdtags.PsdChannel(shown, _ZIP, _as_16_bits(layer.mask)))
    # Bit 1 of the flags says hidden, whatever its name.
    hidden = psdtags.PsdLayerFlag(0 if layer.is_shown else 2)
    return psdtags.PsdLayer(
        name=layer.name,
        channels=channels,
        rectangle=whole,
        mask=mask,
        flags=psdtags.PsdLayerFlag.PHOTOSHOP5 | hidden,
        info=[psdtags.PsdString(psdtags.PsdKey.UNICODE_LAYER_NAME, layer.name)],
    )


def _as_16_bits(where: NDArray[np.bool_]) -> NDArray[np.uint16]:
    return where.astype(np.uint16) * np.uint16(65535)
