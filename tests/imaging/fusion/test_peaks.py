"""The nearest and the farthest peak of a place."""

from __future__ import annotations

import numpy as np

from imaging.fusion.peaks import NONE, follow_peaks, no_peaks
from imaging.sampling.coverage import Outline


def test_the_first_and_the_last_peak_of_a_place_are_followed():
    energies = [10, 90, 30, 40, 20, 70, 75, 10, 12, 11]
    peaks = no_peaks((1, 1))
    outline = Outline(np.eye(3), 1, 1)
    for k, energy in enumerate(energies):
        tile = np.full((1, 1), energy, np.float32)
        follow_peaks(tile, k, outline, 0.75, 0, 0, np.float32(1.0), peaks)
    assert (peaks.first[0, 0], peaks.first_at[0, 0]) == (90, 1)
    assert (peaks.last[0, 0], peaks.last_at[0, 0]) == (75, 6)


def test_what_hardly_stands_out_is_no_peak():
    peaks = no_peaks((1, 1))
    for k, energy in enumerate([10, 19, 10, 18, 10]):
        tile = np.full((1, 1), energy, np.float32)
        follow_peaks(tile, k, Outline(np.eye(3), 1, 1), 0.75, 0, 0, np.float32(1.0), peaks)
    assert peaks.first_at[0, 0] == peaks.last_at[0, 0] == NONE


def test_each_px_of_a_row_is_followed_by_itself():
    energies = np.random.default_rng(2).random((9, 1, 150)).astype(np.float32) ** 4 * 100
    whole, alone = no_peaks((1, 150)), no_peaks((1, 150))
    noise = np.float32(1.0)
    for k, tile in enumerate(energies):
        follow_peaks(tile, k, Outline(np.eye(3), 1, 150), 0.75, 0, 0, noise, whole)
        for x in range(150):
            own = np.ascontiguousarray(tile[:, x : x + 1])
            follow_peaks(own, k, Outline(np.eye(3), 1, 150), 0.75, 0, x, noise, alone)
    for found, wanted in zip(whole, alone, strict=True):
        assert np.array_equal(found, wanted)
    assert 0 < np.sum(whole.last_at > whole.first_at) < 150
