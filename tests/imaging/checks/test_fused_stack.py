"""Cells of a fused image and its maps."""

from __future__ import annotations

import numpy as np
import pytest

from imaging.checks import fused_stack
from imaging.frames.tiff import write_image


@pytest.fixture(autouse=True)
def small_strips(monkeypatch):
    monkeypatch.setattr(fused_stack, "STRIP_ROWS", 16)


def test_means_of_cells_are_those_of_the_whole_picture_and_of_parts_at_its_border(tmp_path):
    picture = np.random.default_rng(1).integers(0, 65536, (42, 35), np.uint16)
    write_image(tmp_path / "map.tif", picture)
    means = fused_stack.cell_means(tmp_path / "map.tif", 8, lambda rows: rows)
    assert means.shape == (6, 5)
    assert means[1, 2] == pytest.approx(picture[8:16, 16:24].mean(), rel=1e-6)
    assert means[5, 4] == pytest.approx(picture[40:, 32:].mean(), rel=1e-6)


def test_samples_of_cells_are_px_near_their_middle(tmp_path):
    picture = np.arange(42 * 35, dtype=np.uint16).reshape(42, 35)
    write_image(tmp_path / "map.tif", picture)
    samples = fused_stack.cell_samples(tmp_path / "map.tif", 8)
    assert samples.shape == (6, 5)
    assert samples[1, 2] == picture[12, 20]
    assert samples[5, 4] == picture[41, 34]
