"""Dark spots that stay at their place on the sensor."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from imaging.checks import sensor_spots
from tests.imaging.checks.cells import Light, fused_stack


@pytest.mark.parametrize("loss", [0.0, 0.4])
def test_a_dark_spot_of_the_sensor_is_found_where_its_trail_lies(loss, tmp_path):
    rng = np.random.default_rng(4)
    scene = ndimage.gaussian_filter(rng.uniform(0.3, 0.9, (160, 260)), 1.5).astype(np.float32)
    y, x = np.indices((120, 160))
    spot = 1.0 - loss / (1.0 + np.exp((np.hypot(y - 60, x - 70) - 3.0) * 2.0))
    frames, motions = [], []
    for k in range(8):
        motion = np.eye(3)
        motion[0, 2] = 40.0 * (k - 4)
        seen = scene[20:140, 40 + 10 * (k - 4) : 200 + 10 * (k - 4)] * spot
        aligned = np.full((120, 160), np.nan, np.float32)
        move = 10 * (k - 4)
        source = slice(max(0, -move), 160 - max(0, move))
        target = slice(max(0, move), 160 + min(0, move))
        aligned[:, target] = seen[:, source] ** (1 / 2.2)
        frames.append(aligned)
        motions.append(motion)
    found = sensor_spots.dark_spots(frames, np.stack(motions), 4, 0.1)
    if not loss:
        assert found == []
        return
    (spot_found,) = found
    x0, y0, width, height = spot_found.place_px
    assert y0 < 4 * 60 < y0 + height
    assert x0 <= 4 * 70 - 160 and x0 + width >= 4 * 70 + 120
    assert spot_found.loss > 0.2
    facts = {"light": Light(frames), "matrices": np.stack(motions), "shape": (480, 640)}
    (finding,) = sensor_spots.dust_left(fused_stack(tmp_path, 8, **facts), 0.1)
    assert finding.message.startswith("1 dark spot of the sensor, of which ")
    assert finding.evidence == {"spots": [{"x_px": x0, "y_px": y0}]}
