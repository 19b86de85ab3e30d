"""Faults of the sensor in a stack that is aligned."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.alignment.sensor_faults import SensorSearch
from imaging.alignment.standstill import StillAreas
from imaging.frames.tiff import write_image
from tests.imaging.alignment.scenes import aligned, frame, similarity, texture

HOT = (200, 120)


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("frames")
    scene = texture(73, (640, 800))
    frames = [frame(scene, similarity(dx=4.0 * k), 0.8, seed=k) for k in range(6)]
    alignment = aligned(frames, 3, model="similarity")
    paths = [folder / f"{k}.tif" for k in range(6)]
    for path, pixels in zip(paths, frames):
        pixels[HOT[1], HOT[0]] = 65535
        write_image(path, pixels)
    return paths, alignment


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 3])
def test_a_hot_px_is_found_where_it_stays_while_the_subject_moves(stack, threads):
    paths, alignment = stack
    defects, specks = SensorSearch(paths, None).faults(alignment, range(6), threads)
    assert defects.tolist() == [list(HOT)]
    assert specks == []


@pytest.mark.slow
def test_what_was_seen_while_frames_were_read_is_not_read_again(stack, monkeypatch):
    paths, alignment = stack
    search = SensorSearch(paths, None)
    details = [search.read(k) for k in range(6)]
    assert details[0].light.shape == alignment.shape
    monkeypatch.setattr("imaging.alignment.sensor_faults.read_light", None)
    defects, _ = search.faults(alignment, range(6), 2)
    assert defects.tolist() == [list(HOT)]


@pytest.mark.slow
def test_what_stands_still_in_the_frames_is_no_fault_of_the_sensor(stack):
    paths, alignment = stack
    mask = np.zeros((60, 80), bool)
    mask[HOT[1] // 8, HOT[0] // 8] = True
    burned = alignment._replace(still=StillAreas(mask, mask, 8))
    defects, _ = SensorSearch(paths, None).faults(burned, range(6), 1)
    assert defects.tolist() == []


def test_too_few_frames_tell_nothing(stack):
    paths, alignment = stack
    defects, specks = SensorSearch(paths, None).faults(alignment, [0, 1], 1)
    assert (defects.tolist(), specks) == ([], [])
