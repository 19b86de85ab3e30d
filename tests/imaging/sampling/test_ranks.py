"""Medians and quantiles are numpy's to the last bit, without its masked arrays."""

from __future__ import annotations

import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imaging.sampling.ranks import median, median_of_known, quantile

SCRIPTS = Path(__file__).parents[3] / "scripts"
SEEDS, TYPES = st.integers(0, 2**32 - 1), st.sampled_from([np.float32, np.float64])
# How much of it is no number.
ODD = st.sampled_from([0.0, 0.1])


def numbers(seed: int, shape: tuple[int, ...], dtype: type, odd: float) -> np.ndarray:
    rng = np.random.default_rng(seed)
    values = rng.normal(size=shape).astype(dtype)
    values[rng.random(shape) < odd] = np.nan
    return values


@given(SEEDS, st.integers(1, 7), st.integers(1, 7), st.sampled_from([None, 0, 1, -1]), TYPES, ODD)
def test_a_median_is_numpys_also_where_there_are_no_numbers(seed, rows, columns, axis, dtype, odd):
    values = numbers(seed, (rows, columns), dtype, odd)
    found, wanted = median(values, axis), np.median(values, axis)
    assert np.array_equal(found, wanted, equal_nan=True)
    assert found.dtype == wanted.dtype


@given(SEEDS, st.integers(1, 4), st.integers(1, 7), st.sampled_from([0.0, 0.3, 0.8]))
def test_a_median_of_what_is_known_is_numpys(seed, rows, columns, odd):
    values = numbers(seed, (rows, columns), np.float64, odd)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        wanted = np.nanmedian(values, axis=0)
    assert np.array_equal(median_of_known(values), wanted, equal_nan=True)


def test_a_median_of_nothing_is_no_number():
    assert np.isnan(median([]))


@given(SEEDS, st.integers(1, 3000), st.floats(0.0, 1.0), TYPES, st.sampled_from([0.0, 1e-4]))
def test_a_quantile_is_numpys(seed, count, share, dtype, odd):
    values = numbers(seed, (count,), dtype, odd)
    found, wanted = quantile(values, share), np.quantile(values, share)
    assert np.array_equal(found, wanted, equal_nan=True)
    assert found.dtype == wanted.dtype


def test_a_quantile_of_a_plane_is_that_of_all_its_px():
    plane = numbers(1, (900, 1200), np.float32, 0.0)
    assert quantile(plane, 0.1) == np.quantile(plane, 0.1)


@pytest.mark.slow
def test_they_load_no_masked_arrays():
    code = (
        "import sys, numpy as np; from imaging.alignment.evenness import uneven_stops; "
        "from imaging.sampling.ranks import median, quantile; two = np.array([1.0, 2.0]); "
        "uneven_stops(np.ones((5, 64, 96, 3), 'f4'), np.stack([np.eye(3)] * 5), (64, 96)); "
        "print(float(median(two)), float(quantile(two, 0.25)), 'numpy.ma' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=SCRIPTS, capture_output=True, text=True)
    assert done.stdout == "1.5 1.25 False\n"
