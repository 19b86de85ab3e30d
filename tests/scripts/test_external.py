"""A picture finished elsewhere comes in only with the fused image's size, bits and colours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

import external
from imaging.errors import ImagingError
from imaging.frames import colour, tiff
from records.errors import RecordError
from records.files import sha256_file
from records.layout import EXTERNAL, EXTERNAL_RECORD
from records.record import read_record, write_record

SHAPE = (40, 60, 3)
ADOBE = colour.profile("adobe-rgb")


@pytest.fixture
def stack(tmp_path) -> Path:
    """A fused stack with its record."""
    folder = tmp_path / "S" / "top"
    (folder / "stack").mkdir(parents=True)
    (folder / "frames.csv").touch()
    fused = folder / "stack" / "fused.tif"
    tiff.write_image(fused, pixels(), icc=ADOBE)
    digests = {"pixel_sha256": {"fused": tiff.pixel_digest(fused)}}
    write_record(
        folder / "stack" / "fuse.json", "fuse", {**digests, "sha256": {"fused": sha256_file(fused)}}
    )
    return folder


def pixels() -> np.ndarray:
    return np.random.default_rng(3).integers(0, 65536, SHAPE, dtype=np.uint16)


def save(path: Path, picture: np.ndarray, icc: bytes | None = ADOBE, **more: object) -> Path:
    tifffile.imwrite(path, picture, photometric="rgb", iccprofile=icc, **more)
    return path


def take(stack: Path, picture: Path, *more: str) -> dict:
    told = ("--person=A. Painter", "--program=Photoshop 27", "--note=a hair")
    external.main([f"--stack={stack}", f"--picture={picture}", *told, *more])
    return read_record(stack / EXTERNAL_RECORD, "external")


def test_px_are_taken_over_exactly_with_who_and_what_changed(stack, tmp_path):
    painted = pixels()
    painted[:2] = 7
    # As Photoshop on a Mac writes it.
    picture = save(tmp_path / "back.tif", painted, byteorder=">", predictor=False)
    record = take(stack, picture, "--when=2026-11-26")
    assert np.array_equal(tiff.read_image(stack / EXTERNAL), painted)
    assert tiff.read_icc(stack / EXTERNAL) == ADOBE
    assert record["sha256"] == sha256_file(stack / EXTERNAL)
    assert record["pixel_sha256"] == tiff.pixel_digest(painted)
    assert record["original"] == {
        "file": "back.tif",
        "sha256": sha256_file(picture),
        "bytes": picture.stat().st_size,
    }
    told = [record[key] for key in ("person", "finished_with", "when", "note", "changed_share")]
    assert told == ["A. Painter", "Photoshop 27", "2026-11-26", "a hair", 0.05]


@pytest.mark.parametrize(
    ("spoil", "icc", "said"),
    [
        (lambda p: (p >> 8).astype(np.uint8), ADOBE, "has 8 bits of colours, but the fused image"),
        (lambda p: p[:-1], ADOBE, "has 60 x 39 px, but the fused image 60 x 40: save it whole"),
        (lambda p: p, colour.profile("srgb"), "convert it to that and save it again"),
        (lambda p: p, None, "has no colour profile; save it with the fused image's"),
    ],
)
def test_another_size_depth_or_profile_is_refused_and_nothing_written(
    stack, tmp_path, spoil, icc, said
):
    with pytest.raises(ImagingError, match=said):
        take(stack, save(tmp_path / "back.tif", spoil(pixels()), icc))
    assert not (stack / EXTERNAL).exists()


def test_a_picture_without_profile_is_taken_by_a_person_s_word(stack, tmp_path):
    take(stack, save(tmp_path / "back.tif", pixels(), None), "--in-profile-of-fused")
    assert tiff.read_icc(stack / EXTERNAL) == ADOBE


def test_an_earlier_picture_is_set_aside_and_so_is_one_that_is_withdrawn(stack, tmp_path):
    first = take(stack, save(tmp_path / "1.tif", pixels()))
    take(stack, save(tmp_path / "2.tif", pixels() // 2))
    external.main([f"--stack={stack}", "--withdraw"])
    aside = stack / "set-aside"
    assert sorted(path.name for path in aside.iterdir()) == [
        *("external.json", "external.tif", "external_1.json", "external_1.tif")
    ]
    assert sha256_file(aside / "external.tif") == first["sha256"]
    with pytest.raises(RecordError, match=r"has no retouch/external\.tif to withdraw"):
        external.main([f"--stack={stack}", "--withdraw"])


def test_who_made_it_must_be_said(stack, tmp_path):
    with pytest.raises(RecordError, match="--person is missing"):
        external.main([f"--stack={stack}", f"--picture={save(tmp_path / '1.tif', pixels())}"])
