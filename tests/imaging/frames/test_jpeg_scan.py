"""The walk through a JPEG's coded picture: what is whole passes, what was destroyed is found."""

from __future__ import annotations

import io
import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from imaging.errors import ImagingError
from imaging.frames import jpeg_scan
from imaging.frames.inspection import inspect

SMOOTH = np.add.outer(np.arange(240), np.arange(320))[..., None] * (0.3, 0.4, 0.2)
TEXTURE = np.random.default_rng(5).normal(0, 20, (240, 320, 3))
PICTURE = np.clip(20 + SMOOTH + TEXTURE, 0, 255).astype(np.uint8)


def jpeg(pixels=PICTURE, **options) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", **{"quality": 88, **options})
    return buffer.getvalue()


def reason(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    with pytest.raises(ImagingError) as error:
        inspect(path)
    return str(error.value)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"subsampling": 0},
        {"subsampling": 1},
        {"optimize": True},
        {"restart_marker_blocks": 7},
        {"restart_marker_rows": 1},
        {"keep_rgb": True, "subsampling": 0},
        {"quality": 100},
        {"quality": 1},
    ],
    ids=str,
)
@pytest.mark.parametrize("size", [(240, 320), (17, 16), (31, 129)])
def test_a_whole_picture_passes_however_it_is_coded(tmp_path, options, size):
    path = tmp_path / "a.jpg"
    pixels = PICTURE[: size[0], : size[1]]
    path.write_bytes(jpeg(pixels, **options))
    coded = jpeg_scan.walk(path)
    means = np.asarray(Image.open(path).convert("RGB").resize((size[1] // 8, size[0] // 8), 4))
    assert coded.highest == pytest.approx(int(means.max()), abs=25)
    assert coded.lowest == pytest.approx(int(means.min()), abs=25)


def test_grey_and_pictures_of_one_colour_are_told_by_their_blocks(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(PICTURE[..., 0]))
    assert jpeg_scan.walk(path).highest > 150
    path.write_bytes(jpeg(np.full((64, 64, 3), (0, 0, 90), np.uint8)))
    assert jpeg_scan.walk(path).highest == pytest.approx(90, abs=3)


def test_a_progressive_picture_is_left_to_the_decoder(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg(progressive=True))
    assert jpeg_scan.walk(path) is None
    assert inspect(path).width_px == 320


def test_of_60_pictures_with_64_destroyed_bytes_nearly_all_are_found(tmp_path):
    whole, chance = jpeg(quality=95), random.Random(3)
    start, found = whole.rindex(b"\xff\xda") + 14, 0
    for number in range(60):
        at = chance.randrange(start, len(whole) - 70)
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(whole[:at] + chance.randbytes(64) + whole[at + 64 :])
        try:
            inspect(path)
        except ImagingError as error:
            assert "damaged JPEG" in str(error)
            found += 1
    assert found >= 54


@pytest.mark.parametrize("fill", [b"\0", b"\xff"])
@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("kept", [0.2, 0.6, 0.97])
def test_a_picture_whose_end_is_blank_says_from_where_on(tmp_path, fill, progressive, kept):
    whole = jpeg(quality=95, progressive=progressive)
    at = int(len(whole) * kept) // 512 * 512
    words = reason(tmp_path / "a.jpg", whole[:at] + fill * (len(whole) - at))
    assert "damaged JPEG" in words
    assert f"from byte {at:,} on the file holds only" in words


def test_the_end_of_another_file_is_no_end(tmp_path):
    whole, other = jpeg(quality=95), jpeg(PICTURE[::-1], quality=95)
    at = len(whole) // 2 // 512 * 512
    assert "damaged JPEG" in reason(tmp_path / "a.jpg", whole[:at] + other[at:])


def test_a_missing_end_mark_is_damage(tmp_path):
    assert "the mark of its end is missing" in reason(tmp_path / "a.jpg", jpeg()[:-2])


def test_a_lost_restart_mark_is_found(tmp_path):
    whole = jpeg(restart_marker_rows=1)
    at = whole.index(b"\xff\xd3")
    assert "restart mark" in reason(tmp_path / "a.jpg", whole[:at] + whole[at + 2 :])


def test_what_follows_the_picture_may_be_anything(tmp_path):
    path = tmp_path / "a.jpg"
    path.write_bytes(jpeg() + bytes(3000) + jpeg()[:200])
    assert inspect(path).doubts == ()


def test_every_real_frame_is_whole(shared_data):
    frames = [
        path
        for path in sorted(shared_data.glob("stack-*/*"))
        if path.suffix.lower() in (".jpg", ".png")
    ]
    assert len(frames) > 90
    assert [path for path in frames if jpeg_scan.walk(path) is None] == []
