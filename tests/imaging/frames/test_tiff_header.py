"""TIFFs are laid out byte for byte as tifffile lays them out, and their Exif is read by others."""

from __future__ import annotations

import exifread
import numpy as np
import pytest
import tifffile

from imaging.errors import ImagingError
from imaging.frames import tiff
from imaging.frames.tiff_directory import EXIF_IFD
from imaging.frames.tiff_header import Entry, ratio

PIXELS = np.random.default_rng(1).integers(0, 65536, (7, 5, 3), np.uint16)
PLANE = PIXELS[..., 0]


def as_tifffile(path, pixels, icc=None, ppi=None, text=(), xmp=None):
    """The bytes of tifffile's own file, told the same."""
    text = dict(text)
    codes = {name: code for name, code in tiff.TEXT_TAGS.items() if name in text}
    extra = [
        (code, 2, 0, text[name], True)
        for name, code in codes.items()
        if text[name] and name not in ("description", "software")
    ]
    if xmp:
        extra.append((tiff.XMP, 1, len(xmp), xmp, True))
    tifffile.imwrite(
        path,
        pixels,
        byteorder="<",
        bigtiff=False,
        photometric="rgb" if pixels.ndim == 3 else "minisblack",
        compression=None,
        description=text.get("description") or None,
        metadata=None,
        software=text.get("software") or False,
        iccprofile=icc,
        resolution=(ppi or 1, ppi or 1),
        resolutionunit="INCH" if ppi else "NONE",
        extratags=extra,
    )
    return path.read_bytes()


@pytest.mark.parametrize(
    "pixels",
    [PIXELS, PIXELS.astype(np.uint8), PLANE, PLANE.astype(np.uint8), PLANE.astype(np.float32)],
    ids=lambda pixels: f"{pixels.dtype} {pixels.ndim}",
)
@pytest.mark.parametrize("size", range(16))
def test_a_file_has_the_bytes_that_tifffile_writes(pixels, size, tmp_path):
    told = {
        "icc": b"profile of any length"[:size] or None,
        "text": {
            "software": "Holostack 1.0"[:size],
            "description": "a specimen",
            "artist": "me",
            "make": "",
            "gdal_nodata": "nan",
            "copyright": "CC0",
        },
        "xmp": b"<x:xmpmeta/>"[size:] or None,
    }
    ppi = 1234.5678 * size
    tiff.write_image(tmp_path / "own.tif", pixels, resolution_ppi=ppi, **told)
    assert (tmp_path / "own.tif").read_bytes() == as_tifffile(
        tmp_path / "other.tif", pixels, ppi=ppi, **told
    )


def test_px_that_are_not_written_yet_are_zeros_as_in_a_file_of_tifffile(tmp_path):
    tiff.create_image(tmp_path / "own.tif", PIXELS.shape).close()
    as_others = as_tifffile(tmp_path / "other.tif", np.zeros_like(PIXELS))
    assert (tmp_path / "own.tif").read_bytes() == as_others


@pytest.mark.parametrize("value", [0.1, 1 / 3, 25.4, 254000.0, 12700.000001, 3e9, 1e-3])
def test_a_resolution_is_the_nearest_ratio_of_32_bits(value):
    assert ratio(value) == tifffile.tifffile.rational(value)


def test_exif_behind_the_px_is_read_by_others(tmp_path):
    path = tmp_path / "a.tif"
    exif = [
        Entry(0xA405, "SHORT", (105,)),
        Entry(0x829A, "RATIONAL", [(1, 60)]),
        Entry(0x9204, "SRATIONAL", [(-2, 3)]),
        Entry(0x9000, "UNDEFINED", b"0232"),
        Entry(0xA434, "ASCII", "MP-E 65mm"),
        Entry(0x9003, "ASCII", "now"),
    ]
    tiff.write_image(path, PLANE[:, :3].astype(np.uint8), exif_ifd=exif)
    with path.open("rb") as file:
        tags = exifread.process_file(file, details=False)
    shown = {name[5:]: str(tag) for name, tag in tags.items() if name.startswith("EXIF ")}
    assert shown == {
        "FocalLengthIn35mmFilm": "105",
        "ExposureTime": "1/60",
        "ExposureBiasValue": "-2/3",
        "ExifVersion": "0232",
        "LensModel": "MP-E 65mm",
        "DateTimeOriginal": "now",
    }
    with tifffile.TiffFile(path) as tif:
        codes = [tag.code for tag in tif.pages.first.tags]
        assert codes == sorted(codes)
        assert tif.pages.first.tags[EXIF_IFD].value["ExposureTime"] == (1, 60)
        assert np.array_equal(tif.asarray(), PLANE[:, :3].astype(np.uint8))


def test_a_picture_too_large_for_offsets_of_32_bits_is_refused_and_leaves_no_file(tmp_path):
    path = tmp_path / "a.tif"
    with pytest.raises(ImagingError, match="do not fit into a TIFF of 4 GB"):
        tiff.create_image(path, (30_000, 30_000, 3))
    assert not path.exists()
