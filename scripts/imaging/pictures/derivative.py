"""Pictures for use, made from a master: scaled, and brought into a colour space."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyvips
from numpy.typing import NDArray

from imaging.errors import ImagingError
from imaging.frames import colour, tiff
from imaging.frames.tiff_header import Entry
from imaging.pictures.encoders import refuse_unwritable
from imaging.pictures.exif_version import as_of_today
from imaging.pictures.file_types import FILE_TYPES, ROWS
from imaging.pictures.webp_exif import without_header

# Exif's names for texts of TIFF.
EXIF_NAMES = {
    "description": "ImageDescription",
    "software": "Software",
    "date_time": "DateTime",
    "artist": "Artist",
    "copyright": "Copyright",
}
STRIP_ROWS = 64


def scale(master: Path, long_edge_px: int | None, colour_space: str) -> pyvips.Image:
    """A master scaled down in linear light to a long edge, in another colour space.

    Parameters
    ----------
    long_edge_px : None keeps the size; a master is never enlarged
    colour_space : one of `colour.SPACES`, or `master` for the master's own

    Returns
    -------
    16-bit image with its profile
    """
    image = pyvips.Image.new_from_file(str(master), access="sequential")
    own = image.get("icc-profile-data")
    longest = max(image.width, image.height)
    if long_edge_px and long_edge_px < longest:
        light = colour.light_curve(own)
        back = np.interp(
            np.linspace(0.0, 1.0, colour.SAMPLES), light[1], np.linspace(0.0, 1.0, colour.SAMPLES)
        )
        image = image.maplut(_table(light))
        image = image.resize(long_edge_px / longest, kernel="lanczos3")
        image = (image + 0.5).cast("ushort").maplut(_table(np.stack([back] * 3)))
    image = image.copy(interpretation="rgb16")
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", own)
    if colour_space != "master":
        profile = str(colour.profile_path(colour_space))
        image = image.icc_transform(
            profile, embedded=True, depth=16, intent="relative", black_point_compensation=True
        )
    return image


def _table(curves: NDArray[np.floating]) -> pyvips.Image:
    samples = np.rint(np.clip(curves, 0.0, 1.0) * 65535.0).astype(np.uint16)
    return pyvips.Image.new_from_array(samples.T[None])


def save(
    image: pyvips.Image,
    path: Path,
    format: str,
    quality: int,
    xmp: bytes | None,
    pixels_per_mm: float | None,
    texts: Mapping[str, str] | None = None,
    focal_35mm: int | None = None,
) -> None:
    """Write a picture in one of `FILE_TYPES`; in the bits that it holds.

    Parameters
    ----------
    quality : 1 to 100, of a lossy type
    xmp : packet to embed
    pixels_per_mm : on the object, None where it is not known; a type without a place for it has it
        in Exif alone
    texts : by the names of `tiff.TEXT_TAGS`, ASCII
    focal_35mm : Exif's FocalLengthIn35mmFilm, of a picture whose angle of view is known; a TIFF has
        no place for it

    Raises
    ------
    ImagingError : no such type, none that can be written here, or the picture is too large for it
    """
    if format not in FILE_TYPES:
        raise ImagingError(f"format is {format!r}, but must be one of {', '.join(FILE_TYPES)}")
    refuse_unwritable([format])
    kind = FILE_TYPES[format]
    longest = max(image.width, image.height)
    if kind.longest_px and longest > kind.longest_px:
        raise ImagingError(
            f"the picture is {longest} px long, and {format} holds {kind.longest_px} px at most; "
            "set long_edge_px, or another format"
        )
    profile = image.get("icc-profile-data")
    if kind.bits == 8:
        image = (image.cast("float") / 257.0 + 0.5).cast("uchar").copy(interpretation="srgb")
    # Exif 2.32, 4.6.5: 1 is sRGB, 0xFFFF any other space.
    space = 1 if profile == colour.profile("srgb") else 0xFFFF
    if kind.writer == ROWS:
        _save_by_rows(image, path, profile, space, xmp, pixels_per_mm, texts or {})
        return
    image = image.copy(xres=pixels_per_mm or 72 / 25.4, yres=pixels_per_mm or 72 / 25.4)
    for name in image.get_fields():
        if name.startswith("exif") or name in ("xmp-data", "orientation"):
            image.remove(name)
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    image.set_type(pyvips.GValue.gstr_type, "exif-ifd2-ColorSpace", str(space))
    if focal_35mm:
        image.set_type(pyvips.GValue.gstr_type, "exif-ifd2-FocalLengthIn35mmFilm", str(focal_35mm))
    for name, text in (texts or {}).items():
        image.set_type(pyvips.GValue.gstr_type, f"exif-ifd0-{EXIF_NAMES[name]}", text)
    if xmp:
        image.set_type(pyvips.GValue.blob_type, "xmp-data", xmp)
    options = dict(kind.options)
    if kind.lossy:
        options["Q"] = quality
    if kind.subsampled:
        options["subsample_mode"] = "off" if quality >= 90 else "auto"
    threads = pyvips.voperation.concurrency_get()
    if kind.one_thread:
        # In memory first: it is made by all threads, and encoded by one.
        image = image.copy_memory()
        pyvips.voperation.concurrency_set(1)
    try:
        getattr(image, kind.writer)(str(path), **options)
    finally:
        pyvips.voperation.concurrency_set(threads)
    if focal_35mm:
        path.write_bytes(as_of_today(path.read_bytes()))
    if format == "webp":
        path.write_bytes(without_header(path.read_bytes()))


def _save_by_rows(
    image: pyvips.Image,
    path: Path,
    profile: bytes,
    space: int,
    xmp: bytes | None,
    pixels_per_mm: float | None,
    texts: Mapping[str, str],
) -> None:
    """Write a 16-bit TIFF as a master is written: libvips has no place in one for most tags."""
    with tiff.create_image(
        path,
        (image.height, image.width, 3),
        profile,
        resolution_ppi=pixels_per_mm * 25.4 if pixels_per_mm else None,
        text=texts,
        exif_ifd=[
            Entry(0x9000, "UNDEFINED", b"0232"),
            Entry(0xA000, "UNDEFINED", b"0100"),
            Entry(0xA001, "SHORT", (space,)),
        ],
        xmp=xmp,
    ) as rows:
        region = pyvips.Region.new(image)
        for first in range(0, image.height, STRIP_ROWS):
            count = min(STRIP_ROWS, image.height - first)
            strip = np.frombuffer(region.fetch(0, first, image.width, count), np.uint16)
            rows.write(first, strip.reshape(count, image.width, 3))
