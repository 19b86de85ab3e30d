"""Light that a fused picture has round highlights and the frame in focus has not."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from imaging.checks import halo
from imaging.frames.tiff import write_image
from tests.imaging.checks.cells import Light, fused_stack


def test_light_that_frames_out_of_focus_carried_over_a_rim_is_a_halo():
    sharp = np.full((40, 40), 0.3, np.float32)
    sharp[18:22, 18:22] = 1.0
    blurred = ndimage.gaussian_filter(sharp, 2.0)
    frames = [sharp, sharp, blurred, blurred]
    source, sure = np.zeros((40, 40), int), np.ones((40, 40), bool)
    assert not halo.halo_cells(sharp, frames, source, sure, 0.05).any()
    found = halo.halo_cells(np.maximum(sharp, blurred), frames, source, sure, 0.05)
    assert found.sum() > 10
    assert not found[:12].any()
    assert not halo.halo_cells(np.maximum(sharp, blurred), frames, source, ~sure, 0.05).any()


def test_a_halo_in_a_fused_image_is_a_finding_with_its_place(tmp_path):
    sharp = np.full((40, 40), 0.3, np.float32)
    sharp[18:22, 18:22] = 1.0
    blurred = ndimage.gaussian_filter(sharp, 2.0)
    light = Light([sharp, sharp, blurred, blurred])
    stack = fused_stack(tmp_path, 4, light=light, shape=(160, 160))

    def fuse(cells):
        samples = (cells * 65535).astype(np.uint16).repeat(4, 0).repeat(4, 1)
        write_image(stack.fused, samples[..., None].repeat(3, 2))

    write_image(stack.source, np.ones((160, 160), np.uint16))
    write_image(stack.confidence, np.full((160, 160), 65535, np.uint16))
    fuse(sharp)
    assert halo.halos(stack, 0.05, 8) == []
    fuse(np.maximum(sharp, blurred))
    (finding,) = halo.halos(stack, 0.05, 8)
    assert finding.code == "halo"
    x, y, width, height = finding.places[0]
    assert x < 72 < 88 < x + width and y < 72 < 88 < y + height
    assert halo.halos(stack, 0.05, 1000) == []
