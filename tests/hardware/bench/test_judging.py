"""What is said of a frame by its numbers."""

import io
import re

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from hardware.bench.judging import FRAME_PX, VIEW_PX, judge, of_frame, range_sentence
from hardware.errors import CameraError
from hardware.virtual import dng
from imaging.errors import ImagingError
from imaging.frames.inspection import inspect

FACTS = dng.Facts("Holostack", "V", "1", "lens", 30, 4, 1 / 60, 100, "2024:01:01 12:00:00", "test")
BLACK, WHITE = 512, 16383


def frame(folder, light, blur_px=0.0, seed=1):
    """A raw of texture whose brightest is about `light` (1 is white); it is clipped above."""
    rng = np.random.default_rng(seed)
    texture = ndimage.gaussian_filter(rng.standard_normal((480, 640)), (0.8, 0.8))
    texture = 0.5 + 0.13 * ndimage.gaussian_filter(texture / texture.std(), blur_px)
    electrons = rng.poisson(np.clip(light * texture, 0, None) * 30_000)
    values = electrons / 30_000 * (WHITE - BLACK) + BLACK + rng.normal(0, 2, texture.shape)
    path = folder / "frame.dng"
    path.write_bytes(dng.dng_bytes(np.uint16(np.clip(values.round(), 0, WHITE)), FACTS))
    return path


def test_a_good_frame_gives_no_warning_and_whole_histograms(tmp_path):
    judged = judge(frame(tmp_path, 0.8))
    assert judged.warnings == ()
    assert judged.clipped_percent == {"red": 0, "green": 0, "blue": 0}
    assert {sum(counts) for counts in judged.histogram.values()} == {240 * 320}
    assert not judged.is_black


def test_histogram_and_clipped_share_are_of_the_sensors_own_numbers(tmp_path):
    mosaic = np.full((64, 64), BLACK + 4000, np.uint16)
    mosaic[0::2, 0::2] = BLACK  # red
    mosaic[0:16:2, 1::2] = WHITE  # a quarter of the greens, of which one in two is looked at
    mosaic[1::2, 1::2] = BLACK + 15_800  # blue, just below white, and clipped as good as
    path = tmp_path / "a.dng"
    path.write_bytes(dng.dng_bytes(mosaic, FACTS))
    judged = judge(path)
    assert judged.clipped_percent == {"red": 0, "green": 25, "blue": 100}
    found = {name: {k: n for k, n in enumerate(c) if n} for name, c in judged.histogram.items()}
    assert found == {"red": {0: 1024}, "green": {64: 768, 255: 256}, "blue": {254: 1024}}
    (warning,) = (line for line in judged.warnings if "clipped" in line)
    assert warning.startswith("clipped: 25.0 % of green, 100.0 % of blue; ")


@pytest.mark.parametrize(
    ("light", "blur_px", "says"),
    [
        (1.9, 0, "clipped: "),
        (0.03, 0, r"too dark: .* nothing is above 2\.\d % .*; [45] stops more light"),
        (0.8, 3, "nothing in the picture is sharp"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_else(tmp_path, light, blur_px, says):
    (warning,) = judge(frame(tmp_path, light, blur_px)).warnings
    assert re.match(says, warning)


def test_a_black_frame_is_the_ledgers_to_refuse_and_gives_no_advice_on_light(tmp_path):
    path = frame(tmp_path, 0)
    with pytest.raises(ImagingError) as refused:
        inspect(path)
    judged = judge(path, str(refused.value))
    assert judged.is_black
    assert judged.warnings == (str(refused.value),)


def test_as_dark_as_the_ledger_lets_pass_is_not_black(tmp_path):
    path = frame(tmp_path, 0.01)
    inspect(path)
    assert not judge(path).is_black


def test_pictures_are_small_and_the_map_lies_over_the_picture(tmp_path):
    judged = judge(frame(tmp_path, 0.8))
    picture = Image.open(io.BytesIO(judged.jpeg))
    assert Image.open(io.BytesIO(judged.sharpness_map)).size == picture.size
    assert max(picture.size) <= VIEW_PX
    assert max(Image.open(io.BytesIO(of_frame(frame(tmp_path, 0.8)).jpeg)).size) <= FRAME_PX


def test_the_map_is_bright_where_the_picture_is_sharp(tmp_path):
    sharp = ndimage.gaussian_filter(np.random.default_rng(3).normal(0, 300, (480, 640)), 1.2)
    sharp[:, 320:] = ndimage.gaussian_filter(sharp[:, 320:], 4)
    sharp = np.uint8(np.clip(sharp + 128, 0, 255))
    path = tmp_path / "half.png"
    Image.fromarray(sharp).convert("RGB").save(path)
    pixels = np.asarray(Image.open(io.BytesIO(judge(path).sharpness_map)), np.float32)
    # Yellow has no blue, violet more of it than of green.
    left, right = pixels[:, :140], pixels[:, 180:]
    assert (left[..., 1] - left[..., 2]).mean() > 60
    assert (right[..., 1] - right[..., 2]).mean() < 0


def test_sharpness_of_frames_falls_with_blur(tmp_path):
    numbers = [of_frame(frame(tmp_path, 0.8, blur)).sharpness for blur in (0, 1, 2)]
    assert numbers == sorted(numbers, reverse=True)


def test_a_jpeg_is_judged_by_its_own_numbers(tmp_path):
    path = tmp_path / "a.jpg"
    Image.new("RGB", (64, 48), (255, 100, 0)).save(path, quality=100, subsampling=0)
    judged = of_frame(path)
    assert judged.clipped_percent == 100
    assert judge(path).clipped_percent["green"] == 0


def test_what_cannot_be_read_is_told_as_the_cameras(tmp_path):
    (tmp_path / "a.dng").write_bytes(b"nothing")
    with pytest.raises(CameraError, match=r"camera: a\.dng: "):
        of_frame(tmp_path / "a.dng")


def energies(peaks, frames=12, width=1.5):
    """Tiles whose sharpest frame lies at `peaks`, as frames see them one after the other."""
    peaks = np.asarray(peaks, np.float32).reshape(1, 8, 12)
    at = np.arange(frames)[:, None, None]
    return list(np.float32(1e-6 + 1e-3 * np.exp(-((at - peaks) ** 2) / 2 / width**2)))


def test_a_range_that_covers_the_specimen_says_nothing():
    assert range_sentence(energies(np.linspace(2, 9, 96))) == ""


@pytest.mark.parametrize(
    ("peaks", "says"),
    [
        (np.linspace(-5, 5, 96), "sharpest in the first frame"),
        (np.linspace(6, 16, 96), "sharpest in the last frame"),
    ],
)
def test_a_range_whose_end_does_not_fall_off_is_too_short(peaks, says):
    sentence = range_sentence(energies(peaks))
    assert sentence.startswith("the range is too short: ")
    assert says in sentence


def test_of_frames_that_are_still_to_come_nothing_is_said():
    assert range_sentence(energies(np.linspace(6, 16, 96)), is_whole=False) == ""
    assert range_sentence(energies(np.linspace(2, 9, 96))[:2]) == ""
