"""Views from aside: the scale of what is shown of them."""

from __future__ import annotations

import numpy as np
import pytest

import stereo
from imaging.frames import colour, tiff
from imaging.pictures.derivative import scale


@pytest.mark.parametrize(("long_edge_px", "share"), [(None, 1.0), (150, 0.5), (75, 0.25)])
def test_a_view_has_the_scale_of_its_own_size_not_of_the_masters(tmp_path, long_edge_px, share):
    view = tmp_path / "view-01.tif"
    tiff.write_image(view, np.full((200, 300, 3), 9000, np.uint16), colour.profile("srgb"))
    assert stereo.shrunk(view, scale(view, long_edge_px, "srgb")) == pytest.approx(share)
