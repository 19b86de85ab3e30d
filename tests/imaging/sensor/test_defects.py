"""Defects of the sensor: found where they stay while the subject moves, and never multiplied."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from imaging.frames.converted import open_pixels
from imaging.frames.tiff import write_image
from imaging.fusion.frame import Frame, read_rows
from imaging.fusion.laplacian import fuse
from imaging.sensor import defects
from imaging.sensor.defects import (
    GONE,
    HIDDEN,
    OTHERWISE,
    RING_PX,
    SHOWN,
    Spots,
    SpotSearch,
    likely_defects,
    look_at,
    searched_frames,
    sensor_defects,
)

SHAPE = (200, 240)
HOT = [(50, 60), (120, 33), (200, 150), (2, 100), (237, 199)]
DEAD = [(90, 90)]
FRAMES = 8


def read_spots(path: Path) -> Spots:
    """What stands out in a frame that is read by some rows at a time."""
    search = SpotSearch()
    with open_pixels(path) as pixels:
        rows = pixels.shape[0]
        for first in range(0, rows, 64):
            last = min(first + 64, rows)
            top = max(first - RING_PX, 0)
            search.look(pixels.read(top, min(last + RING_PX, rows)), top, first, last)
    return search.spots()


def subject() -> np.ndarray:
    rng = np.random.default_rng(3)
    field = ndimage.gaussian_filter(rng.standard_normal((300, 340, 3)), (2, 2, 0))
    return np.clip(0.4 + 0.1 * field / field.std(), 0, 1)


def demosaiced(image: np.ndarray, x: int, y: int, value: float) -> None:
    """One px as a raw developer leaves it: itself, and a share in its neighbours."""
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            if 0 <= y + dy < image.shape[0] and 0 <= x + dx < image.shape[1]:
                share = 1.0 if dx == dy == 0 else 0.4 if dx * dy == 0 else 0.15
                image[y + dy, x + dx, 0] += share * (value - image[y + dy, x + dx, 0])


def photographed(whole: np.ndarray, count: int, folder: Path) -> tuple[list[Path], np.ndarray]:
    """Frames of a subject that moves 4 px a frame over a sensor with six defects."""
    paths, transforms = [], []
    for k in range(count):
        image = whole[40 : 40 + SHAPE[0], 10 + 4 * k : 10 + 4 * k + SHAPE[1]].copy()
        for x, y in HOT:
            demosaiced(image, x, y, 1.0)
        for x, y in DEAD:
            demosaiced(image, x, y, 0.0)
        paths.append(folder / f"{k}.tif")
        write_image(paths[-1], np.rint(image * 65535).astype(np.uint16))
        transforms.append(np.array([[1, 0, 4.0 * k], [0, 1, 0], [0, 0, 1]]))
    return paths, np.array(transforms)


@pytest.fixture
def moving(tmp_path) -> tuple[list[Path], np.ndarray]:
    return photographed(subject(), FRAMES, tmp_path)


def defects_of(paths: list[Path], transforms: np.ndarray) -> np.ndarray:
    chosen = searched_frames(len(paths))
    spots = [read_spots(paths[k]) for k in chosen]
    suspects = likely_defects(spots, SHAPE, transforms[chosen])
    seen = np.array([look_at(path, suspects) for path in paths])
    return sensor_defects(suspects.places, seen, transforms)


def test_hot_and_dead_px_are_found_and_nothing_of_the_subject(moving):
    found = {tuple(place) for place in defects_of(*moving).tolist()}
    inside = {(x, y) for x, y in HOT + DEAD if 3 <= x < SHAPE[1] - 3 and 3 <= y < SHAPE[0] - 3}
    assert inside <= found
    # Of one at the border its neighbour, as far as demosaicing spread it.
    assert all(min(max(abs(x - u), abs(y - v)) for u, v in HOT + DEAD) <= 1 for x, y in found)
    assert len(found) <= len(HOT + DEAD)


def test_a_spot_of_a_subject_at_rest_is_kept(moving):
    paths, transforms = moving
    assert len(defects_of(paths, np.tile(np.eye(3), (len(transforms), 1, 1)))) == 0


def test_a_spot_that_moves_with_the_subject_is_kept(tmp_path):
    whole, paths = subject(), []
    demosaiced(whole, 150, 120, 1.0)
    for k in range(6):
        image = whole[40 : 40 + SHAPE[0], 4 * k : 4 * k + SHAPE[1]]
        paths.append(tmp_path / f"{k}.tif")
        write_image(paths[-1], np.rint(image * 65535).astype(np.uint16))
    transforms = np.array([[[1, 0, 4.0 * k], [0, 1, 0], [0, 0, 1]] for k in range(6)])
    assert len(read_spots(paths[0]).x) > 0
    assert len(defects_of(paths, transforms)) == 0


def test_a_spot_of_the_subject_that_moves_by_less_than_its_width_is_kept(tmp_path):
    # In all ten frames the px at its mean place is brighter than its ring.
    y, x = np.indices(SHAPE)
    paths, transforms = [], np.tile(np.eye(3), (10, 1, 1))
    for k in range(10):
        off = 0.25 * (k - 4.5)
        spot = np.exp(-((x - 100 - off) ** 2 + (y - 80) ** 2) / 2.0)
        paths.append(tmp_path / f"{k}.tif")
        image = np.repeat((0.2 + 0.7 * spot)[..., None], 3, 2)
        write_image(paths[-1], np.rint(image * 65535).astype(np.uint16))
        transforms[k, 0, 2] = -off
    assert len(defects_of(paths, transforms)) == 0


@pytest.mark.parametrize("hidden", [0, 3, 7])
def test_a_hot_px_before_a_bright_subject_in_one_frame_is_found(moving, hidden):
    paths, transforms = moving
    with open_pixels(paths[hidden]) as pixels:
        image = pixels.read(0, SHAPE[0])
    x, y = HOT[0]
    image[y - 6 : y + 7, x - 6 : x + 7] = 65535
    write_image(paths[hidden], image)
    assert list(HOT[0]) in defects_of(paths, transforms).tolist()


@pytest.mark.parametrize("value", [1.0, 0.0], ids=["hot", "dead"])
def test_a_px_that_the_subject_hides_in_most_frames_is_found(tmp_path, value):
    # Frames 0 to 5 of 20 show the first hot or dead px, the others what is as bright or as dark.
    x, y = (HOT if value else DEAD)[0]
    whole = subject()
    whole[40 + y - 6 : 40 + y + 7, 10 + x + 4 * 6 :] = value
    paths, transforms = photographed(whole, 20, tmp_path)
    assert [x, y] in defects_of(paths, transforms).tolist()


def test_where_the_subject_is_bright_all_over_no_grain_is_taken_for_a_defect(tmp_path):
    rng = np.random.default_rng(5)
    whole = np.full((300, 340, 3), 0.7)
    whole[rng.random((300, 340)) < 0.02] = 0.9
    paths, transforms = photographed(whole, 20, tmp_path)
    found = defects_of(paths, transforms).tolist()
    assert all(min(max(abs(x - u), abs(y - v)) for u, v in HOT + DEAD) <= 1 for x, y in found)


@pytest.fixture
def one_place() -> tuple[np.ndarray, np.ndarray]:
    """A place, and transforms of 12 frames of a subject that moves 4 px a frame."""
    transforms = np.tile(np.eye(3), (12, 1, 1))
    transforms[:, 0, 2] = 4.0 * np.arange(12)
    return np.array([[50, 60]], np.int32), transforms


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        ([SHOWN] * 4 + [HIDDEN] * 8, 1),
        ([SHOWN] * 3 + [HIDDEN] * 9, 0),
        ([SHOWN] * 4 + [GONE] + [HIDDEN] * 7, 1),
        ([SHOWN] * 4 + [GONE] * 2 + [HIDDEN] * 6, 0),
        ([SHOWN] * 4 + [OTHERWISE] * 2 + [HIDDEN] * 6, 0),
        ([OTHERWISE] * 8 + [HIDDEN] * 4, 0),
        ([OTHERWISE] * 9 + [GONE] * 3, 1),
    ],
)
def test_of_the_frames_that_could_show_a_defect_three_in_four_do(one_place, seen, found):
    places, transforms = one_place
    assert len(sensor_defects(places, np.array(seen, np.uint8)[:, None], transforms)) == found


def test_a_spot_seen_in_a_few_places_of_the_subject_is_its_own(one_place):
    places, transforms = one_place
    seen = np.array([SHOWN] * 8 + [HIDDEN] * 4, np.uint8)[:, None]
    # Eight frames, but over 11 px, which hold three places that are apart.
    transforms[:, 0, 2] = np.arange(12) * (11.0 / 7.0)
    assert len(sensor_defects(places, seen, transforms)) == 0


def test_a_spot_of_a_subject_that_moved_on_is_kept():
    # Six of eight frames show it, and in those the subject was at rest.
    places = np.array([[50, 60]], np.int32)
    seen = np.array([[SHOWN]] * 6 + [[GONE]] * 2, np.uint8)
    transforms = np.tile(np.eye(3), (8, 1, 1))
    transforms[6:, 0, 2] = 9.0
    assert len(sensor_defects(places, seen, transforms)) == 0
    assert len(sensor_defects(places, seen[::-1], transforms)) == 1


def test_few_frames_prove_nothing(moving):
    paths, transforms = moving
    assert searched_frames(3) == []
    assert len(defects_of(paths[:3], transforms[:3])) == 0


def test_a_frame_that_is_a_texture_of_dots_has_no_spots(tmp_path, monkeypatch):
    rng = np.random.default_rng(1)
    dots = np.where(rng.random((100, 200, 1)) < 0.005, 60000, 20000).astype(np.uint16)
    write_image(tmp_path / "dots.tif", np.repeat(dots, 3, 2))
    count = len(read_spots(tmp_path / "dots.tif").x)
    assert count > 20
    monkeypatch.setattr(defects, "MOST_SPOTS", count - 1)
    assert len(read_spots(tmp_path / "dots.tif").x) == 0


def test_a_repaired_px_is_like_its_surroundings_however_the_rows_are_read(moving):
    paths, transforms = moving
    frame = Frame(paths[0], np.eye(3), defects=defects_of(paths, transforms))
    with open_pixels(frame.path) as pixels:
        whole = read_rows(frame, pixels, 0, SHAPE[0])
        parts = [read_rows(frame, pixels, y, min(y + 7, SHAPE[0])) for y in range(0, SHAPE[0], 7)]
    assert np.array_equal(whole, np.concatenate(parts))
    clean = subject()[40 : 40 + SHAPE[0], 10 : 10 + SHAPE[1]]
    for x, y in HOT[:3] + DEAD:
        assert abs(whole[y, x, 0] / 65535 - clean[y, x, 0]) < 0.15


def test_a_hot_px_does_not_become_a_trail(moving):
    paths, transforms = moving
    out = {}
    nothing = np.zeros((0, 2), np.int32)
    for name, known in (("as shot", nothing), ("repaired", defects_of(paths, transforms))):
        frames = [
            Frame(path, np.linalg.inv(matrix), defects=known)
            for path, matrix in zip(paths, transforms)
        ]
        image = np.zeros((*SHAPE, 3), np.uint16)

        def write(first: int, rows: np.ndarray, image: np.ndarray = image) -> None:
            image[first : first + len(rows)] = rows

        fuse(frames, SHAPE, 1e-7, write)
        out[name] = image
    trail = np.s_[60, 50 : 50 + 4 * FRAMES : 4, 0]
    clean = subject()[40:, 10:][trail]
    assert (np.abs(out["as shot"][trail] / 65535 - clean) > 0.3).sum() >= FRAMES - 1
    assert np.abs(out["repaired"][trail] / 65535 - clean).max() < 0.15
