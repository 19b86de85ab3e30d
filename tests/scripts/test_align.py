"""The step align on real frames: the sensor's own is named, and mended unless told not to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import align
import convert
import ledger


@pytest.fixture(scope="module")
def dusty(shared_data, tmp_path_factory) -> Path:
    """Twelve frames of a dome; a speck of dust lies at (280, 264) of the sensor in all of them."""
    folder = tmp_path_factory.mktemp("dusty")
    raw, frames = shared_data / "stack-sphere-rpi", folder / "frames.csv"
    differing = ["--allow-differences", "exposure"]
    ledger.main(["--raw", str(raw), "--out", str(frames), *differing])
    places = ["--tiff", str(folder / "tiff"), "--out", str(folder / "stack" / "convert.json")]
    convert.main(["--raw", str(raw), "--ledger", str(frames), *places, "--threads", "2"])
    return folder


def aligned(folder: Path, *options: str) -> dict:
    out = folder / "stack" / "transforms.json"
    align.main(["--convert", str(folder / "stack/convert.json"), "--out", str(out), *options])
    return json.loads(out.read_text())


def test_a_real_speck_of_dust_is_found_and_nothing_else(dusty):
    (speck,) = aligned(dusty)["sensor_dust"]
    rows, columns = len(speck["loss"]), len(speck["loss"][0])
    assert speck["x_px"] + columns * speck["cell_px"] / 2 == pytest.approx(280, abs=8)
    assert speck["y_px"] + rows * speck["cell_px"] / 2 == pytest.approx(264, abs=8)
    assert 0.15 < max(map(max, speck["loss"])) < 0.35


def test_the_number_of_threads_changes_nothing(dusty):
    assert aligned(dusty, "--threads", "1") == aligned(dusty, "--threads", "3")


def test_what_is_to_be_kept_is_kept(dusty):
    record = aligned(dusty, "--mend-sensor", "off")
    assert record["sensor_dust"] == record["sensor_defects_px"] == []
