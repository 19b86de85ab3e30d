"""The structure of a TIFF is read in bounded time and memory, whatever its bytes say."""

from __future__ import annotations

import io
import struct
import time

import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st

from imaging.errors import ImagingError
from imaging.frames.inspection import inspect
from imaging.frames.tiff_directory import (
    EXIF_IFD,
    INTEROPERABILITY_IFD,
    SUB_IFDS,
    read_directories,
)
from tests.imaging.frames.pictures import RGB16, exif


def tiff(**options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, RGB16, photometric="rgb", metadata=None, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("bigtiff", [False, True])
def test_fields_are_those_that_were_written(byteorder, bigtiff):
    tags = [(271, 2, 0, "Maker", True), (33434, 5, 1, (1, 60), True), (700, 7, 3, b"xmp", True)]
    content = tiff(byteorder=byteorder, bigtiff=bigtiff, extratags=tags, rowsperstrip=8)
    found = read_directories(io.BytesIO(content))
    (only,) = found.chain
    assert found.fault is None
    assert (only.number(256), only.number(257), only.numbers(258)) == (60, 40, (16, 16, 16))
    assert (only.text(271), only.numbers(33434), only.fields[700]) == ("Maker", (1 / 60,), b"xmp")
    with tifffile.TiffFile(io.BytesIO(content)) as tif:
        assert only.numbers(273) == tif.pages.first.dataoffsets


def test_exif_and_its_interoperability_are_found_within_the_picture_they_belong_to():
    first, thumbnail = read_directories(
        io.BytesIO(exif(65535, b"R98", thumbnail_index=b"R03"))
    ).chain
    assert first.first(EXIF_IFD).first(INTEROPERABILITY_IFD).text(1) == "R98"
    assert thumbnail.first(EXIF_IFD).first(INTEROPERABILITY_IFD).text(1) == "R03"


def looped():
    content = bytearray(tiff())
    start = struct.unpack_from("<I", content, 4)[0]
    count = struct.unpack_from("<H", content, start)[0]
    struct.pack_into("<I", content, start + 2 + 12 * count, start)
    return bytes(content), start


def test_a_directory_that_leads_to_itself_is_damage(tmp_path):
    content, start = looped()
    found = read_directories(io.BytesIO(content))
    assert (len(found.chain), found.fault) == (
        1,
        f"a directory leads back to the one at byte {start}",
    )
    path = tmp_path / "a.tif"
    path.write_bytes(content)
    with pytest.raises(ImagingError, match="damaged TIFF: a directory leads back"):
        inspect(path)


def test_sub_directories_that_lead_round_in_a_circle_end():
    entry = struct.pack("<HHII", SUB_IFDS, 4, 1, 8)
    content = struct.pack("<2sHIH", b"II", 42, 8, 1) + entry + struct.pack("<I", 0)
    found = read_directories(io.BytesIO(content))
    assert len(list(found.all())) == 1


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "it has no header"),
        (b"II*\0", "it has no header"),
        (struct.pack("<2sHI", b"II", 42, 1000), "to be at byte 1000, where there is none"),
        (struct.pack("<2sHIH", b"II", 42, 8, 0), "to be at byte 8, where there is none"),
        (struct.pack("<2sHIH", b"II", 42, 8, 65535), "to be at byte 8, where there is none"),
    ],
)
def test_damage_is_told_in_words(content, fault):
    found = read_directories(io.BytesIO(content))
    assert found.chain == ()
    assert fault in found.fault


def test_a_field_that_claims_more_than_the_file_has_is_left_out():
    entries = struct.pack("<HHII", 273, 4, 1 << 30, 8) + struct.pack("<HHII", 256, 4, 1, 60)
    content = struct.pack("<2sHIH", b"II", 42, 8, 2) + entries + struct.pack("<I", 0)
    (only,) = read_directories(io.BytesIO(content)).chain
    assert (only.numbers(273), only.number(256)) == ((), 60)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"]))
def test_any_bytes_are_read_without_an_error(content, head):
    start = time.process_time()
    read_directories(io.BytesIO(head + content))
    assert time.process_time() - start < 1


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), max_size=12))
def test_any_change_of_bytes_is_read_without_an_error(changes):
    content = bytearray(exif(65535, b"R03", 6, b"R98"))
    for at, value in changes:
        content[at % len(content)] = value
    for one in read_directories(io.BytesIO(content)).all():
        one.number(274)
        one.text(271)
